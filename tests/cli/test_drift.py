"""Drift on the command line: figures, sentences, and a doctor that does not call a drifted model well."""

import json
from pathlib import Path

import pytest

from cli.app import app
from cli.examine import examine
from models.drift import Drift, Figure
from tests.cli.test_reviewing import SETTINGS

CHANGED = Drift(
    mailbox="support",
    version="v1",
    n=200,
    figures=(
        Figure(
            name="out_of_scope",
            training=0.04,
            stream=0.3,
            effect=0.26,
            p=0.00001,
            alarm=True,
            sentence="30% of the mail is unlike every category, 4% in training",
        ),
        Figure(
            name="mix",
            category="repair",
            training=0.3,
            stream=0.4,
            effect=0.05,
            p=0.02,
            alarm=False,
            sentence="of the categories repair changed most: 40% of the sorted mail, 30% before",
        ),
    ),
)


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mailstage.toml").write_text(SETTINGS, encoding="utf-8")
    Path("data").mkdir()


def mailstage(*words: str) -> None:
    app(list(words), standalone_mode=False)


@pytest.mark.usefixtures("_installed")
def test_without_a_model_there_is_nothing_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence for people, an object for programs; no error."""
    mailstage("drift", "support")
    assert "no model sorts this mail yet" in " ".join(capsys.readouterr().out.split())
    mailstage("drift", "--json")
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["mailbox"], line["alarm"], line["n"], line["figures"]) == ("support", False, 0, [])


@pytest.mark.usefixtures("_installed")
def test_an_alarm_is_told_with_its_figures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was, what is, how large the difference is, and how likely chance alone would make it."""
    monkeypatch.setattr("tasks.drift.watch_drift", lambda *_: CHANGED)
    mailstage("drift", "support")
    told = " ".join(capsys.readouterr().out.split())
    assert "30% of the mail is unlike every category, 4% in training" in told
    assert "unlike every category 4% 30% 0.26 < 0.0001 alarm" in told
    assert "repair, the category that changed most 30% 40% 0.05 0.0200" in told
    mailstage("drift", "support", "--json")
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (mix,) = [figure for figure in line["figures"] if figure["name"] == "mix"]
    assert (mix["category"], mix["training"], mix["stream"]) == ("repair", 0.3, 0.4)


@pytest.mark.usefixtures("_installed")
def test_doctor_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding that is not well, with the category that changed most, and what to do."""
    monkeypatch.setattr("tasks.drift.look_for_drift", lambda *_: CHANGED)
    (found,) = (one for one in examine(None) if one.what == "support drift")
    assert not found.ok
    assert "30% of the mail is unlike every category" in found.message
    assert "; of the categories repair changed most: 40% of the sorted mail, 30% before: sort some" in found.message
    assert "mailstage model learn" in found.message
