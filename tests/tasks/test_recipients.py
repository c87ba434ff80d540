"""Replies to several people, over real SMTP: each is told once, and each refusal goes its own way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from models.case import Stage
from models.errors import ApprovalError
from models.message import Address
from models.outbox import OutboxItem, OutboxState, RecipientState
from models.review import Outcome, Review, ReviewKind
from models.settings import MailServer
from store.outbox import find_outbox
from store.reviews import waiting
from tasks.reconcile import reconcile
from tasks.send import Delivered
from tests.factories import TEAM
from tests.mail.test_smtp import Script, polite, scripted
from tests.office import ADA, Office, open_office

BOB = "bob@example.net"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def approved(office: Office) -> None:
    """A reply to Ada with a copy to Bob."""
    office.decide(office.ask(cc=(Address(address=BOB),)), Outcome.APPROVED)


class Exchange:
    """A server that answers some RCPT its own way, and knows to whom it has said yes at the end."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.named: list[str] = []
        self.taken: list[str] = []

    def __call__(self, line: bytes) -> bytes | None:
        text = line.decode()
        if text.upper().startswith("MAIL"):
            self.named = []
        if text.upper().startswith("RCPT"):
            name = text[len("RCPT TO:<") : -1]
            if name in self.answers:
                return self.answers[name]
            self.named.append(name)
        if text.upper() == "DATA":
            self.taken += self.named
        return polite(line)


@contextmanager
def exchange(
    answers: dict[str, bytes], ended: bytes | None = b"250 taken\r\n"
) -> Iterator[tuple[MailServer, Exchange]]:
    script = Exchange(answers)
    typed: Script = script
    with scripted(typed, ended) as server:
        yield server, script


def item_of(office: Office, state: OutboxState) -> OutboxItem:
    (item,) = find_outbox(office.inbox.store, "support", state)
    return item


def test_who_was_put_off_is_tried_again_alone_with_the_same_message(office: Office) -> None:
    """Ada has it and is never sent to again; Bob gets the same bytes later (promise D, by recipient)."""
    approved(office)
    with exchange({BOB: b"450 4.2.0 greylisted\r\n"}) as (server, first):
        assert office.send(smtp=server) == Delivered(again=1)
    assert first.taken == [ADA]
    assert office.stages() == [Stage.APPROVED]
    waits = item_of(office, OutboxState.QUEUED)
    assert waits.pending == (BOB,)
    bob = waits.results[1]
    assert (bob.code, bob.status, bob.at) == (450, "4.2.0", office.inbox.clock())
    office.inbox.clock.forward(minutes=1)
    with exchange({}) as (server, second):
        assert office.send(smtp=server) == Delivered(sent=1)
    assert second.taken == [BOB]
    assert office.stages() == [Stage.SENT]
    assert item_of(office, OutboxState.SENT).message_id == waits.message_id
    assert waiting(office.inbox.store) == []


def test_a_refused_recipient_is_noted_for_a_person(office: Office) -> None:
    """The others have it, so the case is sent; the note is read and closed, and nothing goes out again."""
    approved(office)
    with exchange({BOB: b"550 5.1.1 no such user\r\n"}) as (server, seen):
        assert office.send(smtp=server) == Delivered(sent=1)
        assert office.stages() == [Stage.SENT]
        note = note_of(office)
        assert f"{BOB}: 550 5.1.1 no such user" in note.payload["why"]
        with pytest.raises(ApprovalError, match="has been sent"):
            office.decide(note, Outcome.EDITED, body="Once more.")
        office.decide(note, Outcome.APPROVED)
        assert waiting(office.inbox.store) == []
        assert office.send(smtp=server) == Delivered()
    assert seen.taken == [ADA]
    assert office.stages() == [Stage.SENT]


def note_of(office: Office) -> Review:
    (note,) = waiting(office.inbox.store)
    assert note.kind is ReviewKind.ACTION
    return note


