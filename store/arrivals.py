"""Mail comes in: one transaction for a batch of messages, their conversations, their cases and the cursor.

A crash before the commit leaves the cursor where it was, a crash after it leaves nothing undone (promise L). The key
(mailbox, folder, UIDVALIDITY, UID) makes a batch that is saved twice a batch that is saved once; mail that is known
under another key is recognised (`store/copies.py`) and keeps its case.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert, select

from models.case import Case, Stage
from models.conversation import ConversationStatus
from models.message import FetchedMail
from store.classifications import insert_sorted
from store.copies import Copy, find_copies, rehome
from store.cursors import Cursor, save_cursor
from store.database import Store, alone
from store.fresh import Arrival, Fresh, answered_ids, case_row, first_stage, message_row
from store.quarantine import ask_about
from store.tables import cases, messages
from store.threading import Talk, Threads


@dataclass
class Saved:
    """What became of a batch: `new` rows, `known` ones, and in which stage the new cases start."""

    new: int = 0
    known: int = 0
    stages: dict[str, int] = field(default_factory=dict)


def save_batch(
    store: Store,
    batch: Sequence[Arrival],
    mailbox: str,
    folder: str,
    cursor: Cursor,
    folders: Collection[str] | None = None,
) -> Saved:
    """Saves a batch and moves the cursor, in one transaction. `folders` are all that are read: mail known from any
    other has moved."""
    with store.write() as connection:
        alone(connection, mailbox)
        saved = save_in(connection, store, batch, folders)
        save_cursor(connection, mailbox, folder, cursor)
    return saved


def save_in(
    connection: Connection,
    store: Store,
    batch: Sequence[Arrival],
    folders: Collection[str] | None = None,
    *,
    old: bool = False,
) -> Saved:
    """Saves a batch of one folder in the caller's transaction, in which it is `alone`. Mail that is `old` takes no
    closed case up again and opens no conversation that waits for us."""
    fresh = _fresh(connection, store, batch, folders, takes_up=not old)
    saved = Saved(known=len(batch) - len(fresh))
    if fresh:
        _save_fresh(connection, store, fresh, saved, old)
    return saved


def _fresh(
    connection: Connection, store: Store, batch: Sequence[Arrival], folders: Collection[str] | None, *, takes_up: bool
) -> list[Fresh]:
    """What is not stored yet. A row whose mail the server now has under another key gets that key here."""
    known = _known_uids(connection, [arrival.fetched for arrival in batch])
    news = [Fresh(arrival) for arrival in batch if arrival.fetched.uid not in known]
    if not news:
        return []
    mails = [(new.arrival.fetched, new.raw_hash) for new in news]
    copies = find_copies(connection, mails[0][0].mailbox, mails, news[0].arrival.ours)
    fresh = []
    for new in news:
        fetched = new.arrival.fetched
        rows = [copy for key in new.keys for copy in copies.get(key, [])]
        if left := next((copy for copy in rows if copy.has_left(fetched, folders)), None):
            rehome(connection, store, left, fetched, takes_up=takes_up)
        else:
            new.is_copy = bool(rows)
            new.conversation = next((copy.conversation_id for copy in rows if copy.conversation_id), 0)
            fresh.append(new)
        at = replace(left or Copy(0, "", 0), folder=fetched.folder, uidvalidity=fetched.uidvalidity, absence=None)
        for key in new.keys:
            copies[key] = [copy for copy in copies.get(key, []) if copy is not left] + [at]
    return fresh


def _save_fresh(connection: Connection, store: Store, fresh: Sequence[Fresh], saved: Saved, old: bool) -> None:
    """Conversations first, then messages, then cases: each table in one statement."""
    mailbox = fresh[0].arrival.fetched.mailbox
    threads = Threads(connection, mailbox)
    threads.load([(new.arrival.message, new.arrival.thread) for new in fresh])
    talks = _join_all(store, threads, fresh)
    for new, talk in zip(fresh, talks, strict=True) if old else ():
        if talk.id == 0 and new.arrival.stage in (Stage.FILED, Stage.SKIPPED):
            talk.values["status"] = ConversationStatus.CLOSED
    threads.save()
    rows = [message_row(new, talk.id) for new, talk in zip(fresh, talks, strict=True)]
    statement = insert(messages).returning(messages.c.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, rows).scalars().all()
    answered = answered_ids(connection, mailbox, [new.arrival.message.message_id for new in fresh])
    opened = [
        case_row(store, new, row_id, talk.id, *first_stage(new, answered))
        for new, row_id, talk in zip(fresh, ids, talks, strict=True)
        if new.arrival.stage is not None
    ]
    if opened:
        statement = insert(cases).returning(cases.c.id, sort_by_parameter_order=True)
        ids = connection.execute(statement, opened).scalars().all()
        made = [Case(id=key, **_of_case(row)) for key, row in zip(ids, opened, strict=True)]
        _follow_up(connection, store, made, [new.arrival for new in fresh if new.arrival.stage is not None])
    saved.new = len(fresh)
    saved.stages = dict(Counter(str(row["stage"]) for row in opened))


def _join_all(store: Store, threads: Threads, fresh: Sequence[Fresh]) -> list[Talk]:
    """The conversation of each. A copy stays with what it is a copy of, also where no header would bring it there."""
    talks: list[Talk] = []
    first: dict[str, Talk] = {}
    for new in fresh:
        arrival = new.arrival
        new.at = arrival.fetched.arrived or arrival.message.date or store.clock()
        here = next((first[key] for key in new.keys if key in first), None)
        if new.is_copy and (talk := threads.known(new.conversation) if new.conversation else here):
            talks.append(talk)
        else:
            talks.append(threads.join(arrival.message, arrival.thread, arrival.ours, new.at))
        first |= {key: talks[-1] for key in new.keys if key not in first}
    return talks


def _of_case(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Case.model_fields if name in row}


def _follow_up(connection: Connection, store: Store, made: Sequence[Case], arrivals: Sequence[Arrival]) -> None:
    """The questions that new cases start with, and what they were taken for."""
    for case in made:
        if case.stage is Stage.QUARANTINED:
            ask_about(connection, store, case)
    pairs = [(case, one.sorted_as) for case, one in zip(made, arrivals, strict=True) if case.stage is not Stage.SKIPPED]
    insert_sorted(connection, store, [(case, found) for case, found in pairs if found is not None])


def _known_uids(connection: Connection, fetched: Sequence[FetchedMail]) -> set[int]:
    """Those of the same folder and UIDVALIDITY that are stored under their own key."""
    if not fetched:
        return set()
    query = select(messages.c.uid).where(
        messages.c.mailbox == fetched[0].mailbox,
        messages.c.folder == fetched[0].folder,
        messages.c.uidvalidity == fetched[0].uidvalidity,
        messages.c.uid.in_([mail.uid for mail in fetched]),
    )
    return set(connection.execute(query).scalars())
