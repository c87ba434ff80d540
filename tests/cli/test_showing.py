"""`mailstage show` after a person was at work in a usual mail client: their words, and what became of the draft."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit

from cli.app import main
from store.reviews import get_review
from tasks.deliver import deliver_replies
from tests.mail_client import MailClient
from tests.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A mailbox that has its drafts in Drafts too, and the file of settings for the command line."""
    with open_office(tmp_path) as opened:
        office = replace(opened, place=opened.on(place_drafts=True))
        box = office.place.mailbox("support").model_dump(mode="json", exclude_defaults=True)
        settings = {"data": ".", "company": {"name": "Kestrel Grove"}, "mailboxes": {"support": box}}
        (tmp_path / "mailstage.toml").write_text(tomlkit.dumps(settings), encoding="utf-8")
        yield office


def client(office: Office) -> MailClient:
    box = office.place.mailbox("support")
    return MailClient(box.imap, box.smtp)


def show(office: Office, number: int, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What `mailstage show` prints, with its lines joined."""
    with pytest.MonkeyPatch.context() as patch:
        config = str(office.inbox.folder / "mailstage.toml")
        patch.setattr("sys.argv", ["mailstage", "show", str(number), "--config", config, *more])
        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code in (0, None)
    return " ".join(capsys.readouterr().out.split())


def test_an_edit_from_a_mail_client_is_shown_before_the_draft(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sent, by whom, and what the draft had been."""
    review = office.ask()
    deliver_replies(office.place, "support")
    client(office).send_draft(lambda text: text.replace("It ships today.", "It ships on Friday."))
    deliver_replies(office.place, "support")
    assert get_review(office.inbox.store, review.id).edit == "It ships on Friday."
    shown = show(office, review.id, capsys)
    assert shown.index("It ships on Friday.") < shown.index("draft before that") < shown.index("It ships today.")
    assert "reworded by support@kestrelgrove.example (from a mail client)" in shown
    assert json.loads(show(office, review.id, capsys, "--json"))["edit"] == "It ships on Friday."


def test_an_unchanged_draft_is_shown_once(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was reworded."""
    review = office.ask()
    deliver_replies(office.place, "support")
    client(office).send_draft()
    deliver_replies(office.place, "support")
    assert "reworded" not in show(office, review.id, capsys)


def test_a_draft_that_was_deleted_in_a_mail_client_says_so(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """The question stays open, and whoever looks at it learns why nobody has sent it."""
    review = office.ask()
    deliver_replies(office.place, "support")
    assert "A copy lies in Drafts" in show(office, review.id, capsys)
    client(office).delete_drafts()
    deliver_replies(office.place, "support")
    assert "no longer in Drafts" in show(office, review.id, capsys)
    assert json.loads(show(office, review.id, capsys, "--json"))["copy_in_drafts"] == "missing"
