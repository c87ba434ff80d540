"""Mails of one wording, decided together from a terminal."""

import json
from pathlib import Path

import pytest

from cli.app import app
from models.campaign import Fingerprint
from models.case import Stage
from models.classification import Classification
from models.errors import ApprovalError
from models.message import Address
from store.classifications import Categorized, save_categorized
from store.reviews import waiting
from tests.cli.test_reviewing import SETTINGS
from tests.factories import Inbox, mail

WORDING = Fingerprint(values=tuple(range(64)))


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """Three questions about one wording."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILSTAGE_USER", "noor")
    Path("mailstage.toml").write_text(SETTINGS, encoding="utf-8")
    Path("data").mkdir()
    found = Inbox(Path("data").resolve())
    for number in range(3):
        sender = Address(name="Ada", address=f"ada{number}@example.com")
        found.save(found.arrival(mail(message_id=f"<{number}@alike.example>", sender=sender)))
        case = found.cases(Stage.RECEIVED)[-1]
        unsure = Classification(category="order_status", probability=0.4, abstained=True, why="not sure")
        asked = Categorized(case, unsure, Stage.AWAITING_CATEGORY, "not sure", fingerprint=WORDING)
        save_categorized(found.store, [asked])
    return found


def mailstage(*words: object) -> None:
    app([str(word) for word in words], standalone_mode=False)


@pytest.mark.usefixtures("inbox")
def test_the_queue_shows_one_line_and_tells_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    """A table for people has the count; a program gets every question."""
    mailstage("queue")
    assert capsys.readouterr().out.count("3 alike") == 1
    mailstage("queue", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 3
    assert len({line["campaign"] for line in lines}) == 1
    mailstage("show", lines[0]["id"])
    assert "--alike 3` decides all of them" in " ".join(capsys.readouterr().out.split())


def test_all_are_decided_when_the_number_is_right(inbox: Inbox, capsys: pytest.CaptureFixture[str]) -> None:
    """The category that is proposed for the first goes to all."""
    first = waiting(inbox.store)[0]
    with pytest.raises(ApprovalError, match="3 mails would be decided, not 5"):
        mailstage("approve", first.id, "--alike", 5)
    mailstage("approve", first.id, "--alike", 3)
    assert "3 reviews (" in capsys.readouterr().out
    assert [case.category for case in inbox.cases()] == ["order_status"] * 3


def test_one_can_be_left_out(inbox: Inbox) -> None:
    """It still waits."""
    first, second, third = (review.id for review in waiting(inbox.store))
    mailstage("reject", first, "--reason", "advertising", "--alike", 2, "--without", second)
    assert [review.id for review in waiting(inbox.store)] == [second]
    with pytest.raises(ApprovalError, match=f"review {third} is not among those"):
        mailstage("approve", second, "--alike", 2, "--without", third)


def test_without_the_number_one_mail_is_decided(inbox: Inbox) -> None:
    """Nobody decides several mails unawares."""
    mailstage("approve", waiting(inbox.store)[0].id)
    assert len(waiting(inbox.store)) == 2
    with pytest.raises(ApprovalError, match="--without belongs to --alike"):
        mailstage("approve", waiting(inbox.store)[0].id, "--without", 3)
