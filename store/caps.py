"""How much has gone out lately, by address, by conversation, by mailbox, and in answer to the same words.

Counted in the store and not in a run: what another run, or the run before a crash, has sent counts as well. What is
counted in the transaction that adds to it is `counted_alone`, so that no two can pass a cap together.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Select, func, select

from models.case import Case
from models.outbox import OutboxState, RecipientState
from store.database import Store, one_at_a_time
from store.tables import cases, outbox, recipients

DAY = 24.0


@dataclass(frozen=True)
class Caps:
    """What the policy may approve within a day before a person must look. `addresses` are all who take part."""

    addresses: tuple[str, ...]
    per_address: int
    per_conversation: int
    """Ever."""
    per_mailbox: int


def counted_alone(connection: Connection) -> None:
    """To be called before anything is counted that the transaction will add to; addresses belong to no mailbox."""
    one_at_a_time(connection, "replies that are counted")


def cap_reached(connection: Connection, store: Store, case: Case, fingerprint: str, caps: Caps) -> str:
    """Which cap one more reply by policy would pass, as a sentence; empty when none."""
    lately = outbox.c.created >= store.clock() - timedelta(hours=DAY)
    policy = outbox.c.by_policy
    to_people = select(func.count(outbox.c.id.distinct())).join(recipients, recipients.c.outbox_id == outbox.c.id)
    for address in caps.addresses:
        # a forged sender must not be flooded by us
        gone = _count(connection, to_people.where(lately, policy, recipients.c.address == address))
        if gone >= caps.per_address:
            return f"{gone} replies went to {address} within a day already"
    replies = select(func.count()).select_from(outbox)
    here = replies.join(cases, cases.c.id == outbox.c.case_id).where(cases.c.conversation_id == case.conversation_id)
    turns = _count(connection, here.where(policy))
    if turns >= caps.per_conversation:
        return f"the policy has answered {turns} times in this conversation already"
    today = _count(connection, replies.where(lately, outbox.c.mailbox == case.mailbox))
    if today >= caps.per_mailbox:
        return f"{today} replies of this mailbox within a day are as many as it may send"
    if fingerprint and _count(connection, replies.where(lately, policy, outbox.c.fingerprint == fingerprint)):
        return "a mail with the same words was answered within a day already: a machine may have written it"
    return ""


def is_own_reply(store: Store, message_id: str) -> bool:
    """Whether a Message-ID is that of a reply of ours."""
    with store.read() as connection:
        return _count(connection, select(func.count()).where(outbox.c.message_id == message_id)) > 0


def replies_today(store: Store, mailbox: str) -> int:
    """Replies that somebody has got within a day, for the daily cap of a mailbox."""
    with store.read() as connection:
        return _count(connection, _sent(store, mailbox))


def others_today(connection: Connection, store: Store, mailbox: str, item_id: int) -> int:
    """The same without one reply, and with those that other runs have on the wire at this moment."""
    on_the_wire = (outbox.c.state == OutboxState.CLAIMED) & outbox.c.transmitting & (outbox.c.mailbox == mailbox)
    got = _sent(store, mailbox).with_only_columns(outbox.c.id)
    going = select(outbox.c.id).where(on_the_wire)
    either = got.union(going).subquery()
    return _count(connection, select(func.count()).select_from(either).where(either.c.id != item_id))


def _sent(store: Store, mailbox: str) -> Select[tuple[int]]:
    at = store.clock() - timedelta(hours=DAY)
    query = select(func.count(outbox.c.id.distinct())).join(recipients, recipients.c.outbox_id == outbox.c.id)
    taken: ColumnElement[bool] = (recipients.c.state == RecipientState.ACCEPTED) & (recipients.c.at >= at)
    return query.where(outbox.c.mailbox == mailbox, taken)


def _count(connection: Connection, query: Select[tuple[int]]) -> int:
    return int(connection.execute(query).scalar_one())
