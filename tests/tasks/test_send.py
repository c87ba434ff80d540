"""Approved replies on their way: over real SMTP to real folders, and through everything that may go wrong."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from mail.imap.session import ImapSession
from models.case import Stage
from models.classification import Classification
from models.errors import MailLoginFailed
from models.outbox import OutboxState
from models.review import Outcome, ReviewKind
from models.rollout import Phase
from models.settings import MailServer
from store import rollout, tables
from store.cases import get_case
from store.classifications import Categorized, save_categorized
from store.drafts import add_draft, ask_approval
from store.outbox import find_outbox
from store.outcome import JITTER
from store.reviews import get_review, waiting
from tasks.fetch import fetch_mail
from tasks.reconcile import reconcile
from tasks.send import Delivered
from tests.cases import find_cases
from tests.factories import START, TEAM, reply
from tests.mail.test_smtp import failing, scripted
from tests.office import ADA, Office, open_office

DOWN = MailServer(host="127.0.0.1", port=1, tls="none", timeout=2.0)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def test_an_approved_reply_reaches_its_customer(office: Office) -> None:
    """The approved bytes over SMTP, one copy in Sent, and nothing more on the next run."""
    office.approve()
    assert office.send() == Delivered(sent=1)
    (sent,) = office.servers.wire
    (item,) = find_outbox(office.inbox.store, "support", OutboxState.SENT)
    assert (sent.envelope_from, sent.recipients, sent.user) == (TEAM.address, (ADA,), TEAM.address)
    assert hashlib.sha256(sent.raw).hexdigest() == item.approved_hash
    assert office.stages() == [Stage.SENT]
    assert reconcile(office.place, "support") == 1
    assert reconcile(office.place, "support") == 0
    assert office.send() == Delivered()
    assert office.in_sent() == [item.message_id]
    assert len(office.servers.wire) == 1


def test_the_mail_that_was_answered_is_marked(office: Office) -> None:
    """A mail client shows the arrow beside it, and nobody answers it again by hand."""
    office.servers.deliver(
        TEAM.address, b"From: ada@example.com\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n", START
    )
    fetch_mail(office.place, "support")
    (case,) = office.inbox.cases(Stage.RECEIVED)
    sure = Classification(category="order_status", probability=0.95)
    save_categorized(office.inbox.store, [Categorized(case, sure, Stage.CATEGORIZED)])
    case = add_draft(office.inbox.store, office.inbox.cases()[0], reply())
    ask_approval(office.inbox.store, case, reply(), "each reply is approved by a person")
    office.decide(waiting(office.inbox.store)[0], Outcome.APPROVED)
    office.send()
    reconcile(office.place, "support")
    with ImapSession(office.place.mailbox("support").imap, "support") as session:
        (fetched,) = next(session.fetch_since("INBOX", 0))
    assert "\\Answered" in fetched.flags


def test_the_daily_cap_holds_and_runs_off(office: Office) -> None:
    """The rest waits in the outbox until a day has passed since the first."""
    for number in range(3):
        office.approve(f"ada{number}@example.com")
    assert office.send(sends_per_day=2) == Delivered(sent=2)
    assert office.send(sends_per_day=2) == Delivered()
    assert office.count(OutboxState.QUEUED) == 1
    office.inbox.clock.forward(hours=23, minutes=59)
    assert office.send(sends_per_day=2) == Delivered()
    office.inbox.clock.forward(minutes=2)
    assert office.send(sends_per_day=2) == Delivered(sent=1)
    assert office.reached() == ["ada0@example.com", "ada1@example.com", "ada2@example.com"]


def test_a_cap_of_zero_sends_nothing(office: Office) -> None:
    """A mailbox that may only write, never send."""
    office.approve()
    assert office.send(sends_per_day=0) == Delivered()
    assert office.count(OutboxState.QUEUED) == 1


@pytest.mark.parametrize("name", ["support", rollout.EVERYTHING])
def test_a_pause_between_claim_and_wire_sends_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The kill switch is read once more at the last moment; afterwards the reply goes out, once."""
    from store.outbox import begin_transmission as begin

    def paused_first(*args: Any, **kwargs: Any) -> bool:
        rollout.set_paused(office.inbox.store, name, True, "noor", start=Phase.DRAFT)
        return begin(*args, **kwargs)

    office.approve("ada1@example.com")
    office.approve("ada2@example.com")
    with monkeypatch.context() as patched:
        patched.setattr("tasks.send.begin_transmission", paused_first)
        office.send()
    assert office.servers.wire == []
    assert office.count(OutboxState.QUEUED) == 2
    assert office.stages() == [Stage.APPROVED, Stage.APPROVED]
    assert office.send() == Delivered(), "as long as it is paused"
    rollout.set_paused(office.inbox.store, name, False, "noor", start=Phase.DRAFT)
    assert office.send() == Delivered(sent=2)
    assert sorted(office.reached()) == ["ada1@example.com", "ada2@example.com"]


