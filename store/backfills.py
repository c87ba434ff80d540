"""How far old mail has been brought in: one row a folder, moved on in the same transaction as each batch.

So a run that is killed is taken up where it stood, whatever it was doing. Two runs over the same folder cannot both
move the row on; the second is told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from models.case import Stage
from models.classification import Classification
from models.errors import LostRace
from models.message import Message
from models.record import Record
from store.arrivals import save_in
from store.cases import Move, Work, case_of, move_batch
from store.classifications import insert_sorted, label_of
from store.database import Store, alone
from store.fresh import Arrival, answered_ids
from store.tables import backfills, cases, classifications, messages


class Backfill(Record):
    """The mail of one folder that arrived from `since` on and before `until`, the newest first.

    All of it with a UID from `below` on is done; `done` of `total` messages, of which `sorted` were given a category
    and `unsure` were not, since the model was not sure. The others needed none: automatic mail, our own, unreadable
    mail, and what was known before.
    """

    mailbox: str
    folder: str
    since: date
    until: date | None = None
    drafts: bool = False
    uidvalidity: int
    below: int
    total: int
    done: int = 0
    sorted: int = 0
    unsure: int = 0
    started: datetime
    updated: datetime
    finished: datetime | None = None

    @property
    def left(self) -> int:
        return 0 if self.finished else max(0, self.total - self.done)

    def is_for(self, since: date, until: date | None, drafts: bool, uidvalidity: int) -> bool:
        """Whether it is the same work, and its UIDs still mean what they meant."""
        wanted = (since, until, drafts, uidvalidity)
        return (self.since, self.until, self.drafts, self.uidvalidity) == wanted


@dataclass(frozen=True)
class Resorted:
    """A stored mail that nobody has sorted yet, what it was taken for, and where its case goes (None: it stays)."""

    work: Work
    found: Classification
    to: Stage | None = None


def find_backfills(store: Store, mailbox: str | None = None) -> list[Backfill]:
    query = select(backfills).order_by(backfills.c.mailbox, backfills.c.started, backfills.c.folder)
    if mailbox is not None:
        query = query.where(backfills.c.mailbox == mailbox)
    with store.read() as connection:
        return [Backfill(**row) for row in connection.execute(query).mappings()]


def begin_backfill(store: Store, job: Backfill) -> None:
    """In place of an earlier one of the same folder: what that has brought in is known and costs little."""
    with store.write() as connection:
        alone(connection, job.mailbox)
        connection.execute(delete(backfills).where(_here(job)))
        connection.execute(insert(backfills).values(job.model_dump()))


def stored_uids(store: Store, job: Backfill, uids: Sequence[int]) -> set[int]:
    """Those that are in the store already, under whatever stage."""
    query = select(messages.c.uid).where(*_lies_there(job), messages.c.uid.in_(uids))
    with store.read() as connection:
        return set(connection.execute(query).scalars())


@dataclass(frozen=True)
class Unsorted:
    """A mail that was filed without anybody or anything having sorted it; `is_open` when nobody has dealt with it."""

    work: Work
    is_open: bool


def unsorted_mail(store: Store, job: Backfill, uids: Collection[int]) -> list[Unsorted]:
    judged = exists(select(classifications.c.id).where(classifications.c.case_id == cases.c.id))
    query = (
        select(cases, messages.c.record.label("message_record"), messages.c.answered, messages.c.absence)
        .join(messages, messages.c.id == cases.c.message_id)
        .where(*_lies_there(job), messages.c.uid.in_(uids))
        .where(cases.c.stage == Stage.FILED, cases.c.category.is_(None), ~judged)
    )
    with store.read() as connection:
        rows = connection.execute(query.order_by(cases.c.id)).mappings().all()
        works = [Work(case_of(row), Message.model_validate_json(row["message_record"])) for row in rows]
        replied = answered_ids(connection, job.mailbox, [work.message.message_id for work in works])
    return [
        Unsorted(work, not row["answered"] and row["absence"] is None and work.message.message_id not in replied)
        for work, row in zip(works, rows, strict=True)
    ]


def save_old(
    store: Store, job: Backfill, next_job: Backfill, arrivals: Sequence[Arrival], resorted: Sequence[Resorted]
) -> Backfill:
    """One transaction: what is new, what was sorted, and how far the folder is. Raises LostRace."""
    with store.write() as connection:
        alone(connection, job.mailbox)
        save_in(connection, store, arrivals, old=True)
        _save_resorted(connection, store, resorted)
        moved = next_job.model_copy(update={"updated": store.clock()})
        values = {name: getattr(moved, name) for name in ("below", "done", "sorted", "unsure", "updated", "finished")}
        same = (backfills.c.below == job.below) & (backfills.c.started == job.started)
        if connection.execute(update(backfills).where(_here(job), same).values(values)).rowcount != 1:
            raise LostRace(f"another backfill of {job.mailbox} {job.folder} is under way: let it finish")
    return moved


def _save_resorted(connection: Connection, store: Store, resorted: Sequence[Resorted]) -> None:
    moving = [one for one in resorted if one.to is not None]
    moves = [Move(one.work.case, one.to or Stage.FILED, "old mail", _sure(one.found)) for one in moving]
    moved = move_batch(connection, store, moves) if moves else set()
    kept = [one for one in resorted if one.to is None or one.work.case.id in moved]
    for one in kept:
        named = {"category": _sure(one.found), "label": label_of(one.found) or ""}
        connection.execute(update(cases).where(cases.c.id == one.work.case.id).values(named))
    insert_sorted(connection, store, [(one.work.case, one.found) for one in kept])


def _sure(found: Classification) -> str | None:
    return None if found.abstained else found.category


def _here(job: Backfill) -> Any:
    return (backfills.c.mailbox == job.mailbox) & (backfills.c.folder == job.folder)


def _lies_there(job: Backfill) -> tuple[Any, ...]:
    here = (messages.c.mailbox == job.mailbox) & (messages.c.folder == job.folder)
    return (here, messages.c.uidvalidity == job.uidvalidity)
