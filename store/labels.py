"""Labels that still have to be written to the mail server. `+name` in `cases.label` means: not written yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from store.database import Store
from store.tables import cases, messages

PENDING = "+"


@dataclass(frozen=True)
class PendingLabel:
    case_id: int
    category: str
    folder: str
    uidvalidity: int
    uid: int


def pending_labels(store: Store, mailbox: str, limit: int) -> list[PendingLabel]:
    query = (
        select(cases.c.id, cases.c.label, messages.c.folder, messages.c.uidvalidity, messages.c.uid)
        .join(messages, messages.c.id == cases.c.message_id)
        .where(cases.c.mailbox == mailbox, cases.c.label.like(f"{PENDING}%"))
        .order_by(cases.c.id)
        .limit(limit)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [PendingLabel(r.id, r.label.removeprefix(PENDING), r.folder, r.uidvalidity, r.uid) for r in rows]


def labels_written(store: Store, written: Sequence[PendingLabel]) -> None:
    """Marks them done; a label that changed in between stays pending."""
    by_category: dict[str, list[int]] = {}
    for label in written:
        by_category.setdefault(label.category, []).append(label.case_id)
    with store.write() as connection:
        for category, ids in by_category.items():
            same = cases.c.id.in_(ids) & (cases.c.label == PENDING + category)
            connection.execute(update(cases).where(same).values(label=category))