@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA"])
def test_a_4xx_waits_and_is_tried_again(office: Office, command: bytes) -> None:
    """Not before its back-off has passed, and each time twice as late."""
    office.approve()
    with scripted(failing(command, b"451 try later\r\n")) as busy:
        assert office.send(smtp=busy) == Delivered(again=1)
        assert office.stages() == [Stage.APPROVED]
        office.inbox.clock.forward(seconds=29)
        assert office.send(smtp=busy) == Delivered(), "too early"
        office.inbox.clock.forward(seconds=30 * JITTER + 1)
        assert office.send(smtp=busy) == Delivered(again=1)
        office.inbox.clock.forward(seconds=59)
        assert office.send(smtp=busy) == Delivered(), "the second wait is twice as long"
    office.inbox.clock.forward(seconds=60 * JITTER + 1)
    assert office.send() == Delivered(sent=1)
    assert office.reached() == [ADA]
    assert waiting(office.inbox.store) == []


def test_a_4xx_after_the_final_dot_is_no_delivery(office: Office) -> None:
    """The server's word counts: it did not take the message."""
    office.approve()
    with scripted(ended=b"452 disk full\r\n") as full:
        assert office.send(smtp=full) == Delivered(again=1)
    office.inbox.clock.forward(minutes=1)
    assert office.send() == Delivered(sent=1)


@contextmanager
def refusing(address: str) -> Iterator[MailServer]:
    """A server that knows everybody but one."""
    with scripted(failing(b"RCPT TO:<" + address.upper().encode() + b">", b"550 no such user\r\n")) as server:
        yield server


def test_a_5xx_goes_to_a_person_and_stops_nothing_else(office: Office) -> None:
    """With the server's words; the person's next reply takes its place."""
    office.approve("gone@example.com")
    office.approve("here@example.com")
    with refusing("gone@example.com") as server:
        assert office.send(smtp=server) == Delivered(sent=1, failed=1)
        office.inbox.clock.forward(days=2)
        assert office.send(smtp=server) == Delivered(), "never tried again by itself"
    assert office.stages() == [Stage.ESCALATED, Stage.SENT]
    (review,) = waiting(office.inbox.store)
    assert review.kind is ReviewKind.ACTION
    assert "no such user" in review.payload["why"]
    office.decide(review, Outcome.EDITED, body="Once more.")
    assert office.send() == Delivered(sent=1)
    assert office.reached() == ["gone@example.com"]


def test_bytes_that_were_not_approved_never_leave(office: Office) -> None:
    """Somebody changed the outbox by hand: the hash tells, and a person is told."""
    office.approve()
    with office.inbox.store.write() as connection:
        connection.execute(update(tables.outbox).values(raw=b"Subject: You have won\r\n\r\nClick here\r\n"))
    assert office.send() == Delivered(failed=1)
    assert office.servers.wire == []
    (review,) = waiting(office.inbox.store)
    assert "not those that were approved" in review.payload["why"]


def unknown(office: Office) -> None:
    """A reply whose connection broke after the final dot."""
    office.approve()
    with scripted(ended=None) as broken:
        assert office.send(smtp=broken) == Delivered(unknown=1)
    assert office.stages() == [Stage.UNKNOWN]


def test_a_lost_answer_is_asked_about_once(office: Office) -> None:
    """And never sent again blindly."""
    unknown(office)
    reconcile(office.place, "support")
    reconcile(office.place, "support")
    (review,) = waiting(office.inbox.store)
    assert review.kind is ReviewKind.ACTION
    office.inbox.clock.forward(days=1)
    assert office.send() == Delivered()
    assert office.servers.wire == []


def test_a_lost_answer_is_found_in_sent(office: Office) -> None:
    """The server had filed its copy: nobody is asked."""
    unknown(office)
    (item,) = find_outbox(office.inbox.store, "support", OutboxState.UNKNOWN)
    office.servers.deliver(TEAM.address, item.raw, folder="Sent")
    reconcile(office.place, "support")
    assert office.stages() == [Stage.SENT]
    assert waiting(office.inbox.store) == []
    reconcile(office.place, "support")
    assert office.in_sent() == [item.message_id], "no second copy"


