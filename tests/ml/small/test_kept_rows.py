"""The labelled mail that stays with a model, and what of it stays."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from ml.small.labelled import LabelledMail, features_of
from ml.small.learning.kept_rows import read_rows
from ml.small.manifest import read_manifest, report_folder, versions
from ml.small.registry import activate, load, roll_back
from ml.small.removal import KEPT
from ml.small.training import train
from models.errors import ModelError
from tests.ml.small.factories import labelled

ROWS = labelled(12, foreign=6)


def learned(folder: Path, rows: list[LabelledMail] = ROWS, *, activate: bool = True) -> str:
    return train(rows, folder, activate=activate).version


def test_a_model_knows_what_it_learned_from(tmp_path: Path) -> None:
    """To the models every kept row looks as it did in training."""
    odd = [
        LabelledMail(label="billing", text="An old row of text alone, ünïcode \u2028 and all"),
        LabelledMail.model_validate(
            {"label": "repair", "from": "Ada <ada@gmail.com>", "subject": "x", "body": "leaks"}
        ),
        LabelledMail(label=None, text=""),
    ]
    learned(tmp_path, ROWS + odd)
    kept = read_rows(tmp_path, read_manifest(tmp_path).learned_from)
    assert [row.label for row in kept] == [row.label for row in ROWS + odd]
    assert [features_of(row) for row in kept] == [features_of(row) for row in ROWS + odd]


def test_no_more_of_a_mail_is_kept_than_the_models_read(tmp_path: Path) -> None:
    """Neither who wrote it, nor to whom, nor what stands far below; and nobody else may read the file."""
    row = LabelledMail.model_validate(
        {"label": "repair", "from": "Ada <ada@example.com>", "to": "team@example.org", "body": "leaks " * 2_000 + "END"}
    )
    learned(tmp_path, [*ROWS, row])
    file = tmp_path / read_manifest(tmp_path).learned_from
    kept = file.read_text(encoding="utf-8")
    assert "ada@" not in kept
    assert "team@" not in kept
    assert "END" not in kept
    assert json.loads(kept.splitlines()[-1])["from"] == "someone@example.com"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_half_a_character_does_not_make_the_rows_unreadable(tmp_path: Path) -> None:
    """A lone surrogate, as broken mail may bear."""
    learned(tmp_path, [*ROWS, LabelledMail(label="repair", text="leaks \ud83d here")])
    assert read_rows(tmp_path, read_manifest(tmp_path).learned_from)[-1].text == "leaks ? here"


def test_rows_that_were_changed_are_refused(tmp_path: Path) -> None:
    """Their name is their hash; a model that kept none says what to do."""
    learned(tmp_path)
    name = read_manifest(tmp_path).learned_from
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write('{"label": "billing", "text": "slipped in"}\n')
    with pytest.raises(ModelError, match="has been changed"):
        read_rows(tmp_path, name)
    (tmp_path / name).unlink()
    with pytest.raises(ModelError, match="train it again"):
        read_rows(tmp_path, name)
    with pytest.raises(ModelError, match="does not know what it learned from"):
        read_rows(tmp_path, "")


def test_old_rows_go_with_their_versions(tmp_path: Path) -> None:
    """Mail does not pile up beside models that are gone: five that were in use stay, beside the one that is."""
    for count in range(10, 10 + KEPT + 3):
        learned(tmp_path, labelled(count))
    assert len(versions(tmp_path)) == KEPT + 1
    assert len(list(tmp_path.glob("rows-*.jsonl"))) == KEPT + 1
    assert len([path for path in (tmp_path / "versions").iterdir() if path.is_dir()]) == KEPT + 1


def test_a_version_that_is_not_activated_only_lies_there(tmp_path: Path) -> None:
    """The one in use stays, with its report; the other has its own."""
    first = learned(tmp_path)
    second = learned(tmp_path, labelled(14), activate=False)
    assert load(tmp_path).version == first
    assert json.loads((tmp_path / "report.json").read_text())["version"] == first
    assert json.loads((report_folder(tmp_path, second) / "report.json").read_text())["version"] == second


def test_the_report_beside_the_model_is_of_the_one_in_use(tmp_path: Path) -> None:
    """Also after an activation and a way back; a model without a report shows none."""
    first = learned(tmp_path)
    second = learned(tmp_path, labelled(14), activate=False)
    for version, change in ((second, lambda: activate(tmp_path, second)), (first, lambda: roll_back(tmp_path))):
        change()
        assert json.loads((tmp_path / "report.json").read_text())["version"] == version
        assert version in (tmp_path / "report.html").read_text()
    shutil.rmtree(report_folder(tmp_path, second))
    activate(tmp_path, second)
    assert not (tmp_path / "report.html").exists()


def test_to_activate_twice_does_not_forget_the_way_back(tmp_path: Path) -> None:
    """A repeated activation, as after a crash, leaves the version before it where it was."""
    first = learned(tmp_path)
    second = learned(tmp_path, labelled(14), activate=False)
    activate(tmp_path, second)
    activate(tmp_path, second)
    assert read_manifest(tmp_path).parent == first
    assert roll_back(tmp_path) == first