def test_who_is_put_off_for_too_long_is_a_persons_business(office: Office) -> None:
    """Nothing is retried for ever: after 48 hours a person hears of it, with the server's words."""
    approved(office)
    begun = office.inbox.clock()
    attempts = 0
    with exchange({ADA: b"450 later\r\n", BOB: b"450 later\r\n"}) as (server, seen):
        while office.stages() == [Stage.APPROVED]:
            attempts += office.send(smtp=server).again
            office.inbox.clock.now = due(office)
        office.inbox.clock.forward(days=9)
        assert office.send(smtp=server) == Delivered()
    assert seen.taken == []
    assert office.stages() == [Stage.ESCALATED]
    assert 15 < attempts < 30, "the waits grow"
    assert 48 <= (item_of(office, OutboxState.FAILED).results[0].at or begun).timestamp() / 3600 - hours(begun) < 53
    assert "given up after 48 hours" in note_of(office).payload["why"]


def hours(at: datetime) -> float:
    return at.timestamp() / 3600


def due(office: Office) -> datetime:
    """When the next attempt may be made."""
    queued = find_outbox(office.inbox.store, "support", OutboxState.QUEUED)
    return queued[0].next_attempt or office.inbox.clock() if queued else office.inbox.clock()


def test_a_server_that_never_answers_is_a_persons_business_too(office: Office) -> None:
    """No code at all, for as long as the setting allows: the reply is not forgotten in the outbox."""
    office.change_policy(retry_hours=1.0)
    approved(office)
    down = MailServer(host="127.0.0.1", port=1, tls="none", timeout=2.0)
    while office.stages() == [Stage.APPROVED]:
        office.send(smtp=down)
        office.inbox.clock.now = due(office)
    assert office.stages() == [Stage.ESCALATED]
    assert "refused the connection" in note_of(office).payload["why"]
    office.decide(note_of(office), Outcome.EDITED, body="Once more.")
    assert office.send() == Delivered(sent=1)
    assert office.reached() == [ADA, BOB]


def test_a_line_lost_for_some_is_settled_for_those(office: Office) -> None:
    """Bob was put off before the line broke: once a person says that it was sent, Bob alone is tried again."""
    approved(office)
    with exchange({BOB: b"450 later\r\n"}, ended=None) as (server, _):
        assert office.send(smtp=server) == Delivered(unknown=1)
    item = item_of(office, OutboxState.UNKNOWN)
    assert [result.state for result in item.results] == [RecipientState.UNKNOWN, RecipientState.WAITING]
    reconcile(office.place, "support")
    office.decide(note_of(office), Outcome.APPROVED)
    with exchange({}) as (server, seen):
        assert office.send(smtp=server) == Delivered(sent=1)
    assert seen.taken == [BOB]


def test_our_own_copy_in_sent_proves_nothing_about_a_second_attempt(office: Office) -> None:
    """Ada's copy was filed; that Bob's line broke later is a question to a person, not settled by that copy."""
    approved(office)
    with exchange({BOB: b"450 later\r\n"}) as (server, _):
        office.send(smtp=server)
    reconcile(office.place, "support")
    assert len(office.in_sent()) == 1, "somebody has it, so its copy is filed at once"
    office.inbox.clock.forward(minutes=1)
    with exchange({}, ended=None) as (server, _):
        assert office.send(smtp=server) == Delivered(unknown=1)
    reconcile(office.place, "support")
    assert office.stages() == [Stage.UNKNOWN]
    office.decide(note_of(office), Outcome.REJECTED, reason="Bob has nothing")
    with exchange({}) as (server, seen):
        assert office.send(smtp=server) == Delivered(sent=1)
    assert seen.taken == [BOB]
    reconcile(office.place, "support")
    assert len(office.in_sent()) == 1


def test_a_closing_server_is_left_alone(office: Office) -> None:
    """421 even after the text: the others wait for the next run."""
    approved(office)
    office.approve("carl@example.org")
    with exchange({}, ended=b"421 4.7.0 too many\r\n") as (server, seen):
        assert office.send(smtp=server) == Delivered(again=1)
    assert len(seen.taken) == 2


def test_our_own_address_never_gets_a_reply(office: Office) -> None:
    """However it came among the recipients, with a tag or in capitals."""
    for own in (TEAM.address, TEAM.address.replace("@", "+shop@").title()):
        review = office.ask(cc=(Address(address=own),))
        with pytest.raises(ApprovalError, match="our own address"):
            office.decide(review, Outcome.APPROVED)
    assert office.send() == Delivered()
