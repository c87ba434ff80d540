"""Whom we have written to: the domains that a stranger may try to look like."""

from sqlalchemy import select

from models.outbox import RecipientState
from store.database import Store
from store.tables import outbox, recipients

MOST = 2_000
"""The latest replies that are looked at."""


def answered_domains(store: Store, mailbox: str) -> frozenset[str]:
    """Domains, in lower case, of those who got the latest replies of a mailbox."""
    query = (
        select(recipients.c.address)
        .join(outbox, outbox.c.id == recipients.c.outbox_id)
        .where(outbox.c.mailbox == mailbox, recipients.c.state == RecipientState.ACCEPTED)
        .order_by(recipients.c.id.desc())
        .limit(MOST)
    )
    with store.read() as connection:
        addresses = connection.execute(query).scalars().all()
    return frozenset(address.rpartition("@")[2].lower() for address in addresses)
