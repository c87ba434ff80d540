"""`mailstage show` on a question about a category: what the model thinks, and why."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit

from cli.teaching import keep_rows
from ml.small.registry import load
from models.case import Stage
from models.classification import Classification, DecidedBy
from models.review import Review, ReviewKind
from store.classifications import Categorized, save_categorized
from store.reviews import waiting
from tasks.categorize import categorize_mail
from tests.cli.terminal import Terminal
from tests.factories import mail
from tests.tasks.learning import School, opened, rows


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    """A model that has learned, and the settings that the command line reads."""
    monkeypatch.chdir(tmp_path)
    school = opened(tmp_path)
    settings = school.place.settings.model_dump(mode="json", exclude_defaults=True)
    Path("mailstage.toml").write_text(tomlkit.dumps({**settings, "data": "."}), encoding="utf-8")
    yield school
    school.store.close()


@pytest.fixture
def mailstage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(capsys, monkeypatch)


def asked(school: School, text: str) -> Review:
    """What the model makes of a mail, put before a person whatever it is."""
    school.inbox.save(school.inbox.arrival(mail(text, subject="")))
    categorize_mail(school.place, "support", load(school.folder))
    return waiting(school.store, "support", [ReviewKind.CATEGORY])[-1]


def test_the_reasons_stand_below_the_mail(school: School, mailstage: Terminal) -> None:
    """The words for each of the two best categories, and what the runner-up lacked; as JSON the same."""
    review = asked(school, "invoice payment amount pump leaks")
    assert mailstage("show", review.id) == 0
    told = " ".join(mailstage.out.split())
    assert "Why the model thinks so" in told
    assert "For billing: " in told
    assert "“invoice” " in told
    assert "For repair: " in told
    (shown,) = mailstage.json("show", review.id)
    reasons = shown["reasons"]
    assert isinstance(reasons, dict)
    assert (reasons["category"], reasons["runner_up"]) == ("billing", "repair")
    assert reasons["why_not"] in told


def test_mail_of_no_category_bears_no_figure_of_its_own(school: School, mailstage: Terminal) -> None:
    """Only those that it is least unlike do."""
    review = asked(school, "wedding photos and choir practice")
    assert mailstage("show", review.id) == 0
    told = " ".join(mailstage.out.split())
    assert "Category: none, it is unlike all mail known (decided by linear" in told
    assert "; least unlike " in told
    assert "no category (" not in told
    assert told.count("it is unlike the mail of every category") == 1


@pytest.mark.usefixtures("school")
def test_the_model_of_the_settings_is_measured(mailstage: Terminal) -> None:
    """Unless another folder is named; without settings one has to be."""
    keep_rows(Path("rows.jsonl"), rows())
    assert mailstage("evaluate", "categorize", "--data", "rows.jsonl") == 0
    assert json.loads(mailstage.out)["n"] == len(rows())
    assert "no model in nowhere" in mailstage.refused(
        "evaluate", "categorize", "--model", "nowhere", "--data", "rows.jsonl"
    )
    Path("mailstage.toml").unlink()
    assert "mailstage.toml does not exist" in mailstage.refused("evaluate", "categorize", "--data", "rows.jsonl")


def test_without_its_model_the_question_is_still_shown(school: School, mailstage: Terminal) -> None:
    """And of what somebody else than the small model said there are no reasons."""
    review = asked(school, "invoice payment amount pump leaks")
    next(school.folder.glob("weights-*")).write_bytes(b"")
    (shown,) = mailstage.json("show", review.id)
    assert shown["reasons"] is None
    (case,) = school.inbox.cases(Stage.AWAITING_CATEGORY)
    assert case.id == review.case_id
    told = Classification(category=None, probability=1.0, decided_by=DecidedBy.HUMAN)
    school.inbox.save(school.inbox.arrival(mail("again", message_id="<2@example.com>")))
    (fresh,) = school.inbox.cases(Stage.RECEIVED)
    save_categorized(school.store, [Categorized(fresh, told, Stage.AWAITING_CATEGORY, "not sure")])
    assert mailstage("show", waiting(school.store)[-1].id) == 0
    assert "Category: none (decided by human)" in mailstage.out
