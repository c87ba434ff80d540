"""Labels that still have to be written to the mail server.

In `cases.label`, `+name` means: not written yet. `+~name` means that a copy was begun: after a crash nobody knows
whether it was made, so that is looked up before another is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from store.database import Store
from store.tables import cases, messages

PENDING = "+"
BEGUN = "~"


@dataclass(frozen=True)
class PendingLabel:
    """`row` is the message's row id; `begun` says that a copy may have been made already."""

    case_id: int
    category: str
    folder: str
    uidvalidity: int
    uid: int
    row: int
    message_id: str
    begun: bool


def pending_labels(store: Store, mailbox: str, limit: int, without: Collection[str] = ()) -> list[PendingLabel]:
    """Oldest first; `without` names folders that take none at the moment."""
    where = ("folder", "uidvalidity", "uid", "message_id")
    query = (
        select(cases.c.id, cases.c.label, messages.c.id.label("row"), *(messages.c[name] for name in where))
        .join(messages, messages.c.id == cases.c.message_id)
        .where(cases.c.mailbox == mailbox, cases.c.label.like(f"{PENDING}%"), messages.c.folder.not_in(without))
        .order_by(cases.c.id)
        .limit(limit)
    )
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        PendingLabel(
            case_id=row["id"],
            category=row["label"].removeprefix(PENDING).removeprefix(BEGUN),
            begun=row["label"].startswith(PENDING + BEGUN),
            row=row["row"],
            **{name: row[name] for name in where},
        )
        for row in rows
    ]


def labels_begun(store: Store, begun: Sequence[PendingLabel]) -> None:
    """Says that copies are about to be made."""
    with store.write() as connection:
        _set(connection, begun, PENDING + BEGUN)


def labels_written(store: Store, written: Sequence[PendingLabel]) -> None:
    """Marks them done; a label that changed in between stays pending."""
    with store.write() as connection:
        _set(connection, written, "")


def _set(connection: Connection, labels: Sequence[PendingLabel], mark: str) -> None:
    by_category: dict[str, list[int]] = {}
    for label in labels:
        by_category.setdefault(label.category, []).append(label.case_id)
    for category, ids in by_category.items():
        same = cases.c.id.in_(ids) & cases.c.label.in_([PENDING + category, PENDING + BEGUN + category])
        connection.execute(update(cases).where(same).values(label=mark + category))
