"""Replies on their way out: claimed with a lease and a token, so no two runs send the same one.

`queued → claimed → sent`; a 4xx queues again with back-off, a 5xx fails. A claim that died after its SMTP transaction
began is `unknown`: it may have been delivered, so it is reconciled or asked about, never sent again blindly.
"""

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, Text, and_, cast, delete, func, insert, select, update

from models.case import Case, Stage
from models.conversation import ConversationStatus
from models.errors import LostRace
from models.outbox import OutboxItem, OutboxState
from models.review import Outgoing
from models.rollout import Phase
from store import audit
from store.cases import get_case_in, move_in
from store.conversations import set_status
from store.database import Store
from store.rollout import state_in
from store.tables import outbox, thread_ids

FIRST_BACK_OFF = timedelta(seconds=30)
LAST_BACK_OFF = timedelta(hours=4)


def _item(row: RowMapping) -> OutboxItem:
    return OutboxItem(**{name: row[name] for name in OutboxItem.model_fields})


def queue_reply(
    connection: Connection, store: Store, case: Case, review_id: int, outgoing: Outgoing, by_policy: bool
) -> None:
    # a reply that the server refused for good was delivered to nobody: a person's next one takes its place
    refused = and_(outbox.c.case_id == case.id, outbox.c.state == OutboxState.FAILED)
    connection.execute(delete(outbox).where(refused))
    row = {
        "case_id": case.id,
        "review_id": review_id,
        "mailbox": case.mailbox,
        "message_id": outgoing.message_id,
        "envelope_from": outgoing.envelope_from,
        "recipients": list(outgoing.recipients),
        "raw": outgoing.raw,
        "approved_hash": outgoing.raw_hash,
        "by_policy": by_policy,
        "state": OutboxState.QUEUED,
        "attempts": 0,
        "error": "",
        "created": store.clock(),
    }
    connection.execute(insert(outbox).values(row))


def claim_next(store: Store, mailbox: str, seconds: float) -> OutboxItem | None:
    """The next reply that may be sent now, claimed for `seconds`; its case moves to `sending`."""
    with store.write() as connection:
        now = store.clock()
        due = outbox.c.next_attempt.is_(None) | (outbox.c.next_attempt <= now)
        query = select(outbox).where(outbox.c.mailbox == mailbox, outbox.c.state == OutboxState.QUEUED, due)
        query = query.order_by(outbox.c.id).limit(1)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True)
        row = connection.execute(query).mappings().first()
        if row is None:
            return None
        values = {
            "state": OutboxState.CLAIMED,
            "token": uuid.uuid4().hex,
            "lease_until": now + timedelta(seconds=seconds),
            "transmitting": False,
            "attempts": row["attempts"] + 1,
        }
        connection.execute(update(outbox).where(outbox.c.id == row["id"]).values(values))
        move_in(connection, store, get_case_in(connection, row["case_id"]), Stage.SENDING, "being sent")
        return _item({**row, **values})  # type: ignore[arg-type]


def begin_transmission(store: Store, item: OutboxItem, seconds: float = 45.0, start: Phase = Phase.CATEGORIZE) -> bool:
    """The last gate before the wire: claim, kill switch and phase are read in one transaction.

    From here on a crash means `unknown`; the lease runs anew for `seconds`. False (and the reply waits again) when the
    mailbox is paused, or when the policy approved it and the mailbox is no longer in phase 3. Raises LostRace.
    """
    with store.write() as connection:
        now = store.clock()
        valid = and_(_ours(item), outbox.c.lease_until > now)
        values = {"transmitting": True, "lease_until": now + timedelta(seconds=seconds)}
        if connection.execute(update(outbox).where(valid).values(values)).rowcount != 1:
            raise LostRace(f"the claim on the reply of case {item.case_id} ran out before it was sent")
        by_policy = connection.execute(select(outbox.c.by_policy).where(outbox.c.id == item.id)).scalar_one()
        state = state_in(connection, item.mailbox, start)
        if not state.paused and (state.phase is Phase.CONVERSE or not by_policy):
            return True
        _finish(connection, store, item, Stage.APPROVED, "held back: paused, or out of phase 3", _WAITING)
        return False


_WAITING: dict[str, object] = {"state": OutboxState.QUEUED, "next_attempt": None, "transmitting": False}


def mark_sent(
    store: Store, item: OutboxItem, status: ConversationStatus = ConversationStatus.WAITING_ON_CUSTOMER
) -> None:
    """The server took it. `status` says whose turn it is now."""
    with store.write() as connection:
        values = {"state": OutboxState.SENT, "sent": store.clock(), "error": ""}
        _finish(connection, store, item, Stage.SENT, "sent", values)
        case = get_case_in(connection, item.case_id)
        set_status(connection, [case.conversation_id], status)
        link = {"mailbox": item.mailbox, "message_id": item.message_id, "conversation_id": case.conversation_id}
        known = select(thread_ids.c.message_id).where(*(thread_ids.c[name] == value for name, value in link.items()))
        if connection.execute(known).first() is None:
            connection.execute(insert(thread_ids).values(link))
        audit.record(
            connection, store.clock(), "mailstage", "sent", item.mailbox, f"case {case.id}", raw_hash=item.approved_hash
        )


