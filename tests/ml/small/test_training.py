import json
import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ml.small import training
from ml.small.labelled import Attached, LabelledMail
from ml.small.manifest import FORMAT, REPORT
from ml.small.registry import load
from ml.small.report.summary import TrainingReport
from ml.small.rows import checked_examples
from ml.small.training import train
from models.errors import ModelError, ModelNotTrained, TrainingDataError
from tests.ml.small.factories import all_words, labelled


def test_easy_mail_is_learned_and_reported(tmp_path: Path) -> None:
    """The report is returned and also lies in the folder."""
    told: list[str] = []
    report = train(labelled(40, foreign=20), tmp_path / "m", progress=told.append, trained=date(2026, 1, 2))
    assert report.accuracy > 0.95
    assert report.labels == {"billing": 40, "delivery": 40, "repair": 40}
    assert report.out_of_scope == 20
    assert report.coverage["0.95"] > 0.5
    assert set(report.proven) == set(report.coverage) == {"0.95", "0.99"}
    assert report.warnings == ()
    assert told
    assert TrainingReport.model_validate_json((tmp_path / "m" / REPORT).read_bytes()) == report
    assert json.loads((tmp_path / "m" / "model.json").read_bytes())["trained"] == "2026-01-02"


def test_the_same_rows_and_seed_give_the_same_model(tmp_path: Path) -> None:
    """A version names one model: what differs in it differs in its name, and the date does not."""
    rows = labelled(15)
    first = train(rows, tmp_path / "a", trained=date(2026, 1, 1))
    again = train(rows, tmp_path / "b", trained=date(2026, 2, 2))
    other = train(rows[:-1], tmp_path / "c")
    assert first == again
    assert first.version != other.version


def test_training_again_replaces_the_model(tmp_path: Path) -> None:
    """The new model is used, the one before it stays to roll back to, and no file is half written."""
    before = train(labelled(10), tmp_path).version
    version = train(labelled(12), tmp_path).version
    assert load(tmp_path).version == version
    assert load(tmp_path, before).version == before
    assert {p.name for p in tmp_path.glob("weights-*")} == {f"weights-{name}.npz" for name in (before, version)}
    assert {p.name for p in (tmp_path / "versions").glob("*.json")} == {f"{before}.json", f"{version}.json"}
    assert not list(tmp_path.rglob("*.part"))


def row(label: str | None, text: str) -> LabelledMail:
    return LabelledMail(label=label, text=text)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "too few"),
        ([row("a", "one"), row("b", "two")], "2 rows with text are too few"),
        ([row("a", f"text {n}") for n in range(20)], "at least one other category"),
        ([row(None, f"text {n}") for n in range(20)], "out of scope"),
        ([row("a" if n % 2 else "b", " \t\u200b…") for n in range(20)], "no row has any text"),
        ([row("Billing" if n % 2 else "billing", f"text {n}") for n in range(20)], "differ only in case"),
        ([row("re\u0301pas" if n % 2 else "r\u00e9pas", f"text {n}") for n in range(20)], "coding of letters"),
        ([row("order status" if n % 2 else "order  status", f"text {n}") for n in range(20)], "spaces"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(tmp_path: Path, rows: list[LabelledMail], complaint: str) -> None:
    """One line that says what to add, and no folder left behind."""
    with pytest.raises(TrainingDataError, match=complaint) as caught:
        train(rows, tmp_path / "m")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "m").exists()


def test_doubtful_rows_are_named_in_warnings(tmp_path: Path) -> None:
    """Empty texts, lone categories and texts with two labels are learned around, not hidden."""
    rows = [
        *labelled(12),
        row("rare", "one of its kind"),
        row("repair", "   "),
        row("billing", "twin"),
        row("repair", "Twin"),
    ]
    warnings = " | ".join(train(rows, tmp_path).warnings)
    assert "1 rows have no text" in warnings
    assert "rare" in warnings
    assert "1 texts bear different labels" in warnings
    assert "out of scope" in warnings


def test_two_categories_suffice(tmp_path: Path) -> None:
    """The smallest real mailbox."""
    assert train([r for r in labelled(8) if r.label != "repair"], tmp_path).accuracy > 0.8


def test_hundreds_of_categories_are_learned_with_a_warning(tmp_path: Path) -> None:
    """It is seldom wise, but it must not fail."""
    rows = [row(f"label{n}", f"subject{n} matter{n} {k}") for n in range(500) for k in range(3)]
    report = train(rows, tmp_path)
    assert report.accuracy > 0.9
    assert any("501" in w or "500 labels are many" in w for w in report.warnings)


