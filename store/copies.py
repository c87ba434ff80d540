"""Mail that is known already, under another key: renumbered by its server, moved between folders, or there twice.

The bytes tell, or the id that a server gives a mail in every folder. A mail whose old place is empty keeps its row and
its case; one whose old place is still taken is a copy.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select, update

from models.message import FetchedMail
from store.database import Store
from store.elsewhere import answered_elsewhere, take_up
from store.presence import Absence
from store.tables import cases, messages


@dataclass(frozen=True)
class Copy:
    """A stored row with the same bytes, or the same id on the server; `id` is 0 for one of this very batch."""

    id: int
    folder: str
    uidvalidity: int
    absence: str | None = None
    answered: bool = False
    conversation_id: int = 0

    def has_left(self, fetched: FetchedMail, folders: Collection[str] | None) -> bool:
        """Whether the mail is no longer where the row says; `folders` are those that are read (None: not known)."""
        if self.id == 0:
            return False
        if self.folder == fetched.folder and self.uidvalidity != fetched.uidvalidity:
            return True
        return self.absence is not None or (folders is not None and self.folder not in folders)


def find_copies(
    connection: Connection, mailbox: str, mails: Sequence[tuple[FetchedMail, str]], ours: bool
) -> dict[str, list[Copy]]:
    """Rows that may be the same mail as one of `mails` (each with the hash of its bytes), by hash and by email id."""
    found: defaultdict[str, dict[int, Copy]] = defaultdict(dict)
    ids = [fetched.email_id for fetched, _ in mails if fetched.email_id]
    for column, wanted in ((messages.c.raw_hash, [digest for _, digest in mails]), (messages.c.email_id, ids)):
        for key, copy in _matching(connection, mailbox, column, wanted, ours) if wanted else ():
            found[key][copy.id] = copy
    return {key: [copies[number] for number in sorted(copies)] for key, copies in found.items()}


def _matching(
    connection: Connection, mailbox: str, column: ColumnElement[str], wanted: Sequence[str], ours: bool
) -> list[tuple[str, Copy]]:
    names = ("id", "folder", "uidvalidity", "absence", "answered", "conversation_id")
    query = select(column.label("same"), *(messages.c[name] for name in names)).where(
        messages.c.mailbox == mailbox, column.in_(wanted), messages.c.ours.is_(ours)
    )
    rows = connection.execute(query).mappings()
    return [(row["same"], Copy(**{name: row[name] for name in names})) for row in rows]


def rehome(connection: Connection, store: Store, copy: Copy, fetched: FetchedMail, *, takes_up: bool) -> None:
    """The known row gets the key under which its mail was found; a case that was closed meanwhile may go on."""
    deleted, answered = fetched.has_flag("\\Deleted"), fetched.has_flag("\\Answered")
    key = {"folder": fetched.folder, "uidvalidity": fetched.uidvalidity, "uid": fetched.uid}
    state = {
        "email_id": fetched.email_id,
        "answered": copy.answered or answered,
        "absence": Absence.MARKED if deleted else None,
    }
    connection.execute(update(messages).where(messages.c.id == copy.id).values({**key, **state}))
    case_id = connection.execute(select(cases.c.id).where(cases.c.message_id == copy.id)).scalar()
    if case_id is None:
        return
    if takes_up and not deleted:
        take_up(connection, store, case_id)
    if answered and not copy.answered:
        answered_elsewhere(connection, store, case_id)
