"""Asking a large model on PostgreSQL, where two runs really ask at once."""

import threading

import pytest

from models.case import Stage
from models.classification import Classification, DecidedBy
from models.opinion import Judgement, Stratum
from models.review import Decision, Outcome
from models.rollout import Requirement
from store.cases import get_case
from store.classifications import opinion_in
from store.decisions import decide_category
from store.judgements import judgements_of, spent_on_sorting
from store.metrics import evidence, overview
from store.opinions import answer_instead, asked_today, begin_asking, keep_opinion, never_asked, unasked_questions
from store.reviews import get_review
from tests.factories import mail
from tests.store.postgres import PostgresInbox

pytestmark = pytest.mark.postgres
SAID = Classification(
    category="order_status", probability=0.9, decided_by=DecidedBy.LLM, model_version="m", abstained=True, cost=0.01
)


@pytest.fixture
def inbox(fresh_postgres: PostgresInbox) -> PostgresInbox:
    for number in range(5):
        fresh_postgres.asked_category(mail(f"mail {number}", message_id=f"<{number}@example.com>"))
    return fresh_postgres


def test_two_runs_share_one_budget_and_ask_once(inbox: PostgresInbox) -> None:
    """Both have read the same questions and begin at the same moment."""
    questions = unasked_questions(inbox.store, "support", None, 5)
    start, begun = threading.Barrier(4), list[int]()

    def ask() -> None:
        start.wait(10)
        begun.extend(begin_asking(inbox.store, "support", questions, "m", 3))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(begun) == len(set(begun)) == asked_today(inbox.store, "support") == 3
    assert len(unasked_questions(inbox.store, "support", None, 5)) == 2
    inbox.clock.forward(hours=25)
    assert asked_today(inbox.store, "support") == 0


def test_opinion_answer_and_judgement(inbox: PostgresInbox) -> None:
    """Every statement once."""
    first, second, third = unasked_questions(inbox.store, "support", None, 3)
    rows = begin_asking(inbox.store, "support", [first, second, third], "m", 10)
    keep_opinion(inbox.store, rows[first.case.id], SAID, first, shown=True)
    alone = SAID.model_copy(update={"abstained": False})
    assert answer_instead(inbox.store, rows[second.case.id], alone, second, "order_status, by m")
    assert not answer_instead(inbox.store, rows[second.case.id], alone, second, "again")
    never_asked(inbox.store, rows[third.case.id])
    review = get_review(inbox.store, first.review.id)
    assert opinion_in(review.payload) is not None
    decision = Decision(
        review_id=review.id,
        outcome=Outcome.APPROVED,
        decided_by="noor",
        shown_hash=review.shown_hash,
        category="order_status",
    )
    decide_category(inbox.store, decision)
    assert judgements_of(inbox.store, "support", "m") == [
        Judgement(stratum=Stratum.AGREES, category="order_status", right=True)
    ]
    assert judgements_of(inbox.store, "support", "another") == []
    assert judgements_of(inbox.store, "another", "m") == []
    assert spent_on_sorting(inbox.store, "m") == (2, 0.02)
    assert get_case(inbox.store, second.case.id).stage is Stage.CATEGORIZED
    assert overview(inbox.store, "support").sorting_cost == 0.02
    assert evidence(inbox.store, "support", Requirement()).category_accuracy.trials == 1
    assert third.case.id in {question.case.id for question in unasked_questions(inbox.store, "support", None, 5)}
