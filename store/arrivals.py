"""Mail comes in: one transaction for a batch of messages, their conversations, their cases and the cursor.

A crash before the commit leaves the cursor where it was, a crash after it leaves nothing undone (promise L). The key
(mailbox, folder, UIDVALIDITY, UID) makes a batch that is saved twice a batch that is saved once. When a server changes
UIDVALIDITY, known mail is recognised by its hash and keeps its case.
"""

import hashlib
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models.case import Case, Stage
from models.message import FetchedMail, Message
from models.record import canonical_hash
from models.review import ReviewKind
from store.database import Store
from store.reviews import open_review
from store.tables import cases, cursors, messages
from store.threading import KEY_CHARS, Thread, Threads


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
    """What became of a batch: `new` rows, `known` ones, and in which stage the new cases start."""

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
        fresh = _fresh(connection, batch, mailbox, folder)
        saved.known = len(batch) - len(fresh)
        if fresh:
            _save_fresh(connection, store, fresh, mailbox, saved)
        _save_cursor(connection, mailbox, folder, cursor)
    return saved


def _fresh(connection: Connection, batch: Sequence[Arrival], mailbox: str, folder: str) -> list["_Fresh"]:
    """What is not stored yet. A row that the server has given a new UID gets its new key here."""
    known = _known_uids(connection, batch, mailbox, folder)
    news = [_Fresh(arrival) for arrival in batch if arrival.fetched.uid not in known]
    copies = _copies(connection, mailbox, folder, [new.raw_hash for new in news])
    fresh = []
    for new in news:
        fetched, rows = new.arrival.fetched, copies[new.raw_hash]
        renumbered = next((row for row in rows if row.id and row.uidvalidity != fetched.uidvalidity), None)
        if renumbered is not None:
            key = {"uidvalidity": fetched.uidvalidity, "uid": fetched.uid}
            connection.execute(update(messages).where(messages.c.id == renumbered.id).values(key))
            rows[rows.index(renumbered)] = _Copy(renumbered.id, fetched.uidvalidity)
            continue
        new.is_copy = bool(rows)
        rows.append(_Copy(0, fetched.uidvalidity))
        fresh.append(new)
    return fresh


def _save_fresh(connection: Connection, store: Store, fresh: Sequence["_Fresh"], mailbox: str, saved: Saved) -> None:
    """Conversations first, then messages, then cases: each table in one statement."""
    threads = Threads(connection, mailbox)
    threads.load([(new.arrival.message, new.arrival.thread) for new in fresh])
    talks = []
    for new in fresh:
        new.at = new.arrival.fetched.arrived or new.arrival.message.date or store.clock()
        talks.append(threads.join(new.arrival.message, new.arrival.thread, new.arrival.ours, new.at))
    threads.save()
    rows = [_message_row(new, talk.id) for new, talk in zip(fresh, talks, strict=True)]
    statement = insert(messages).returning(messages.c.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, rows).scalars().all()
    answered = _answered(connection, mailbox, fresh)
    opened = [
        _case_row(store, new, row_id, talk.id, *_first_stage(new, answered))
        for new, row_id, talk in zip(fresh, ids, talks, strict=True)
        if new.arrival.stage is not None
    ]
    if opened:
        keys = connection.execute(insert(cases).returning(cases.c.id, sort_by_parameter_order=True), opened).scalars()
        for key, row in zip(keys, opened, strict=True):
            if row["stage"] is Stage.QUARANTINED:
                _ask_about(connection, store, key, row)
    saved.new = len(fresh)
    saved.stages = dict(Counter(str(row["stage"]) for row in opened))


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Fresh:
    """A mail that is not stored yet; `is_copy` when its very bytes are, under another UID."""

    arrival: Arrival
    is_copy: bool = False
    at: datetime = NEVER

    def __post_init__(self) -> None:
        self.raw_hash = hashlib.sha256(self.arrival.fetched.raw).hexdigest()


