"""Replies of ours that came back."""

from sqlalchemy import select

from models.outbox import OutboxState
from store.database import Store
from store.tables import outbox


def recipients_of(store: Store, mailbox: str, message_id: str) -> frozenset[str]:
    """Whom a reply of this mailbox went to, in lower case; empty when none with that Message-ID has left."""
    if not message_id:
        return frozenset()
    query = select(outbox.c.recipients).where(
        outbox.c.mailbox == mailbox, outbox.c.message_id == message_id, outbox.c.state == OutboxState.SENT
    )
    with store.read() as connection:
        return frozenset(address.lower() for address in connection.execute(query).scalar() or ())
