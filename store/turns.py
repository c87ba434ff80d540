"""The messages of one conversation, a page at a time: a thread of 500 long mails must not be read at once."""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.conversation import Turn
from models.message import Message
from store.conversations import is_copy
from store.database import Store
from store.tables import messages


@dataclass(frozen=True)
class NumberedTurn:
    """A turn with the row id of its message."""

    message_id: int
    turn: Turn


def count_turns(store: Store, conversation_id: int) -> int:
    query = select(func.count()).where(messages.c.conversation_id == conversation_id, ~is_copy())
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def find_turns(store: Store, conversation_id: int, limit: int, offset: int = 0) -> list[NumberedTurn]:
    """A page counted from the newest message backwards, but given in order of arrival."""
    query = (
        select(messages.c.id, messages.c.record, messages.c.ours, messages.c.arrived)
        .where(messages.c.conversation_id == conversation_id, ~is_copy())
        .order_by(messages.c.arrived.desc(), messages.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [
        NumberedTurn(row.id, Turn(message=Message.model_validate_json(row.record), ours=row.ours, at=row.arrived))
        for row in reversed(rows)
    ]
