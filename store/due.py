"""What waits for a run to take it up: replies whose time has come, and what people have decided meanwhile.

Both are asked every few seconds by a process that watches mailboxes, so both read an index and little else.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select

from models.outbox import OutboxState
from store.database import Store
from store.reviews import POLICY
from store.tables import audit, outbox

OURSELVES = ("mailstage", "mailstage.toml", POLICY)
"""Actors in the audit log that are no person."""


def replies_due(store: Store, mailboxes: Collection[str]) -> dict[str, frozenset[int]]:
    """Numbers of the outbox rows that may be sent now, by mailbox."""
    waiting = outbox.c.mailbox.in_(mailboxes) & (outbox.c.state == OutboxState.QUEUED)
    now = outbox.c.next_attempt.is_(None) | (outbox.c.next_attempt <= store.clock())
    due: defaultdict[str, set[int]] = defaultdict(set)
    with store.read() as connection:
        for row in connection.execute(select(outbox.c.mailbox, outbox.c.id).where(waiting, now)):
            due[row.mailbox].add(row.id)
    return {mailbox: frozenset(ids) for mailbox, ids in due.items()}


def newest_entry(store: Store) -> int:
    """Number of the newest entry of the audit log; 0 when it is empty."""
    with store.read() as connection:
        return int(connection.execute(select(func.max(audit.c.id))).scalar() or 0)


def decided_since(store: Store, entry: int) -> tuple[int, frozenset[str]]:
    """The newest entry, and the mailboxes about which people have decided something after `entry`."""
    query = select(audit.c.id, audit.c.mailbox, audit.c.actor).where(audit.c.id > entry)
    with store.read() as connection:
        rows = connection.execute(query.order_by(audit.c.id)).all()
    people = frozenset(row.mailbox for row in rows if row.actor not in OURSELVES)
    return (rows[-1].id if rows else entry), people