def test_of_very_many_rows_a_part_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On rows of which no model has seen a copy, and it says how many."""
    monkeypatch.setattr(training, "MANY", 200)
    monkeypatch.setattr(training, "HELD_OUT", 60)
    told: list[str] = []
    rows = labelled(count=80, foreign=20)
    report = train([*rows, *rows], tmp_path, progress=told.append)
    [measured] = [int(line.split()[2]) for line in told if line.startswith("measuring")]
    assert abs(measured - 60) <= 6
    assert f"measured on {measured} of 520 rows" in report.warnings[-1]
    assert report.n == 520
    assert report.accuracy > 0.9


@pytest.mark.parametrize("wished", [70, 100, 135])
def test_as_many_are_held_out_as_are_evidence_enough(monkeypatch: pytest.MonkeyPatch, wished: int) -> None:
    """Whichever part of all that is, and of each label its part."""
    monkeypatch.setattr(training, "MANY", 200)
    monkeypatch.setattr(training, "HELD_OUT", wished)
    examples = checked_examples(labelled(count=80, foreign=20))
    held = training.enough(examples, np.arange(260), seed=0)
    assert abs(len(held) - wished) <= 6
    found = np.bincount(examples.targets[held]) / np.bincount(examples.targets)
    assert np.abs(found - wished / 260).max() <= 0.06


def test_just_under_many_rows_all_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of categories are rows too, but decide nothing."""
    rows = labelled(count=40)
    monkeypatch.setattr(training, "MANY", len(rows) + 1)
    assert train(rows, tmp_path).accuracy > 0.9


def test_an_attachment_can_decide(tmp_path: Path) -> None:
    """Of two kinds of mail with the same words, one brings an invoice along."""
    photo, invoice = Attached(name="photo.jpg", type="image/jpeg"), Attached(name="invoice.pdf", type="application/pdf")
    rows = [
        LabelledMail(label=label, body=f"please see what is attached, {word}", attachments=(one,))
        for label, one in (("repair", photo), ("billing", invoice))
        for word in sorted(all_words())
    ]
    assert train(rows, tmp_path).accuracy > 0.95


def test_copies_of_a_campaign_are_one_piece_of_evidence(tmp_path: Path) -> None:
    """Labels that mean nothing but which campaign it is cannot be told of a new one, and the figures say so."""
    dice = random.Random(4)
    words = [f"{a}{b}" for a in "bdfglmnprst" for b in ("ando", "ilex", "urim", "esta", "opal", "ivor")]
    campaigns = [(dice.choice("abcd"), " ".join(dice.choices(words, k=40))) for _ in range(24)]
    rows = [
        LabelledMail(label=label, text=f"Dear customer {number},\n{text} {number}{number}")
        for label, text in campaigns
        for number in range(15)
    ]
    report = train(rows, tmp_path)
    assert report.accuracy < 0.6
    assert any("24 wordings" in warning for warning in report.warnings)


def test_hostile_text_is_learned_from(tmp_path: Path) -> None:
    """Lone surrogates, NUL, giant words and right-to-left marks are only characters."""
    odd = ["\ud800 broken", "\x00\x01 nul", "x" * 100_000, "\u202egnilleps", "😀 🎉 party", "日本語の請求書"]
    assert train([*labelled(10), *(row("billing", text) for text in odd)], tmp_path).n == 36


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    """A newcomer's first error."""
    with pytest.raises(ModelNotTrained, match="mailstage train"):
        load(tmp_path)


@pytest.mark.parametrize("damage", ["manifest", "weights", "short", "format", "gone"])
def test_a_damaged_model_is_refused(tmp_path: Path, damage: str) -> None:
    """No answer is better than one from half a model."""
    version = train(labelled(10), tmp_path).version
    manifest, weights = tmp_path / "model.json", tmp_path / f"weights-{version}.npz"
    match damage:
        case "manifest":
            manifest.write_text("{")
        case "weights":
            content = bytearray(weights.read_bytes())
            content[len(content) // 2] ^= 1
            weights.write_bytes(content)
        case "short":
            weights.write_bytes(weights.read_bytes()[:100])
        case "format":
            manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 99'))
        case "gone":
            weights.unlink()
    with pytest.raises(ModelError, match="train"):
        load(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """A full disk or a file in the way must not look like a fault of the model."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        train(labelled(10), tmp_path / "file")
