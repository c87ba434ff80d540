"""Replies of which nobody knows whether they left: found in Sent, or asked about."""

from sqlalchemy import select

from models.case import Stage
from models.outbox import OutboxItem
from models.record import canonical_hash
from models.review import ReviewKind
from store.cases import get_case_in, move_in
from store.database import Store
from store.outbox import settle_unknown
from store.reviews import open_review, withdraw
from store.tables import reviews


def found_in_sent(store: Store, item: OutboxItem) -> None:
    with store.write() as connection:
        settle_unknown(connection, store, item.case_id)
        withdraw(connection, store, item.case_id, "its copy was found in Sent")
        move_in(connection, store, get_case_in(connection, item.case_id), Stage.SENT, "its copy was found in Sent")


def sent_after_all(store: Store, item: OutboxItem) -> None:
    """The server's yes came after another run had given the reply up as unknown: the yes counts."""
    with store.write() as connection:
        case = get_case_in(connection, item.case_id)
        if case.stage is not Stage.UNKNOWN:
            return
        settle_unknown(connection, store, item.case_id)
        withdraw(connection, store, item.case_id, "the server took it after all")
        move_in(connection, store, case, Stage.SENT, "the server took it after all")


def ask_whether_sent(store: Store, item: OutboxItem) -> None:
    """Asks a person, once."""
    with store.write() as connection:
        still_open = (reviews.c.case_id == item.case_id) & reviews.c.outcome.is_(None)
        if connection.execute(select(reviews.c.id).where(still_open)).first():
            return
        case = get_case_in(connection, item.case_id)
        why = f"the connection broke while it was being sent ({item.error}); was it sent?"
        shown = canonical_hash([item.case_id, item.message_id, item.approved_hash])
        open_review(connection, store, case, ReviewKind.ACTION, shown, {"why": why, "message_id": item.message_id})
