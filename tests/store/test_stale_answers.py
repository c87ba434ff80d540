"""An answer is to what was shown, also where that changes at the very moment of the answer."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from models.errors import LostRace
from models.review import Decision, Outcome
from store.decisions import decide_category
from store.reviews import get_review, waiting
from store.tables import reviews
from tests.factories import Inbox, mail
from tests.store.postgres import PostgresInbox


def answered(inbox: Inbox) -> Decision:
    inbox.asked_category(mail("Where is it?", message_id="<1@example.com>"))
    (review,) = waiting(inbox.store)
    return Decision(
        review_id=review.id,
        outcome=Outcome.EDITED,
        decided_by="noor",
        shown_hash=review.shown_hash,
        category="invoice_billing",
    )


def before_the_answer_is_written(inbox: Inbox, change: Any) -> None:
    """Calls `change` once, between the reading of a review and the writing of its outcome."""
    left = [change]

    @event.listens_for(inbox.store.engine, "before_cursor_execute")
    def before(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if left and statement.startswith("UPDATE reviews"):
            left.pop()(connection)


OTHER = update(reviews).values(shown_hash="other")


def test_what_changes_under_the_answer_is_not_decided(tmp_path: Path) -> None:
    """The page was looked at a moment too early; the question waits."""
    inbox = Inbox(tmp_path)
    decision = answered(inbox)
    before_the_answer_is_written(inbox, lambda connection: connection.execute(OTHER))
    with pytest.raises(LostRace, match="has changed: look at it again"):
        decide_category(inbox.store, decision)
    assert get_review(inbox.store, decision.review_id).outcome is None


@pytest.mark.postgres
def test_nor_where_somebody_else_really_writes(fresh_postgres: PostgresInbox) -> None:
    """In a transaction of its own, which PostgreSQL lets through between the two statements."""
    decision = answered(fresh_postgres)

    def change(_: Connection) -> None:
        with fresh_postgres.store.write() as connection:
            connection.execute(OTHER)

    before_the_answer_is_written(fresh_postgres, change)
    with pytest.raises(LostRace, match="has changed: look at it again"):
        decide_category(fresh_postgres.store, decision)
    left = get_review(fresh_postgres.store, decision.review_id)
    assert (left.outcome, left.shown_hash) == (None, "other")
