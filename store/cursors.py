"""How far each folder was read, and what stands in the way of reading it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from store.database import Store, alone
from store.tables import cursors


@dataclass(frozen=True)
class Cursor:
    """Every message up to `last_uid` is stored. Flags were compared up to `modseq` (RFC 7162; 0: not yet)."""

    uidvalidity: int
    last_uid: int
    modseq: int = 0


def get_cursor(store: Store, mailbox: str, folder: str) -> Cursor | None:
    """None for a folder that was never read, whatever was noted about it."""
    read = (cursors.c.uidvalidity > 0) | (cursors.c.last_uid > 0)
    query = select(cursors).where(cursors.c.mailbox == mailbox, cursors.c.folder == folder, read)
    with store.read() as connection:
        row = connection.execute(query).mappings().first()
    return Cursor(row["uidvalidity"], row["last_uid"], row["modseq"]) if row else None


def save_cursor(connection: Connection, mailbox: str, folder: str, cursor: Cursor) -> None:
    """Moves on in reading; what was compared stays, unless the folder has been renumbered."""
    values: dict[str, object] = {"uidvalidity": cursor.uidvalidity, "last_uid": cursor.last_uid}
    here = (cursors.c.mailbox == mailbox) & (cursors.c.folder == folder)
    known = connection.execute(select(cursors.c.uidvalidity).where(here)).scalar()
    if known is None:
        connection.execute(insert(cursors).values(mailbox=mailbox, folder=folder, **values))
        return
    if known != cursor.uidvalidity:
        values["modseq"] = 0
    connection.execute(update(cursors).where(here).values(values))


def set_modseq(connection: Connection, mailbox: str, folder: str, modseq: int) -> None:
    here = (cursors.c.mailbox == mailbox) & (cursors.c.folder == folder)
    connection.execute(update(cursors).where(here).values(modseq=modseq))


def set_trouble(store: Store, mailbox: str, folder: str, trouble: str) -> None:
    """Keeps why a folder cannot be read; empty when it can."""
    here = (cursors.c.mailbox == mailbox) & (cursors.c.folder == folder)
    with store.read() as connection:
        known = connection.execute(select(cursors.c.trouble).where(here)).scalar()
    if (known or "") == trouble:
        return
    with store.write() as connection:
        alone(connection, mailbox)
        if connection.execute(update(cursors).where(here).values(trouble=trouble)).rowcount == 0:
            row = {"mailbox": mailbox, "folder": folder, "uidvalidity": 0, "last_uid": 0, "trouble": trouble}
            connection.execute(insert(cursors).values(row))


def troubles(store: Store, mailbox: str, folders: Sequence[str]) -> list[str]:
    """What stands in the way of reading these folders (as mailstage.toml names them), a sentence for each."""
    here = (cursors.c.mailbox == mailbox) & cursors.c.folder.in_(folders)
    query = select(cursors.c.trouble).where(here, cursors.c.trouble != "")
    with store.read() as connection:
        return list(connection.execute(query.order_by(cursors.c.folder)).scalars())
