"""What waits for a run to take it up: replies whose time has come, what people have decided, what a dead run has left.

All are asked every few seconds by a process that watches mailboxes, so each reads an index and little else.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select

from models.case import Stage
from models.outbox import OutboxState
from store.database import Store
from store.decisions import POLICY
from store.tables import audit, cases, outbox

OURSELVES = ("mailstage", "mailstage.toml", POLICY)
"""Actors in the audit log that are no person."""
CLAIMABLE = (Stage.RECEIVED, Stage.CATEGORIZED, Stage.DRAFTED)
FILING = timedelta(seconds=10)
"""How soon after a reply has left its copy lies in Sent, unless something went wrong."""


def replies_due(store: Store, mailboxes: Collection[str]) -> dict[str, frozenset[int]]:
    """Numbers of the outbox rows that may be sent now, by mailbox."""
    waiting = outbox.c.mailbox.in_(mailboxes) & (outbox.c.state == OutboxState.QUEUED)
    now = outbox.c.next_attempt.is_(None) | (outbox.c.next_attempt <= store.clock())
    due: defaultdict[str, set[int]] = defaultdict(set)
    with store.read() as connection:
        for row in connection.execute(select(outbox.c.mailbox, outbox.c.id).where(waiting, now)):
            due[row.mailbox].add(row.id)
    return {mailbox: frozenset(ids) for mailbox, ids in due.items()}


def abandoned(store: Store, mailboxes: Collection[str]) -> frozenset[str]:
    """Mailboxes with work that a run had taken up and did not end in its time: it died, and a pass repairs it."""
    now = store.clock()
    case = cases.c.mailbox.in_(mailboxes) & cases.c.stage.in_(CLAIMABLE) & (cases.c.claimed_until < now)
    on_its_way = (outbox.c.state == OutboxState.CLAIMED) & (outbox.c.lease_until < now)
    free = outbox.c.lease_until.is_(None) | (outbox.c.lease_until < now)
    unfiled = (outbox.c.state == OutboxState.SENT) & outbox.c.filed.is_(False) & free & (outbox.c.sent < now - FILING)
    reply = outbox.c.mailbox.in_(mailboxes) & (on_its_way | unfiled)
    query = select(cases.c.mailbox).where(case).union(select(outbox.c.mailbox).where(reply))
    with store.read() as connection:
        return frozenset(connection.execute(query).scalars())


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