def test_a_copy_that_appears_later_withdraws_the_question(office: Office) -> None:
    """The person need not look any more."""
    unknown(office)
    reconcile(office.place, "support")
    (review,) = waiting(office.inbox.store)
    (item,) = find_outbox(office.inbox.store, "support", OutboxState.UNKNOWN)
    office.servers.deliver(TEAM.address, item.raw, folder="Sent")
    reconcile(office.place, "support")
    assert get_review(office.inbox.store, review.id).outcome is Outcome.EXPIRED
    assert office.stages() == [Stage.SENT]


@pytest.mark.parametrize(("outcome", "stage", "sends"), [("approved", Stage.SENT, 0), ("rejected", Stage.APPROVED, 1)])
def test_a_person_says_what_became_of_it(office: Office, outcome: str, stage: Stage, sends: int) -> None:
    """Sent: then it gets its copy in Sent. Not sent: then the same bytes go out again."""
    unknown(office)
    reconcile(office.place, "support")
    office.decide(waiting(office.inbox.store)[0], Outcome(outcome), reason="looked into the log")
    assert office.stages() == [stage]
    assert office.send() == Delivered(sent=sends)
    reconcile(office.place, "support")
    assert len(office.servers.wire) == sends
    assert len(office.in_sent()) == 1


def test_while_the_server_is_down_nothing_is_lost(office: Office) -> None:
    """One try a run, not one for each reply; afterwards all go out."""
    for number in range(3):
        office.approve(f"ada{number}@example.com")
    assert office.send(smtp=DOWN) == Delivered(again=1)
    assert office.count(OutboxState.QUEUED) == 3
    assert office.stages() == [Stage.APPROVED] * 3
    office.inbox.clock.forward(minutes=1)
    assert office.send() == Delivered(sent=3)
    assert sorted(office.reached()) == ["ada0@example.com", "ada1@example.com", "ada2@example.com"]


def test_a_line_that_breaks_before_the_final_dot_is_no_delivery(office: Office) -> None:
    """So it may be sent again."""
    office.approve()
    with scripted(failing(b"DATA", None)) as broken:
        assert office.send(smtp=broken) == Delivered(again=1)
    office.inbox.clock.forward(minutes=1)
    assert office.send() == Delivered(sent=1)


def test_a_wrong_password_is_told_and_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends with an error for the person who runs it; the reply waits."""
    office.approve()
    server = office.place.mailbox("support").smtp
    assert server.password is not None
    right = server.password.read("password")
    monkeypatch.setenv(server.password.env, "guess")
    with pytest.raises(MailLoginFailed):
        office.send()
    assert office.count(OutboxState.QUEUED) == 1
    monkeypatch.setenv(server.password.env, right)
    office.inbox.clock.forward(minutes=1)
    assert office.send() == Delivered(sent=1)


def test_a_copy_is_filed_later_when_imap_is_down(office: Office) -> None:
    """SMTP took it: the reply counts as sent, and its copy follows."""
    office.approve()
    office.send()
    reconcile(office.on(imap=DOWN), "support")
    assert office.stages() == [Stage.SENT]
    assert office.in_sent() == []
    reconcile(office.place, "support")
    assert len(office.in_sent()) == 1


def test_a_server_that_files_sent_mail_itself_gets_no_second_copy(office: Office) -> None:
    """As Gmail does."""
    office.approve()
    office.send()
    reconcile(office.on(files_sent_itself=True), "support")
    assert office.in_sent() == []


def test_mail_from_before_the_start_is_filed(office: Office) -> None:
    """It is read for its threads; on the first day itself work begins, in the company's time zone."""
    days = {"<old@example.com>": datetime(2026, 10, 31, 22, 59, tzinfo=UTC)}
    days["<new@example.com>"] = datetime(2026, 10, 31, 23, 1, tzinfo=UTC)
    for message_id, arrived in days.items():
        raw = f"From: {ADA}\r\nTo: {TEAM.address}\r\nMessage-ID: {message_id}\r\n\r\nWhere is it?\r\n"
        office.servers.deliver(TEAM.address, raw.encode(), arrived)
    place = office.on(since=date(2026, 11, 1))
    amsterdam = place.settings.company.model_copy(update={"time_zone": "Europe/Amsterdam"})
    place = replace(place, settings=place.settings.model_copy(update={"company": amsterdam}))
    assert fetch_mail(place, "support").new == 2
    old, new = find_cases(office.inbox.store, "support")
    assert (old.stage, new.stage) == (Stage.FILED, Stage.RECEIVED)
    assert "2026-11-01" in old.reason
    assert get_case(office.inbox.store, old.id).category is None
