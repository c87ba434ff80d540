"""Questions about a new model, and the log that says what is still to be done."""

from pathlib import Path

import pytest

from models.classification import Alternative, Classification
from models.errors import ApprovalError
from models.review import EVERY_MAILBOX, Decision, Outcome, Review, ReviewKind
from store import challenges
from store.audit import entries
from store.classifications import insert_sorted
from store.corrections import corrections
from store.database import Store
from store.decisions import close_mailbox_review, decide_category
from store.reviews import get_review, open_mailbox_review, waiting
from tests.factories import Inbox, mail
from tests.review.challengers import make_challenge


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def decide(store: Store, review: Review, outcome: Outcome, category: str | None = None) -> None:
    decision = Decision(
        review_id=review.id,
        outcome=outcome,
        decided_by="noor",
        shown_hash=review.shown_hash,
        reason="because",
        category=category,
    )
    (decide_category if review.case_id else close_mailbox_review)(store, decision)


def asked(inbox: Inbox) -> Review:
    number = challenges.ask_about_model(inbox.store, make_challenge())
    assert number is not None
    return get_review(inbox.store, number)


def test_one_question_about_models_is_open_at_a_time(inbox: Inbox) -> None:
    """It belongs to every mailbox, and says exactly what was shown."""
    review = asked(inbox)
    assert (review.mailbox, review.whose, review.kind) == (EVERY_MAILBOX, "all mailboxes", ReviewKind.MODEL)
    assert challenges.challenge_of(review) == make_challenge()
    assert challenges.ask_about_model(inbox.store, make_challenge(version="another")) is None
    assert challenges.open_question(inbox.store) == review


def test_an_approval_is_outstanding_until_it_is_carried_out(inbox: Inbox) -> None:
    """And is never carried out a second time."""
    review = asked(inbox)
    assert challenges.approved_not_active(inbox.store) is None
    decide(inbox.store, review, Outcome.APPROVED)
    outstanding = challenges.approved_not_active(inbox.store)
    assert outstanding is not None
    assert outstanding.id == review.id
    challenges.note(inbox.store, "noor", challenges.ACTIVATED, review=review.id)
    assert challenges.approved_not_active(inbox.store) is None


@pytest.mark.parametrize("action", [challenges.ROLLED_BACK, challenges.ACTIVATED, challenges.OVERTAKEN])
def test_what_a_person_did_after_an_approval_stands(inbox: Inbox, action: str) -> None:
    """Nothing is activated over it."""
    decide(inbox.store, asked(inbox), Outcome.APPROVED)
    challenges.note(inbox.store, "mira", action, version="older")
    assert challenges.approved_not_active(inbox.store) is None


def test_a_no_leaves_nothing_to_do(inbox: Inbox) -> None:
    """It is in the log, about the model."""
    decide(inbox.store, asked(inbox), Outcome.REJECTED)
    assert challenges.approved_not_active(inbox.store) is None
    (entry,) = entries(inbox.store, "model")
    assert (entry.actor, entry.action, entry.mailbox) == ("noor", "model rejected", EVERY_MAILBOX)
    (review,) = challenges.decided_questions(inbox.store)
    assert review.outcome is Outcome.REJECTED


def test_a_withdrawn_question_is_closed_once(inbox: Inbox) -> None:
    """And what a person decided meanwhile stays."""
    review = asked(inbox)
    challenges.withdraw_question(inbox.store, review, "changed since")
    assert get_review(inbox.store, review.id).outcome is Outcome.EXPIRED
    second = asked(inbox)
    decide(inbox.store, second, Outcome.REJECTED)
    challenges.withdraw_question(inbox.store, second, "changed since")
    assert get_review(inbox.store, second.id).outcome is Outcome.REJECTED


def test_a_question_of_another_version_is_refused_in_words(inbox: Inbox) -> None:
    """Not with a traceback."""
    number = open_mailbox_review(inbox.store, EVERY_MAILBOX, ReviewKind.MODEL, "a" * 64, {"why": "?", "old": 1})
    with pytest.raises(ApprovalError, match="another version of Mailstage"):
        challenges.challenge_of(get_review(inbox.store, number or 0))


def test_comparisons_are_kept_without_the_mails(inbox: Inbox) -> None:
    """The newest first, and no more than asked for."""
    for number in range(3):
        detail = {"verdict": "not better", "why": f"no. {number}", "n": 40, "changed": 12, "fingerprint": str(number)}
        challenges.note(inbox.store, "mailstage", challenges.COMPARED, **detail)
    assert [one.why for one in challenges.past_comparisons(inbox.store, 2)] == ["no. 2", "no. 1"]
    assert challenges.compared_rows(inbox.store) == {"0", "1", "2"}


def test_the_last_word_of_a_person_is_the_label(inbox: Inbox) -> None:
    """What the model said is none, and a mail that is none of the categories is out of scope."""
    inbox.categorized(mail("the model was sure", message_id="<a@example.com>"))
    inbox.asked_category(mail("an order", message_id="<b@example.com>"))
    decide(inbox.store, waiting(inbox.store)[0], Outcome.EDITED, "order_status")
    inbox.asked_category(mail("a choir", message_id="<c@example.com>"))
    decide(inbox.store, waiting(inbox.store)[0], Outcome.REJECTED)
    inbox.asked_category(mail("nobody has said yet", message_id="<d@example.com>"))
    found = corrections(inbox.store)
    assert [(one.message.text, one.category) for one in found] == [("an order", "order_status"), ("a choir", None)]


def test_of_two_decisions_about_a_mail_the_later_counts(inbox: Inbox) -> None:
    """And what a model says after them changes nothing."""
    case = inbox.asked_category()
    decide(inbox.store, waiting(inbox.store)[0], Outcome.EDITED, "complaint")
    by_person = Classification(category="order_status", probability=1.0, decided_by="human")
    later = Classification(
        category="invoice", probability=0.9, alternatives=(Alternative(category="complaint", probability=0.1),)
    )
    with inbox.store.write() as connection:
        insert_sorted(connection, inbox.store, [(case, by_person), (case, later)])
    assert [one.category for one in corrections(inbox.store)] == ["order_status"]