def mark_again(store: Store, item: OutboxItem, error: str) -> None:
    """Nothing was accepted (4xx, or no connection): queued again, each time twice as late."""
    wait = min(FIRST_BACK_OFF * 2 ** (item.attempts - 1), LAST_BACK_OFF)
    values = {"state": OutboxState.QUEUED, "next_attempt": store.clock() + wait, "error": error}
    with store.write() as connection:
        _finish(connection, store, item, Stage.APPROVED, error, values)


def mark_failed(connection: Connection, store: Store, item: OutboxItem, error: str) -> Case:
    """Refused for good (5xx): delivered to nobody."""
    return _finish(connection, store, item, Stage.ESCALATED, error, {"state": OutboxState.FAILED, "error": error})


def mark_unknown(store: Store, item: OutboxItem, error: str) -> Case:
    with store.write() as connection:
        return _finish(connection, store, item, Stage.UNKNOWN, error, {"state": OutboxState.UNKNOWN, "error": error})


def _ours(item: OutboxItem) -> ColumnElement[bool]:
    return and_(outbox.c.id == item.id, outbox.c.state == OutboxState.CLAIMED, outbox.c.token == item.token)


def _finish(
    connection: Connection, store: Store, item: OutboxItem, to: Stage, reason: str, values: dict[str, object]
) -> Case:
    done = connection.execute(update(outbox).where(_ours(item)).values(token=None, lease_until=None, **values))
    if done.rowcount != 1:
        raise LostRace(f"the reply of case {item.case_id} was taken over by another run")
    return move_in(connection, store, get_case_in(connection, item.case_id), to, reason)


def recover_claims(store: Store, mailbox: str) -> None:
    """Claims of dead runs: those not yet on the wire are queued again, the others become `unknown`."""
    with store.write() as connection:
        dead = and_(
            outbox.c.mailbox == mailbox,
            outbox.c.state == OutboxState.CLAIMED,
            outbox.c.lease_until < store.clock(),
        )
        for row in connection.execute(select(outbox).where(dead)).mappings().all():
            item = _item(row)
            if not item.transmitting:
                _finish(connection, store, item, Stage.APPROVED, "queued again: its run died before sending", _WAITING)
                continue
            why = "its run died while it was being sent"
            _finish(connection, store, item, Stage.UNKNOWN, why, {"state": OutboxState.UNKNOWN, "error": why})


def find_outbox(store: Store, mailbox: str, state: OutboxState, only_unfiled: bool = False) -> list[OutboxItem]:
    query = select(outbox).where(outbox.c.mailbox == mailbox, outbox.c.state == state).order_by(outbox.c.id)
    if only_unfiled:
        query = query.where(outbox.c.filed.is_(False))
    with store.read() as connection:
        return [_item(row) for row in connection.execute(query).mappings()]


def mark_filed(store: Store, item_id: int) -> None:
    """Its copy lies in the Sent folder."""
    with store.write() as connection:
        connection.execute(update(outbox).where(outbox.c.id == item_id).values(filed=True))


def settle_unknown(connection: Connection, store: Store, case_id: int) -> None:
    values = {"state": OutboxState.SENT, "sent": store.clock()}
    connection.execute(update(outbox).where(_unknown(case_id)).values(values))


def requeue(connection: Connection, case_id: int) -> None:
    connection.execute(update(outbox).where(_unknown(case_id)).values(_WAITING))


def _unknown(case_id: int) -> ColumnElement[bool]:
    return and_(outbox.c.case_id == case_id, outbox.c.state == OutboxState.UNKNOWN)


def last_error(store: Store, mailbox: str) -> str:
    """Why the newest of the waiting replies has not left yet; empty when none was tried."""
    waiting = and_(outbox.c.mailbox == mailbox, outbox.c.state == OutboxState.QUEUED, outbox.c.error != "")
    query = select(outbox.c.error).where(waiting).order_by(outbox.c.id.desc()).limit(1)
    with store.read() as connection:
        return connection.execute(query).scalar() or ""


def policy_replies_to(store: Store, address: str, hours: float) -> int:
    """How many replies the policy has let go to one address lately: a forged sender must not be flooded by us."""
    since = store.clock() - timedelta(hours=hours)
    named = cast(outbox.c.recipients, Text).contains(f'"{address}"', autoescape=True)
    query = select(func.count()).where(outbox.c.by_policy, outbox.c.created >= since, named)
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def sent_since(store: Store, mailbox: str, hours: float) -> int:
    """How many replies went out, for the daily cap."""
    since = store.clock() - timedelta(hours=hours)
    query = select(func.count()).where(
        outbox.c.mailbox == mailbox, outbox.c.state == OutboxState.SENT, outbox.c.sent >= since
    )
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())
