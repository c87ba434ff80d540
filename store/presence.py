r"""Whether a mail still lies where it lay, and which flags it bears there.

What a folder tells is noted first and settled once every folder was looked at: a mail that is missing in one and has
turned up in another was only moved between them, and its case goes on undisturbed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from store.cursors import set_modseq
from store.database import Store, alone
from store.elsewhere import DELETED, MOVED, OPEN_STAGES, answered_elsewhere, left_folder, take_up
from store.tables import cases, messages


class Absence(StrEnum):
    r"""Why a message is not, or no longer, in its folder; the column is empty while it is."""

    MISSING = "missing"
    """Not there; other folders are still to be looked at."""
    MARKED = "marked"
    r"""It bears \Deleted; other folders are still to be looked at."""
    GONE = "gone"
    DELETED = "deleted"
    r"""It bears \Deleted and may yet lose it."""


@dataclass(frozen=True)
class Awaited:
    """A message whose case is open, or may be taken up again."""

    uid: int
    uidvalidity: int


def awaited(store: Store, mailbox: str, folder: str) -> list[Awaited]:
    with store.read() as connection:
        return [Awaited(row.uid, row.uidvalidity) for row in _rows(connection, mailbox, folder)]


def note_news(
    store: Store,
    mailbox: str,
    folder: str,
    uidvalidity: int,
    flags: Mapping[int, frozenset[str]],
    gone: Collection[int],
    modseq: int,
) -> None:
    """One transaction: what a folder told of awaited messages (flags in lower case), and how far it was compared.

    Comes after all new mail of the folder was saved: a row that still bears another UIDVALIDITY then is not there.
    """
    with store.write() as connection:
        alone(connection, mailbox)
        for row in _rows(connection, mailbox, folder):
            if row.uidvalidity != uidvalidity or row.uid in gone:
                settled = row.absence == Absence.DELETED
                _set(connection, row.id, absence=Absence.GONE if settled else Absence.MISSING)
            elif (told := flags.get(row.uid)) is not None:
                _note_flags(connection, store, row, told)
        set_modseq(connection, mailbox, folder, modseq)


def _note_flags(connection: Connection, store: Store, row: Row[Any], told: frozenset[str]) -> None:
    if "\\deleted" in told and row.absence is None:
        _set(connection, row.id, absence=Absence.MARKED)
    if "\\deleted" not in told and row.absence is not None:
        _set(connection, row.id, absence=None)
        take_up(connection, store, row.case_id)
    if "\\answered" in told and not row.answered:
        _set(connection, row.id, answered=True)
        answered_elsewhere(connection, store, row.case_id)


def settle_absent(store: Store, mailbox: str, folders: Collection[str]) -> int:
    """After every folder was looked at: a mail of which another copy lies in one of `folders` is that copy from now on,
    the case of any other is closed. Returns how many were."""
    closed = 0
    unsettled = messages.c.absence.in_([Absence.MISSING, Absence.MARKED])
    with store.write() as connection:
        alone(connection, mailbox)
        query = _joined().where(messages.c.mailbox == mailbox, unsettled)
        for row in connection.execute(query.with_for_update()).all():
            if _follow(connection, store, row, folders):
                continue
            marked = row.absence == Absence.MARKED
            _set(connection, row.id, absence=Absence.DELETED if marked else Absence.GONE)
            left_folder(connection, store, row.case_id, DELETED if marked else MOVED)
            closed += 1
    return closed


def _follow(connection: Connection, store: Store, row: Row[Any], folders: Collection[str]) -> bool:
    """The row of the case takes the place of the living copy, and that of the copy the old place."""
    same = messages.c.raw_hash == row.raw_hash
    if row.email_id:
        same = or_(same, messages.c.email_id == row.email_id)
    alive = (messages.c.mailbox == row.mailbox) & messages.c.absence.is_(None) & messages.c.ours.is_(False)
    query = select(messages).where(same, alive, messages.c.folder.in_(folders), messages.c.id != row.id)
    copy = connection.execute(query.order_by(messages.c.id.desc()).limit(1)).first()
    if copy is None:
        return False
    _set(connection, copy.id, uid=-copy.id)  # out of the way of the unique key
    _set(connection, row.id, folder=copy.folder, uidvalidity=copy.uidvalidity, uid=copy.uid, absence=None)
    _set(connection, copy.id, folder=row.folder, uidvalidity=row.uidvalidity, uid=row.uid, absence=Absence.GONE)
    if copy.answered and not row.answered:
        _set(connection, row.id, answered=True)
        answered_elsewhere(connection, store, row.case_id)
    return True


def _rows(connection: Connection, mailbox: str, folder: str) -> list[Row[Any]]:
    waited_for: ColumnElement[bool] = cases.c.stage.in_(OPEN_STAGES) & messages.c.absence.is_(None)
    returning = messages.c.absence.in_([Absence.DELETED, Absence.MARKED])
    found: list[Row[Any]] = []
    for which in (waited_for & (cases.c.mailbox == mailbox), returning):  # apart, so that each uses its index
        query = _joined().where(messages.c.mailbox == mailbox, messages.c.folder == folder, which)
        found += connection.execute(query.with_for_update()).all()
    return found


def _joined() -> Any:
    names = ("id", "mailbox", "folder", "uidvalidity", "uid", "raw_hash", "email_id", "answered", "absence")
    columns = (*(messages.c[name] for name in names), cases.c.id.label("case_id"))
    return select(*columns).join(cases, cases.c.message_id == messages.c.id)


def _set(connection: Connection, message_id: int, **values: object) -> None:
    connection.execute(update(messages).where(messages.c.id == message_id).values(values))
