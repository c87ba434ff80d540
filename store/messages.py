"""Mail comes in: one transaction for a batch of messages, their conversations, their cases and the cursor.

A crash before the commit leaves the cursor where it was, a crash after it leaves nothing undone (promise L). The key
(mailbox, folder, UIDVALIDITY, UID) makes a batch that is saved twice a batch that is saved once. When a server changes
UIDVALIDITY, known mail is recognised by its hash and keeps its case.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from models.case import Stage
from models.errors import NotFound
from models.message import FetchedMail, Message
from store.conversations import Thread, join_conversation
from store.database import Store
from store.tables import cases, cursors, messages


@dataclass(frozen=True)
class Cursor:
    uidvalidity: int
    last_uid: int


@dataclass(frozen=True)
class Arrival:
    """A fetched mail with what the caller made of it.

    `stage` is where its case starts (None: no case, for mail in Sent), `reason` says why.
    """

    fetched: FetchedMail
    message: Message
    thread: Thread
    ours: bool = False
    stage: Stage | None = Stage.RECEIVED
    reason: str = ""


@dataclass
class Saved:
    """What became of a batch: `new` rows, `known` ones, and `answered` cases that a colleague's mail closed."""

    new: int = 0
    known: int = 0
    stages: dict[str, int] = field(default_factory=dict)


def get_cursor(store: Store, mailbox: str, folder: str) -> Cursor | None:
    query = select(cursors).where(cursors.c.mailbox == mailbox, cursors.c.folder == folder)
    with store.read() as connection:
        row = connection.execute(query).mappings().first()
    return Cursor(row["uidvalidity"], row["last_uid"]) if row else None


def save_batch(store: Store, batch: Sequence[Arrival], mailbox: str, folder: str, cursor: Cursor) -> Saved:
    """Saves a batch and moves the cursor, in one transaction."""
    saved = Saved()
    with store.write() as connection:
        known = _known_keys(connection, batch, mailbox, folder)
        for arrival in batch:
            if arrival.fetched.uid in known:
                saved.known += 1
                continue
            _save_one(connection, store, arrival, saved)
        _save_cursor(connection, mailbox, folder, cursor)
    return saved


def _save_one(connection: Connection, store: Store, arrival: Arrival, saved: Saved) -> None:
    fetched = arrival.fetched
    raw_hash = hashlib.sha256(fetched.raw).hexdigest()
    copies = _copies(connection, fetched, raw_hash)
    if (moved := next((row for row in copies if row.uidvalidity != fetched.uidvalidity), None)) is not None:
        key = {"uidvalidity": fetched.uidvalidity, "uid": fetched.uid}
        connection.execute(update(messages).where(messages.c.id == moved.id).values(key))
        saved.known += 1
        return
    at = fetched.arrived or arrival.message.date or store.clock()
    conversation = join_conversation(connection, fetched.mailbox, arrival.message, arrival.thread, arrival.ours, at)
    values = {
        "mailbox": fetched.mailbox,
        "folder": fetched.folder,
        "uidvalidity": fetched.uidvalidity,
        "uid": fetched.uid,
        "raw_hash": raw_hash,
        "message_id": arrival.message.message_id[:500],
        "in_reply_to": (arrival.thread.parents[0] if arrival.thread.parents else "")[:500],
        "conversation_id": conversation,
        "ours": arrival.ours,
        "arrived": at,
        "record": arrival.message.model_dump_json(exclude_defaults=True),
        "raw": zlib.compress(fetched.raw, 1),
    }
    row_id = connection.execute(insert(messages).values(values).returning(messages.c.id)).scalar_one()
    saved.new += 1
    if arrival.stage is not None:
        stage, reason = _first_stage(connection, arrival, bool(copies))
        _open_case(connection, store, fetched.mailbox, row_id, conversation, stage, reason, at)
        saved.stages[stage] = saved.stages.get(stage, 0) + 1


def _first_stage(connection: Connection, arrival: Arrival, is_copy: bool) -> tuple[Stage, str]:
    assert arrival.stage is not None
    if arrival.stage is not Stage.RECEIVED:
        return arrival.stage, arrival.reason
    if is_copy:
        return Stage.SKIPPED, "the very same mail came before"
    if _answered_already(connection, arrival):
        return Stage.FILED, "a colleague has answered it from a mail client"
    return arrival.stage, arrival.reason


def _open_case(
    connection: Connection,
    store: Store,
    mailbox: str,
    row_id: int,
    conversation: int,
    stage: Stage,
    reason: str,
    at: datetime,
) -> None:
    row = {
        "mailbox": mailbox,
        "message_id": row_id,
        "conversation_id": conversation,
        "stage": stage,
        "version": 1,
        "reason": reason,
        "label": "",
        "arrived": at,
        "updated": store.clock(),
    }
    connection.execute(insert(cases).values(row))


def _known_keys(connection: Connection, batch: Sequence[Arrival], mailbox: str, folder: str) -> set[int]:
    if not batch:
        return set()
    query = select(messages.c.uid).where(
        messages.c.mailbox == mailbox,
        messages.c.folder == folder,
        messages.c.uidvalidity == batch[0].fetched.uidvalidity,
        messages.c.uid.in_([arrival.fetched.uid for arrival in batch]),
    )
    return set(connection.execute(query).scalars())


@dataclass(frozen=True)
class _Copy:
    id: int
    uidvalidity: int


def _copies(connection: Connection, fetched: FetchedMail, raw_hash: str) -> list[_Copy]:
    query = select(messages.c.id, messages.c.uidvalidity).where(
        messages.c.mailbox == fetched.mailbox,
        messages.c.raw_hash == raw_hash,
        messages.c.folder == fetched.folder,
    )
    return [_Copy(row.id, row.uidvalidity) for row in connection.execute(query.order_by(messages.c.id))]


def _answered_already(connection: Connection, arrival: Arrival) -> bool:
    if not arrival.message.message_id:
        return False
    query = select(messages.c.id).where(
        messages.c.mailbox == arrival.fetched.mailbox,
        messages.c.in_reply_to == arrival.message.message_id[:500],
        messages.c.ours,
    )
    return connection.execute(query.limit(1)).first() is not None


def _save_cursor(connection: Connection, mailbox: str, folder: str, cursor: Cursor) -> None:
    values = {"uidvalidity": cursor.uidvalidity, "last_uid": cursor.last_uid}
    here = (cursors.c.mailbox == mailbox) & (cursors.c.folder == folder)
    if connection.execute(update(cursors).where(here).values(values)).rowcount == 0:
        connection.execute(insert(cursors).values(mailbox=mailbox, folder=folder, **values))


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
