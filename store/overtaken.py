"""Open questions that reality has answered: the customer wrote again, or a colleague replied from a mail client."""

from contextlib import suppress

from sqlalchemy import Connection, select

from models.case import LEGAL_MOVES, Stage
from models.errors import LostRace
from models.review import ReviewKind
from store.adopted import BY_HAND
from store.cases import get_case_in, move_in
from store.conversations import newer_message
from store.database import Store
from store.reviews import withdraw
from store.tables import messages, reviews

NEWER = "the conversation has gone on: its latest message is answered instead"


def withdraw_overtaken(store: Store, mailbox: str) -> int:
    """Files each such case; returns how many."""
    query = select(reviews.c.case_id, reviews.c.kind).where(
        reviews.c.mailbox == mailbox, reviews.c.outcome.is_(None), reviews.c.case_id.is_not(None)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
        found = [(case_id, reason) for case_id, kind in rows if (reason := _overtaken(connection, case_id, kind))]
    return sum(_file(store, case_id, reason) for case_id, reason in found)


def _file(store: Store, case_id: int, reason: str) -> bool:
    """False when the case may not be filed, or somebody is just deciding."""
    with suppress(LostRace), store.write() as connection:
        case = get_case_in(connection, case_id)
        if Stage.FILED in LEGAL_MOVES[case.stage] and withdraw(connection, store, case_id, reason):
            move_in(connection, store, case, Stage.FILED, reason)
            return True
    return False


def _overtaken(connection: Connection, case_id: int, kind: str) -> str:
    newer = newer_message(connection, case_id)
    if newer is None:
        return ""
    ours = connection.execute(select(messages.c.ours).where(messages.c.id == newer)).scalar_one()
    if ours:
        return BY_HAND
    # a later word does not settle an escalation, nor what category the earlier one had
    return NEWER if kind == ReviewKind.DRAFT else ""
