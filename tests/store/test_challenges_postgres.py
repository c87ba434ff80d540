"""Questions about models on PostgreSQL, where two transactions really run at once."""

import threading

import pytest

from models.review import Decision, Outcome
from store import challenges
from store.corrections import corrections
from store.decisions import close_mailbox_review, decide_category
from store.reviews import get_review, waiting
from tests.factories import mail
from tests.review.challengers import make_challenge
from tests.store.postgres import PostgresInbox

pytestmark = pytest.mark.postgres


def test_two_runs_ask_one_question(fresh_postgres: PostgresInbox) -> None:
    """Both have trained a challenger and ask at the same moment."""
    start, numbers = threading.Barrier(4), []

    def ask(number: int) -> None:
        start.wait(10)
        numbers.append(challenges.ask_about_model(fresh_postgres.store, make_challenge(version=f"v{number}")))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(number is None for number in numbers) == [False, True, True, True]
    assert len(waiting(fresh_postgres.store)) == 1


def test_the_log_says_what_is_still_to_be_done(fresh_postgres: PostgresInbox) -> None:
    """An approval until its activation; comparisons by their detail in JSON."""
    store = fresh_postgres.store
    number = challenges.ask_about_model(store, make_challenge())
    review = get_review(store, number or 0)
    decision = Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=review.shown_hash)
    close_mailbox_review(store, decision)
    outstanding = challenges.approved_not_active(store)
    assert outstanding is not None
    assert challenges.challenge_of(outstanding) == make_challenge()
    challenges.note(store, "noor", challenges.ACTIVATED, review=review.id)
    assert challenges.approved_not_active(store) is None
    detail = {"verdict": "worse", "why": "it is", "n": 40, "changed": 12, "fingerprint": "abc"}
    challenges.note(store, "mailstage", challenges.COMPARED, **detail)
    assert challenges.compared_rows(store) == {"abc"}
    assert challenges.past_comparisons(store)[0].why == "it is"


def test_what_people_said_is_read_in_the_order_of_their_decisions(fresh_postgres: PostgresInbox) -> None:
    """The newest word about each mail."""
    for number in range(3):
        fresh_postgres.asked_category(mail(f"mail {number}", message_id=f"<{number}@example.com>"))
    for review in reversed(waiting(fresh_postgres.store)):
        decision = Decision(
            review_id=review.id,
            outcome=Outcome.EDITED,
            decided_by="noor",
            shown_hash=review.shown_hash,
            category="order_status",
        )
        decide_category(fresh_postgres.store, decision)
    assert {one.category for one in corrections(fresh_postgres.store)} == {"order_status"}
    assert [one.message.text for one in corrections(fresh_postgres.store)] == ["mail 2", "mail 1", "mail 0"]