def _message_row(new: _Fresh, conversation: int) -> dict[str, Any]:
    fetched, message, thread = new.arrival.fetched, new.arrival.message, new.arrival.thread
    return {
        "mailbox": fetched.mailbox,
        "folder": fetched.folder,
        "uidvalidity": fetched.uidvalidity,
        "uid": fetched.uid,
        "raw_hash": new.raw_hash,
        "message_id": message.message_id[:KEY_CHARS],
        "in_reply_to": (thread.parents[0] if thread.parents else "")[:KEY_CHARS],
        "conversation_id": conversation,
        "ours": new.arrival.ours,
        "arrived": new.at,
        "record": message.model_dump_json(exclude_defaults=True),
        "raw": zlib.compress(fetched.raw, 1),
    }


def _first_stage(new: _Fresh, answered: set[str]) -> tuple[Stage, str]:
    arrival = new.arrival
    assert arrival.stage is not None
    if arrival.stage is not Stage.RECEIVED:
        return arrival.stage, arrival.reason
    if new.is_copy:
        return Stage.SKIPPED, "the very same mail came before"
    if arrival.message.message_id[:KEY_CHARS] in answered:
        return Stage.FILED, "a colleague has answered it from a mail client"
    return arrival.stage, arrival.reason


def _case_row(store: Store, new: _Fresh, row_id: int, conversation: int, stage: Stage, reason: str) -> dict[str, Any]:
    return {
        "mailbox": new.arrival.fetched.mailbox,
        "message_id": row_id,
        "conversation_id": conversation,
        "stage": stage,
        "version": 1,
        "reason": reason,
        "label": "",
        "arrived": new.at,
        "updated": store.clock(),
    }


def _ask_about(connection: Connection, store: Store, case_id: int, row: dict[str, Any]) -> None:
    """A quarantined mail stands in the queue, so that somebody looks at it in a mail client or has it read again."""
    case = Case(id=case_id, **{name: row[name] for name in Case.model_fields if name in row})
    shown = canonical_hash([case_id, row["message_id"]])
    open_review(connection, store, case, ReviewKind.ACTION, shown, {"why": row["reason"]})


def _known_uids(connection: Connection, batch: Sequence[Arrival], mailbox: str, folder: str) -> set[int]:
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
    """A stored row with the same bytes; `id` is 0 for one of this very batch."""

    id: int
    uidvalidity: int


def _copies(connection: Connection, mailbox: str, folder: str, hashes: Sequence[str]) -> defaultdict[str, list[_Copy]]:
    query = select(messages.c.id, messages.c.uidvalidity, messages.c.raw_hash).where(
        messages.c.mailbox == mailbox, messages.c.folder == folder, messages.c.raw_hash.in_(hashes)
    )
    found: defaultdict[str, list[_Copy]] = defaultdict(list)
    for row in connection.execute(query.order_by(messages.c.id)):
        found[row.raw_hash].append(_Copy(row.id, row.uidvalidity))
    return found


def _answered(connection: Connection, mailbox: str, fresh: Sequence[_Fresh]) -> set[str]:
    """Message-IDs that one of our own mails, found in Sent, replies to."""
    ids = [i[:KEY_CHARS] for new in fresh if (i := new.arrival.message.message_id)]
    query = select(messages.c.in_reply_to).where(
        messages.c.mailbox == mailbox, messages.c.in_reply_to.in_(ids), messages.c.ours
    )
    return set(connection.execute(query).scalars())


def _save_cursor(connection: Connection, mailbox: str, folder: str, cursor: Cursor) -> None:
    values = {"uidvalidity": cursor.uidvalidity, "last_uid": cursor.last_uid}
    here = (cursors.c.mailbox == mailbox) & (cursors.c.folder == folder)
    if connection.execute(update(cursors).where(here).values(values)).rowcount == 0:
        connection.execute(insert(cursors).values(mailbox=mailbox, folder=folder, **values))
