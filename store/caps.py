"""How much has gone out lately, by address, by conversation, by mailbox, and in answer to the same words.

Counted in the store and not in a run: what another run, or the run before a crash, has sent counts as well.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, select

from models.outbox import RecipientState
from store.database import Store
from store.tables import cases, outbox, recipients


def policy_replies_to(store: Store, address: str, hours: float) -> int:
    """Replies that the policy has let go to one address lately: a forged sender must not be flooded by us."""
    query = select(func.count(outbox.c.id.distinct())).join(recipients, recipients.c.outbox_id == outbox.c.id)
    return _count(store, query.where(_lately(store, hours), outbox.c.by_policy, recipients.c.address == address))


def policy_replies_in(store: Store, conversation_id: int) -> int:
    """Replies by policy in one conversation, ever."""
    query = select(func.count()).select_from(outbox).join(cases, cases.c.id == outbox.c.case_id)
    return _count(store, query.where(outbox.c.by_policy, cases.c.conversation_id == conversation_id))


def policy_answers_to(store: Store, fingerprint: str, hours: float) -> int:
    """Replies by policy to mail that said the very same."""
    query = select(func.count()).select_from(outbox)
    return _count(store, query.where(_lately(store, hours), outbox.c.by_policy, outbox.c.fingerprint == fingerprint))


def is_own_reply(store: Store, message_id: str) -> bool:
    """Whether a Message-ID is that of a reply of ours."""
    return _count(store, select(func.count()).select_from(outbox).where(outbox.c.message_id == message_id)) > 0


def replies_queued_since(store: Store, mailbox: str, hours: float) -> int:
    """Replies approved lately, whether they have left yet or not."""
    query = select(func.count()).select_from(outbox)
    return _count(store, query.where(_lately(store, hours), outbox.c.mailbox == mailbox))


def replies_since(store: Store, mailbox: str, hours: float) -> int:
    """Replies that somebody has got lately, for the daily cap of a mailbox."""
    query = select(func.count(outbox.c.id.distinct())).join(recipients, recipients.c.outbox_id == outbox.c.id)
    taken = (recipients.c.state == RecipientState.ACCEPTED) & (
        recipients.c.at >= store.clock() - timedelta(hours=hours)
    )
    return _count(store, query.where(outbox.c.mailbox == mailbox, taken))


def _lately(store: Store, hours: float) -> ColumnElement[bool]:
    return outbox.c.created >= store.clock() - timedelta(hours=hours)


def _count(store: Store, query: Select[tuple[int]]) -> int:
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())
