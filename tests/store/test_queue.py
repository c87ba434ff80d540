"""The order of the queue, and mails of one wording as one entry of it."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from models.asking import Asking
from models.campaign import VALUES, Fingerprint
from models.case import Stage
from models.classification import Alternative, Classification
from models.errors import ApprovalError
from models.message import Address
from models.review import Decision, Outcome, Review, ReviewKind
from store.audit import entries as audited
from store.campaigns import REMEMBERED, decide_each, waiting_alike
from store.classifications import Categorized, precedent_in, save_categorized
from store.decisions import decide_category
from store.drafts import ask_approval
from store.queue import count_entries, entries, next_entry
from store.reviews import waiting
from store.turn import HEAD_START
from tests.factories import Inbox, mail, reply
from tests.store.postgres import PostgresInbox

ONE, OTHER = (Fingerprint(values=tuple(range(start, start + VALUES))) for start in (1, 1_000))
NEAR = Fingerprint(values=(*ONE.values[:50], *range(5_000, 5_000 + VALUES - 50)))
FAR = Fingerprint(values=(*ONE.values[:30], *range(5_000, 5_000 + VALUES - 30)))


def asks(inbox: Inbox, value: float = 0.0, fingerprint: Fingerprint | None = None) -> Review:
    """A mail from somebody new whose category a person is asked for."""
    sender = Address(name="Ada", address=f"ada{inbox.uid}@example.com")
    inbox.save(inbox.arrival(mail(message_id=f"<{inbox.uid}@q.example>", sender=sender)))
    case = inbox.cases(Stage.RECEIVED)[-1]
    maybe = Alternative(category="order_status", probability=0.4)
    found = Classification(category=None, probability=0.4, alternatives=(maybe,), abstained=True, why="not sure")
    asking = Asking(value=value, because="it is unclear")
    save_categorized(inbox.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, "not sure", asking, fingerprint)])
    return waiting(inbox.store)[-1]


def drafts(inbox: Inbox) -> Review:
    sender = Address(name="Bo", address=f"bo{inbox.uid}@example.com")
    case = inbox.drafted(mail(message_id=f"<{inbox.uid}@d.example>", sender=sender))
    ask_approval(inbox.store, case, reply(), "each reply is approved")
    return waiting(inbox.store)[-1]


def order(inbox: Inbox) -> list[int]:
    return [entry.review.id for entry in entries(inbox.store)]


def yes(review: Review, category: str = "order_status") -> Decision:
    return Decision(
        review_id=review.id,
        outcome=Outcome.APPROVED,
        decided_by="noor",
        shown_hash=review.shown_hash,
        category=category,
    )


def _decided(inbox: Inbox, decision: Decision) -> None:
    decide_category(inbox.store, decision)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_the_telling_questions_come_first(inbox: Inbox) -> None:
    """Among categories that came together, the more an answer teaches the earlier."""
    dull, telling, middling = asks(inbox, 0.1), asks(inbox, 0.9), asks(inbox, 0.5)
    assert order(inbox) == [telling.id, middling.id, dull.id]


def test_no_category_goes_before_an_older_draft(inbox: Inbox) -> None:
    """A reply that is ready is not held up by what is good for the model."""
    draft = drafts(inbox)
    inbox.clock.forward(minutes=1)
    telling = asks(inbox, 1.0)
    assert order(inbox) == [draft.id, telling.id]


def test_nothing_is_overtaken_by_what_came_a_head_start_later(inbox: Inbox) -> None:
    """However little its answer teaches, a question waits no longer than that for others."""
    dull = asks(inbox, 0.0)
    inbox.clock.forward(seconds=HEAD_START.total_seconds() - 60)
    before = drafts(inbox)
    inbox.clock.forward(minutes=2)
    after = drafts(inbox)
    assert order(inbox) == [before.id, dull.id, after.id]


def test_a_wording_is_one_entry(inbox: Inbox) -> None:
    """Three of one, one of another, and one that is only somewhat like the first."""
    first, second, third = asks(inbox, 0.2, ONE), asks(inbox, 0.9, NEAR), asks(inbox, 0.1, ONE)
    other, far = asks(inbox, 0.0, OTHER), asks(inbox, 0.0, FAR)
    assert [(entry.review.id, entry.alike) for entry in entries(inbox.store)] == [
        (second.id, 3),
        (other.id, 1),
        (far.id, 1),
    ]
    assert count_entries(inbox.store) == 3
    assert [review.id for review in waiting_alike(inbox.store, second)] == [first.id, third.id]
    lines = [entry.review.id for entry in entries(inbox.store, every=True)]
    assert lines == [first.id, second.id, third.id, other.id, far.id]


def test_the_next_entry_is_another_wording(inbox: Inbox) -> None:
    """Whoever has answered for a wording, or skips it, is not asked about it again at once."""
    first, _, other = asks(inbox, 0.5, ONE), asks(inbox, 0.5, ONE), asks(inbox, 0.1)
    follows = next_entry(inbox.store, first.id)
    assert follows is not None
    assert follows.id == other.id
    back = next_entry(inbox.store, other.id)
    assert back is not None
    assert back.id == first.id
    assert next_entry(inbox.store, first.id, kinds=[ReviewKind.DRAFT]) is None


def test_each_mail_of_a_wording_is_decided_by_itself(inbox: Inbox) -> None:
    """One answer: each case moves, each is in the log, and what somebody else has decided is left out and named."""
    first, second, third = (asks(inbox, 0.5, ONE) for _ in range(3))
    decide_category(inbox.store, yes(second, "invoice"))
    done = decide_each(partial(_decided, inbox), yes(first), [yes(second), yes(third)])
    assert done.decided == (first.id, third.id)
    assert [left.review_id for left in done.left_out] == [second.id]
    assert "already decided (approved by noor)" in done.sentence
    assert [case.category for case in inbox.cases()] == ["order_status", "invoice", "order_status"]
    logged = [entry.detail["review"] for entry in audited(inbox.store) if entry.action == "category approved"]
    assert sorted(logged) == sorted([first.id, second.id, third.id])


def test_when_the_first_is_refused_none_is_decided(inbox: Inbox) -> None:
    """A stale page decides nothing at all."""
    first, second = asks(inbox, 0.5, ONE), asks(inbox, 0.5, ONE)
    stale = yes(first).model_copy(update={"shown_hash": "0" * 64})
    with pytest.raises(ApprovalError, match="has changed since"):
        decide_each(partial(_decided, inbox), stale, [yes(second)])
    assert len(waiting(inbox.store)) == 2


def test_later_mail_of_a_decided_wording_says_what_it_was(inbox: Inbox) -> None:
    """A suggestion with its ground, kept in what is shown; nothing is decided by it."""
    for review in [asks(inbox, 0.5, ONE) for _ in range(3)]:
        decide_category(inbox.store, yes(review, "invoice"))
    later = asks(inbox, 0.5, NEAR)
    precedent = precedent_in(later.payload)
    assert precedent is not None
    assert (precedent.category, precedent.number, precedent.decided) == ("invoice", 3, 3)
    assert precedent.sentence == "all 3 mails of the same wording that people decided were sorted as invoice"
    assert inbox.cases(Stage.AWAITING_CATEGORY)[0].category is None


def test_the_most_frequent_answer_is_the_precedent(inbox: Inbox) -> None:
    """One that was taken out and sorted otherwise does not turn the suggestion."""
    for category in ("refund", "invoice", "invoice"):
        decide_category(inbox.store, yes(asks(inbox, 0.5, ONE), category))
    precedent = precedent_in(asks(inbox, 0.5, ONE).payload)
    assert precedent is not None
    assert precedent.sentence.startswith("2 of 3 mails")


def test_a_wording_is_forgotten_in_time(inbox: Inbox) -> None:
    """Of what was decided last year nothing is proposed."""
    decide_category(inbox.store, yes(asks(inbox, 0.5, ONE)))
    inbox.clock.forward(seconds=(REMEMBERED + timedelta(days=1)).total_seconds())
    assert precedent_in(asks(inbox, 0.5, ONE).payload) is None


@pytest.mark.postgres
def test_the_same_on_postgresql(fresh_postgres: PostgresInbox) -> None:
    """Window functions, big band numbers and the lock on campaigns."""
    inbox = fresh_postgres
    first, second = asks(inbox, 0.2, ONE), asks(inbox, 0.9, NEAR)
    dull = asks(inbox, 0.0)
    assert [(entry.review.id, entry.alike) for entry in entries(inbox.store)] == [(second.id, 2), (dull.id, 1)]
    decide_category(inbox.store, yes(first))
    precedent = precedent_in(asks(inbox, 0.5, ONE).payload)
    assert precedent is not None
    assert precedent.category == "order_status"
    follows = next_entry(inbox.store, second.id)
    assert follows is not None
    assert follows.id == dull.id
    assert count_entries(inbox.store) == 2
