"""Drift of a real model's stream: noticed, written down once, shown, and called off."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ml.small.labelled import LabelledMail
from ml.small.manifest import read_manifest
from ml.small.registry import load
from models.drift import Drift
from models.message import Address
from store.audit import entries
from store.drift import ALARM, OVER, standing_alarm
from tasks.categorize import categorize_mail
from tasks.drift import WINDOW, look_for_drift, watch_drift
from tests.factories import mail
from tests.ml.small.factories import labelled
from tests.tasks.learning import NEW_TOPIC, School, opened

GERMAN = "guten tag meine sendung rechnung maschine kaputt lieferung kommt nicht bezahlt wartet danke gruss".split()


@dataclass
class Stream:
    """Mails that arrive and are sorted by the model in use."""

    office: School
    number: int = 0

    def sorts(self, rows: list[LabelledMail]) -> Drift:
        """So many mails, then what is seen of the window."""
        inbox = self.office.inbox
        arrivals = []
        for row in rows:
            self.number += 1
            sender = Address(name="Ada", address=f"ada{self.number}@example.com")
            message_id = f"<drift{self.number}@example.com>"
            arrivals.append(inbox.arrival(mail(row.body, subject=row.subject, sender=sender, message_id=message_id)))
        inbox.save(*arrivals)
        categorize_mail(self.office.place, "support", load(self.office.folder))
        return watch_drift(self.office.place, "support")

    @property
    def log(self) -> list[str]:
        return [entry.action for entry in entries(self.office.store, "drift")]


def usual(count: int, seed: int) -> list[LabelledMail]:
    """Drawn as the training mail was."""
    rows = [row for part in range(3) for row in labelled(40, foreign=30, seed=100 * seed + part)]
    return random.Random(seed).sample(rows, count)


def made_of(words: list[str], count: int) -> list[LabelledMail]:
    dice = random.Random(5)
    return [LabelledMail(label=None, subject="", body=" ".join(dice.choices(words, k=7))) for _ in range(count)]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return Stream(opened(tmp_path))


def test_a_stream_like_training_gives_no_alarm(stream: Stream) -> None:
    """A full window of it; the log stays empty."""
    found = stream.sorts(usual(WINDOW, seed=1))
    assert not found.alarm, found.sentence
    assert found.n == WINDOW
    assert found.sentence.startswith(f"the last {WINDOW} mails are like those")
    assert stream.log == []


def test_a_threshold_of_ones_own_is_no_drift(stream: Stream) -> None:
    """People are asked about each of two categories, because mailstage.toml says so."""
    settings = stream.office.place.settings
    wary = ("billing", "delivery")
    own = [one.model_copy(update={"threshold": 1.0 if one.name in wary else None}) for one in settings.categories]
    settings = settings.model_copy(update={"categories": tuple(own)})
    stream.office.place = replace(stream.office.place, settings=settings)
    found = stream.sorts(usual(WINDOW, seed=1))
    assert "asked" in {figure.name for figure in found.figures}
    assert not found.alarm, found.sentence


@pytest.mark.parametrize("words", [NEW_TOPIC, GERMAN])
def test_a_new_topic_and_a_new_language_are_noticed(stream: Stream, words: list[str]) -> None:
    """Half of a window; the alarm stands in the log, once."""
    stream.sorts(usual(WINDOW // 2, seed=2))
    found = stream.sorts(made_of(words, WINDOW // 2))
    assert found.alarm
    watch_drift(stream.office.place, "support")
    assert stream.log == [ALARM]
    assert standing_alarm(stream.office.store, "support") == found


def test_another_mix_is_noticed_and_called_off(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week of repairs alone; when the mail is again as it was before, the log says that it is over."""
    monkeypatch.setattr("tasks.drift.EARLIER", WINDOW)
    repairs = [row for row in labelled(WINDOW, seed=9) if row.label == "repair"]
    assert not stream.sorts(usual(WINDOW, seed=3)).alarm
    found = stream.sorts(repairs)
    assert {figure.name for figure in found.figures if figure.alarm} >= {"mix"}
    (mix,) = (figure for figure in found.figures if figure.category)
    assert (mix.name, mix.category) == ("mix", "repair")
    assert f"of the categories repair changed most: {mix.stream:.0%} of the sorted mail, " in found.sentence
    stream.sorts(usual(WINDOW, seed=4))
    assert not stream.sorts(usual(WINDOW, seed=5)).alarm
    assert stream.log[-1] == ALARM
    assert stream.log[0] == OVER
    assert standing_alarm(stream.office.store, "support") is None


def test_a_mix_that_was_never_that_of_training_gives_no_alarm(stream: Stream) -> None:
    """While there is little earlier mail the mix is left out, and then it is what it always was."""
    dice = random.Random(8)
    rows = [row for row in labelled(300, seed=6) if row.label == "repair" or dice.random() < 0.1]
    dice.shuffle(rows)
    first = stream.sorts(rows[:WINDOW])
    assert "mix" not in {figure.name for figure in first.figures}
    second = stream.sorts(rows[WINDOW : WINDOW + 100])
    assert "mix" in {figure.name for figure in second.figures}
    assert "mix" not in {figure.name for one in (first, second) for figure in one.figures if figure.alarm}


def test_of_few_mails_nothing_is_said(stream: Stream) -> None:
    """Nor of a model that was not measured."""
    assert "9 mails were sorted" in stream.sorts(usual(9, seed=4)).why
    folder = stream.office.folder
    manifest = read_manifest(folder).model_copy(update={"reference": None})
    (folder / "model.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    assert "train it again" in look_for_drift(stream.office.place, "support").why
    (folder / "model.json").unlink()
    assert "no model sorts this mail" in look_for_drift(stream.office.place, "support").why


def test_another_version_begins_anew(stream: Stream) -> None:
    """What the old model said of the mail is not held against the new one."""
    stream.sorts(made_of(GERMAN, WINDOW))
    folder = stream.office.folder
    manifest = read_manifest(folder).model_copy(update={"version": "another"})
    (folder / "model.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    assert look_for_drift(stream.office.place, "support").n == 0


def test_what_sorting_took_is_kept(stream: Stream) -> None:
    """Milliseconds with each answer, their mean in the overview; steps on this machine cost nothing."""
    from store.classifications import latest_classification
    from store.metrics import overview

    stream.sorts(usual(20, seed=6))
    found = latest_classification(stream.office.store, stream.office.inbox.cases()[0].id)
    assert found is not None
    assert 0 < found.milliseconds < 1_000
    seen = overview(stream.office.store, "support")
    assert seen.sorting_milliseconds > 0
    assert seen.sorting_cost == 0
