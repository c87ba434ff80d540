"""Reading stored mail: the parsed record, the raw bytes, where it lies on its server."""

import zlib
from dataclasses import dataclass

from sqlalchemy import select

from models.errors import NotFound
from models.message import Message
from store.database import Store
from store.tables import cases, messages


def get_message(store: Store, message_id: int) -> Message:
    """The parsed record of a row id. Raises NotFound."""
    with store.read() as connection:
        record = connection.execute(select(messages.c.record).where(messages.c.id == message_id)).scalar()
    if record is None:
        raise NotFound(f"there is no message {message_id}")
    return Message.model_validate_json(record)


def get_raw(store: Store, message_id: int) -> bytes:
    """The mail exactly as it lay on the server. Raises NotFound."""
    with store.read() as connection:
        raw = connection.execute(select(messages.c.raw).where(messages.c.id == message_id)).scalar()
    if raw is None:
        raise NotFound(f"there is no message {message_id}")
    return zlib.decompress(raw)


@dataclass(frozen=True)
class Original:
    """Where the message of a case lies on its server."""

    folder: str
    uidvalidity: int
    uid: int


def original_of(store: Store, case_id: int) -> Original:
    query = select(messages.c.folder, messages.c.uidvalidity, messages.c.uid).join(
        cases, cases.c.message_id == messages.c.id
    )
    with store.read() as connection:
        row = connection.execute(query.where(cases.c.id == case_id)).one()
    return Original(row.folder, row.uidvalidity, row.uid)
