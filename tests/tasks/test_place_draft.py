"""Drafts in the mailbox's own Drafts folder: laid once, sent by people from mail clients, and then settled here."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mail.smtp.compose import CASE_FIELD
from models.case import Stage
from models.errors import LostRace
from models.outbox import OutboxState
from models.review import Outcome
from store.audit import entries
from store.cases import get_case
from store.placed import PlacedState, copy_of
from store.reviews import get_review, reviews_of_case, waiting
from tasks.deliver import deliver_replies
from tasks.send import Delivered
from tasks.workplace import Workplace
from tests.dovecot import DovecotServer
from tests.factories import TEAM
from tests.mail_client import MailClient, text_of
from tests.office import ADA, Office, open_office


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """A mailbox that has its drafts in Drafts too, on each of the IMAP servers; SMTP is the embedded one."""
    with open_office(tmp_path) as opened:
        if request.param == "pymap":
            yield replace(opened, place=opened.on(place_drafts=True))
            return
        with DovecotServer([TEAM.address]) as server:
            yield replace(opened, place=opened.on(place_drafts=True, imap=server.imap(TEAM.address)))


def client(office: Office, **more: Any) -> MailClient:
    box = office.place.mailbox("support")
    return MailClient(box.imap, box.smtp, **more)


def deliver(office: Office, place: Workplace | None = None) -> Delivered:
    return deliver_replies(place or office.place, "support")


def outcome(office: Office, review_id: int) -> Outcome | None:
    return get_review(office.inbox.store, review_id).outcome


def test_a_draft_lies_in_drafts_once_and_says_what_it_answers(office: Office) -> None:
    """With everything that the reviewer sees, ready to be sent; nothing goes over the wire."""
    review = office.ask()
    deliver(office)
    deliver(office)
    (draft,) = client(office).drafts()
    assert text_of(draft).startswith("It ships today.\n\n-- \nSupport\n\n")
    assert "> Where is my order KG-204518?" in text_of(draft)
    assert (draft["To"], draft["In-Reply-To"]) == (f"Ada <{ADA}>", "<1@example.com>")
    assert draft[CASE_FIELD] == str(review.case_id)
    assert office.servers.wire == []


def test_sending_it_unchanged_is_the_approval(office: Office) -> None:
    """The review is decided, the case is sent, and Mailstage itself sends nothing."""
    review = office.ask()
    deliver(office)
    client(office).send_draft()
    assert deliver(office) == Delivered()
    decided = get_review(office.inbox.store, review.id)
    assert (decided.outcome, decided.edit) == (Outcome.APPROVED, None)
    assert decided.decided_by == f"{TEAM.address} (from a mail client)"
    assert office.stages() == [Stage.SENT]
    assert len(office.servers.wire) == 1
    assert [entry.action for entry in entries(office.inbox.store, f"case {review.case_id}")] == ["draft approved"]


@pytest.mark.parametrize("new_id", ["<by-a-client@example.net>", ""], ids=["its own id", "the id of the draft"])
def test_sending_it_in_other_words_is_the_edit(office: Office, new_id: str) -> None:
    """What was really sent is kept, without signature and quoted history."""
    review = office.ask()
    deliver(office)
    client(office, new_id=new_id).send_draft(lambda text: text.replace("It ships today.", "It ships on Friday."))
    deliver(office)
    decided = get_review(office.inbox.store, review.id)
    assert (decided.outcome, decided.edit) == (Outcome.EDITED, "It ships on Friday.")
    assert office.stages() == [Stage.SENT]


def test_a_client_that_loses_the_threading_is_understood(office: Office) -> None:
    """Conversation and recipient tell."""
    review = office.ask()
    deliver(office)
    client(office, drops=("In-Reply-To", "References", CASE_FIELD)).send_draft()
    deliver(office)
    assert outcome(office, review.id) is Outcome.APPROVED


def test_an_approval_here_takes_the_draft_away_before_the_reply_leaves(office: Office) -> None:
    """So nobody sends it a second time."""
    office.decide(office.ask(), Outcome.APPROVED)
    deliver(office)
    review = office.ask("bob@example.com")
    deliver(office)
    assert len(client(office).drafts()) == 1
    office.decide(review, Outcome.APPROVED)
    assert deliver(office) == Delivered(sent=1)
    assert client(office).drafts() == []


def test_a_rejection_takes_the_draft_away(office: Office) -> None:
    """Nothing is left that could be sent by mistake."""
    review = office.ask()
    deliver(office)
    office.decide(review, Outcome.REJECTED, reason="wrong order")
    deliver(office)
    assert client(office).drafts() == []
    assert office.servers.wire == []


def test_a_draft_that_a_person_deleted_is_not_put_back(office: Office) -> None:
    """The question still stands in the queue."""
    review = office.ask()
    deliver(office)
    client(office).delete_drafts()
    deliver(office)
    assert client(office).drafts() == []
    office.decide(review, Outcome.APPROVED)
    assert deliver(office) == Delivered(sent=1)


def test_a_deleted_copy_is_noticed_and_so_is_one_that_comes_back(office: Office) -> None:
    """The reviewer is told that nobody will send it from there; once decided, nothing of it is left in Drafts."""
    review, other = office.ask(), office.ask("bob@example.com")
    deliver(office)
    kept = client(office).drafts()
    client(office).delete_drafts()
    deliver(office)
    assert [copy_of(office.inbox.store, one.id) for one in (review, other)] == [PlacedState.MISSING] * 2
    client(office).file(kept[0], "Drafts")
    deliver(office)
    states = [copy_of(office.inbox.store, one.id) for one in (review, other)]
    assert states == [PlacedState.PLACED, PlacedState.MISSING]
    office.decide(review, Outcome.REJECTED, reason="wrong order")
    deliver(office)
    assert client(office).drafts() == []
    assert copy_of(office.inbox.store, review.id) is PlacedState.REMOVED


def test_a_copy_that_was_taken_out_and_sent_still_decides(office: Office) -> None:
    """Some clients delete the draft long before the mail is sent."""
    review = office.ask()
    deliver(office)
    (draft,) = client(office).drafts()
    client(office).delete_drafts()
    deliver(office)
    client(office).file(client(office).reworded(draft, lambda text: text.replace("today", "on Friday")))
    deliver(office)
    assert outcome(office, review.id) is Outcome.EDITED


def test_a_person_in_the_client_is_faster_than_one_here(office: Office) -> None:
    """Approved here after it had been sent there: the outbox is emptied, one reply is on the wire (promise D)."""
    review = office.ask()
    deliver(office)
    client(office).send_draft()
    office.decide(review, Outcome.APPROVED)
    assert office.stages() == [Stage.APPROVED]
    assert deliver(office) == Delivered()
    assert office.stages() == [Stage.SENT]
    assert len(office.servers.wire) == 1
    assert office.count(OutboxState.QUEUED) == 0
    assert "mail client" in get_case(office.inbox.store, review.case_id or 0).reason


def test_a_decision_here_after_the_adoption_is_too_late(office: Office) -> None:
    """The reviewer whose page is still open is told, and nothing goes out."""
    review = office.ask()
    deliver(office)
    client(office).send_draft()
    deliver(office)
    with pytest.raises(LostRace, match="mail client"):
        office.decide(review, Outcome.APPROVED)
    assert deliver(office) == Delivered()
    assert len(office.servers.wire) == 1


def test_while_sent_cannot_be_read_nothing_is_sent(office: Office) -> None:
    """Nobody knows whether a person has answered already; the reply waits."""
    review = office.ask()
    deliver(office)
    office.decide(review, Outcome.APPROVED)
    blind = office.place.mailbox("support").imap.model_copy(update={"port": 1})
    settings = office.place.settings
    box = office.place.mailbox("support").model_copy(update={"imap": blind})
    place = replace(office.place, settings=settings.model_copy(update={"mailboxes": {"support": box}}))
    assert deliver(office, place) == Delivered()
    assert office.servers.wire == []
    assert deliver(office) == Delivered(sent=1)


def test_an_answer_of_its_own_settles_the_question_too(office: Office) -> None:
    """Somebody pressed Reply instead of opening the draft: it counts as the edit, and the draft goes."""
    review = office.ask()
    deliver(office)
    (draft,) = client(office).drafts()
    mail = client(office).reworded(draft, lambda _text: "I have called you about it.")
    client(office).file(mail)
    deliver(office)
    assert reviews_of_case(office.inbox.store, review.case_id or 0)[-1].edit == "I have called you about it."
    deliver(office)
    assert client(office).drafts() == []
    assert waiting(office.inbox.store) == []


def test_two_answers_in_one_conversation_settle_their_own_questions(office: Office) -> None:
    """The reply to the second mail says nothing about the first."""
    first, second = office.ask("ada1@example.com"), office.ask("ada2@example.com")
    deliver(office)
    drafts = client(office).drafts()
    (later,) = [draft for draft in drafts if draft[CASE_FIELD] == str(second.case_id)]
    client(office).file(client(office).reworded(later, str))
    deliver(office)
    assert (outcome(office, first.id), outcome(office, second.id)) == (None, Outcome.APPROVED)


def test_a_customers_own_next_mail_in_sent_is_no_answer(office: Office) -> None:
    """Somebody dragged it there, or a rule did: the approved reply goes out all the same."""
    review = office.ask()
    deliver(office)
    (draft,) = client(office).drafts()
    mail = client(office).reworded(draft, lambda _text: "One more thing: is it insured?")
    for name, value in (("From", f"Ada <{ADA}>"), ("To", TEAM.address)):
        mail.replace_header(name, value)
    client(office).file(mail)
    deliver(office)
    assert outcome(office, review.id) is None
    office.decide(review, Outcome.APPROVED)
    assert deliver(office) == Delivered(sent=1)
