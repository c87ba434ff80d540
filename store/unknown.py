"""Replies of which nobody knows whether they left: found in Sent, or asked about."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from models.case import Case, Stage
from models.errors import ApprovalError
from models.outbox import OutboxItem, OutboxState, RecipientResult, RecipientState
from models.record import canonical_hash
from models.review import Decision, Outcome, ReviewKind
from store.cases import get_case_in, move_in
from store.database import Store
from store.decisions import close_review, note_decision
from store.outbox import WAITING, Values, items_in
from store.outcome import finish_sent, sent_values
from store.recipients import results_in, turn, write_results
from store.reviews import open_review, withdraw
from store.tables import outbox, reviews


def found_in_sent(store: Store, item: OutboxItem) -> None:
    with store.write() as connection:
        _was_sent(connection, store, item, "its copy was found in Sent")


def sent_after_all(store: Store, item: OutboxItem, results: Sequence[RecipientResult]) -> None:
    """The server's answer came after another run had given the reply up as unknown: the answer counts."""
    with store.write() as connection:
        taken = any(result.state is RecipientState.ACCEPTED for result in results)
        if taken and get_case_in(connection, item.case_id).stage is Stage.UNKNOWN:
            write_results(connection, store.clock(), item.id, results)
            _was_sent(connection, store, item, "the server took it after all")


def _was_sent(connection: Connection, store: Store, item: OutboxItem, reason: str) -> None:
    withdraw(connection, store, item.case_id, reason)
    _settle(connection, store, item, RecipientState.ACCEPTED, reason)


def _settle(connection: Connection, store: Store, item: OutboxItem, known_as: RecipientState, reason: str) -> Case:
    """Whoever was unknown is known now; whoever waits yet is sent to by the next run."""
    case = get_case_in(connection, item.case_id)
    turn(connection, store.clock(), item.id, RecipientState.UNKNOWN, known_as)
    states = {result.state for result in results_in(connection, [item.id])[item.id]}
    if RecipientState.WAITING in states:
        _write(connection, item, {**WAITING, "first_attempt": None})
        return move_in(connection, store, case, Stage.APPROVED, reason)
    _write(connection, item, sent_values(store))
    after = move_in(connection, store, case, Stage.SENT, reason)
    finish_sent(connection, store, item, after)
    return after


def _write(connection: Connection, item: OutboxItem, values: Values) -> None:
    unknown = (outbox.c.id == item.id) & (outbox.c.state == OutboxState.UNKNOWN)
    connection.execute(update(outbox).where(unknown).values(values))


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


def settle_sending(store: Store, decision: Decision) -> Case:
    """A person says whether an `unknown` reply went out (approved) or has to be sent again (rejected).

    Raises ApprovalError for an edit: nobody knows yet whether there is anything to replace.
    """
    if decision.outcome is Outcome.EDITED:
        raise ApprovalError("first say whether it was sent: approve means yes, reject means send it again")
    with store.write() as connection:
        review = close_review(connection, store, decision)
        note_decision(connection, store, review, decision)
        unknown = (outbox.c.case_id == review.case_id) & (outbox.c.state == OutboxState.UNKNOWN)
        (item,) = items_in(connection, select(outbox).where(unknown))
        if decision.outcome is Outcome.APPROVED:
            return _settle(connection, store, item, RecipientState.ACCEPTED, f"{decision.decided_by} says it was sent")
        again = f"{decision.decided_by} says to send it again"
        return _settle(connection, store, item, RecipientState.WAITING, again)
