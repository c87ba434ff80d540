"""What lies in Sent is an answer of ours only when one of our addresses has written it, on every way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mail.imap.session import ImapSession
from models.case import Stage
from models.conversation import ConversationStatus
from models.review import Outcome
from store.adopted import BY_HAND
from store.backfills import Backfill, unsorted_mail
from store.conversations import find_conversations, get_conversation
from store.cursors import get_cursor
from store.overtaken import withdraw_overtaken
from store.reviews import get_review
from tasks.deliver import deliver_replies
from tasks.fetch import fetch_mail, read_sent
from tests.factories import TEAM
from tests.office import ADA, Office, open_office

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
STRANGERS = ["mallory@elsewhere.example", ADA]
QUESTION = (
    f"From: Ada <{ADA}>\r\nTo: {TEAM.address}\r\nSubject: My order\r\nMessage-ID: <q@example.com>\r\n\r\nWhere?\r\n"
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as found:
        yield found


def file_in_sent(office: Office, sender: str, replies_to: str, message_id: str = "<s@elsewhere.example>") -> None:
    """Over the server alone, as a rule, a colleague's hand or a stolen password would."""
    head = f"From: {sender}\r\nTo: {ADA}\r\nSubject: Re: My order\r\nMessage-ID: {message_id}\r\n"
    raw = f"{head}In-Reply-To: {replies_to}\r\nReferences: {replies_to}\r\n\r\nIt ships today.\r\n"
    office.servers.deliver(TEAM.address, raw.encode(), NOON, "Sent")


def look(office: Office) -> None:
    """Into Sent alone: what the office is asked lies on no server."""
    with ImapSession(office.place.mailbox("support").imap, "support") as session:
        read_sent(office.place, "support", session)


@pytest.mark.parametrize("sender", [*STRANGERS, ""])
def test_a_stranger_in_sent_does_not_settle_a_new_mail(office: Office, sender: str) -> None:
    """The answer lies there before the question is read, as after a long night; the question stays open."""
    file_in_sent(office, sender, "<q@example.com>")
    office.servers.deliver(TEAM.address, QUESTION.encode(), NOON)
    fetch_mail(office.place, "support")
    assert office.stages() == [Stage.RECEIVED]


def test_a_colleague_in_sent_settles_a_new_mail(office: Office) -> None:
    """From the mailbox's own address, or one of its aliases."""
    file_in_sent(office, "help@kestrelgrove.example", "<q@example.com>")
    office.servers.deliver(TEAM.address, QUESTION.encode(), NOON)
    fetch_mail(office.on(aliases=("help@kestrelgrove.example",)), "support")
    assert office.stages() == [Stage.FILED]
    assert office.inbox.cases()[0].reason == BY_HAND


@pytest.mark.parametrize("sender", STRANGERS)
def test_a_stranger_in_sent_overtakes_no_question(office: Office, sender: str) -> None:
    """The draft goes on waiting for a person, and nobody's words are taken for ours in the conversation."""
    review = office.ask()
    file_in_sent(office, sender, "<1@example.com>")
    look(office)
    assert withdraw_overtaken(office.place.store, "support") == 0
    assert get_review(office.place.store, review.id).outcome is None
    (case,) = office.inbox.cases()
    status = get_conversation(office.place.store, case.conversation_id).status
    assert status is ConversationStatus.WAITING_ON_US


@pytest.mark.parametrize("sender", STRANGERS)
def test_a_stranger_in_sent_takes_no_reply_out_of_the_outbox(office: Office, sender: str) -> None:
    """What was approved goes out, and is not taken for sent by hand."""
    office.approve()
    file_in_sent(office, sender, "<1@example.com>")
    look(office)
    assert deliver_replies(office.place, "support").sent == 1


@pytest.mark.parametrize("sender", STRANGERS)
def test_a_strangers_draft_in_sent_is_no_approval(office: Office, sender: str) -> None:
    """Even with all the headers of an answer: nobody has decided anything."""
    review = office.ask()
    place = office.on(place_drafts=True)
    deliver_replies(place, "support")
    file_in_sent(office, sender, "<1@example.com>")
    deliver_replies(place, "support")
    assert get_review(office.place.store, review.id).outcome is not Outcome.APPROVED
    assert get_review(office.place.store, review.id).outcome is not Outcome.EDITED


@pytest.mark.parametrize(("sender", "is_open"), [(STRANGERS[0], True), (TEAM.address, False)])
def test_old_mail_is_judged_by_the_same_rule(office: Office, sender: str, is_open: bool) -> None:
    """A backfill with drafts takes up what nobody of ours has answered."""
    office.servers.deliver(TEAM.address, QUESTION.encode(), NOON)
    fetch_mail(office.on(since=date(2026, 11, 20)), "support")
    file_in_sent(office, sender, "<q@example.com>")
    look(office)
    cursor = get_cursor(office.place.store, "support", "INBOX")
    assert cursor is not None
    job = Backfill(
        mailbox="support",
        folder="INBOX",
        since=date(2026, 1, 1),
        uidvalidity=cursor.uidvalidity,
        below=cursor.last_uid + 1,
        total=1,
        started=NOON,
        updated=NOON,
    )
    assert office.stages() == [Stage.FILED]
    assert [one.is_open for one in unsorted_mail(office.place.store, job, [cursor.last_uid])] == [is_open]


def test_what_stands_apart_is_joined_by_nobody(office: Office) -> None:
    """A later mail that names the stranger's Message-ID opens its own conversation, and the stranger's is closed."""
    file_in_sent(office, STRANGERS[0], "<1@example.com>")
    fetch_mail(office.place, "support")
    head = f"From: Ada <{ADA}>\r\nTo: {TEAM.address}\r\nSubject: Re: x\r\nMessage-ID: <a@example.com>\r\n"
    answer = f"{head}In-Reply-To: <s@elsewhere.example>\r\n\r\nHi\r\n"
    office.servers.deliver(TEAM.address, answer.encode(), NOON)
    fetch_mail(office.place, "support")
    found = {one.status for one in find_conversations(office.place.store)}
    assert found == {ConversationStatus.CLOSED, ConversationStatus.WAITING_ON_US}
