"""What stands below a reply: shown to the reviewer, part of what is approved, and the same over the wire."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mail.reading import read_message
from models.case import Case
from models.draft import Draft
from models.message import Address, Message
from models.settings import QuotedHistory
from tasks.frame import frame
from tasks.seal import seal
from tests.factories import CUSTOMER, TEAM, mail, reply
from tests.office import Office, open_office

BOB = Address(name="Bob", address="bob@example.net")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def conversation(office: Office) -> Case:
    """Ada asks, the team answers her, then writes to Bob about it, and Ada asks again."""
    inbox = office.inbox
    inbox.receive(mail("It rattles."))
    answer = {"message_id": "<2@ours.example>", "in_reply_to": "<1@example.com>"}
    inbox.receive(mail("Clean it.", sender=TEAM, to=CUSTOMER, **answer), ours=True)
    aside = {"message_id": "<3@ours.example>", "in_reply_to": "<1@example.com>"}
    inbox.receive(Message(**{**dict(mail("Ada is impatient.", sender=TEAM, to=BOB, **aside)), "cc": ()}), ours=True)
    case = inbox.receive(mail("It still rattles.", message_id="<4@example.com>", in_reply_to="<2@ours.example>"))
    assert case is not None
    return case


def framed(office: Office, case: Case, wanted: QuotedHistory, **box: object) -> Draft:
    place = office.on(quote_history=wanted, signature={"en": "Kind regards\nThe team"}, **box)
    return frame(place, "support", case.conversation_id, case.message_id, reply())


def test_quoted_history_is_a_choice(office: Office) -> None:
    """Nothing, the mail that is answered, or the thread; never what went to somebody else."""
    case = conversation(office)
    assert framed(office, case, QuotedHistory.NONE).history == ""
    assert (framed(office, case, QuotedHistory.LAST).history or "").split("\n") == ["Ada:", "> It still rattles."]
    thread = framed(office, case, QuotedHistory.THREAD).history or ""
    assert [line.lstrip("> ") for line in thread.split("\n")] == [
        "Ada:", "It still rattles.", "Support:", "Clean it.", "Ada:", "It rattles.",
    ]  # fmt: skip
    assert "impatient" not in thread


def test_the_reviewer_approves_all_of_it(office: Office) -> None:
    """Signature and quoted mail count for the hash of what is shown, and stand so in the bytes that are sent."""
    case = conversation(office)
    shown = framed(office, case, QuotedHistory.LAST)
    assert shown.shown_hash != reply().shown_hash
    assert shown.shown_hash != shown.model_copy(update={"history": "> something else"}).shown_hash
    text = read_message(seal(office.place, case, shown, shown.body, automatic=False).raw).text
    assert text == "It ships today.\n\n-- \nKind regards\nThe team\n\nAda:\n> It still rattles.\n"


def test_a_reply_by_policy_quotes_nothing_and_says_what_it_is(office: Office) -> None:
    """From may be forged; a person's reply bears no such mark (RFC 3834 section 5)."""
    case = conversation(office)
    shown = framed(office, case, QuotedHistory.THREAD)
    automatic, approved = (seal(office.place, case, shown, shown.body, automatic=by).raw for by in (True, False))
    assert "rattles" not in read_message(automatic).text
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in automatic
    assert b"auto-submitted" not in approved.lower()


def test_a_draft_of_before_is_completed_when_it_is_approved(office: Office) -> None:
    """Drafts that were written before these were shown get them from the settings."""
    case = conversation(office)
    text = read_message(seal(office.place, case, reply(), "Soon.", automatic=False).raw).text
    assert text == "Soon.\n\n-- \nSupport\n\nAda:\n> It still rattles.\n"
