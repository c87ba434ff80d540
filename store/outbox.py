"""Replies on their way out: claimed with a lease and a token, so no two runs send the same one.

`queued → claimed → sent`, or back to `queued` (4xx), or `failed` (5xx); see `store/outcome.py`. A claim that died
after its SMTP transaction began is `unknown`: it may have been delivered, so it is reconciled or asked about, never
sent again blindly.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, insert, or_, select, update

from models.case import Case, Stage
from models.errors import LostRace
from models.outbox import OutboxItem, OutboxState, RecipientState
from models.review import Outgoing
from models.rollout import Phase
from store.caps import counted_alone, others_today
from store.cases import get_case_in, move_in
from store.database import Store
from store.recipients import add_recipients, results_in, turn
from store.rollout import state_in
from store.tables import outbox, recipients

Values = Mapping[str, Any]
WAITING: Values = {"state": OutboxState.QUEUED, "next_attempt": None, "transmitting": False}
COLUMNS = OutboxItem.model_fields.keys() - {"results"}


def items_in(connection: Connection, query: Select[Any]) -> list[OutboxItem]:
    """The rows of a query over `outbox`, each with what is known of its recipients."""
    rows = connection.execute(query).mappings().all()
    results = results_in(connection, [row["id"] for row in rows])
    return [OutboxItem(**{name: row[name] for name in COLUMNS}, results=results.get(row["id"], ())) for row in rows]


def queue_reply(
    connection: Connection, store: Store, case: Case, review_id: int, outgoing: Outgoing, by_policy: bool
) -> None:
    # a reply that the server refused for good was delivered to nobody: a person's next one takes its place
    remove_reply(connection, and_(outbox.c.case_id == case.id, outbox.c.state == OutboxState.FAILED))
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
        "fingerprint": outgoing.fingerprint,
        "state": OutboxState.QUEUED,
        "attempts": 0,
        "error": "",
        "created": store.clock(),
    }
    key: int = connection.execute(insert(outbox).values(row).returning(outbox.c.id)).scalar_one()
    add_recipients(connection, key, outgoing.recipients)


def remove_reply(connection: Connection, which: ColumnElement[bool]) -> int:
    """Takes replies out of the outbox that nobody has got; those that anybody has got stay. Returns how many."""
    query = select(outbox.c.id).where(which, ~_accepted_by_anybody())
    # one that another run is just claiming is on its way, and is not waited for
    ids = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
    connection.execute(delete(recipients).where(recipients.c.outbox_id.in_(ids)))
    return connection.execute(delete(outbox).where(outbox.c.id.in_(ids))).rowcount


def _accepted_by_anybody() -> ColumnElement[bool]:
    taken = (recipients.c.outbox_id == outbox.c.id) & (recipients.c.state == RecipientState.ACCEPTED)
    return exists(select(recipients.c.id).where(taken))


def claim_next(store: Store, mailbox: str, seconds: float) -> OutboxItem | None:
    """The next reply that may be sent now, claimed for `seconds`; its case moves to `sending`."""
    with store.write() as connection:
        now = store.clock()
        due = outbox.c.next_attempt.is_(None) | (outbox.c.next_attempt <= now)
        query = select(outbox).where(outbox.c.mailbox == mailbox, outbox.c.state == OutboxState.QUEUED, due)
        query = query.order_by(outbox.c.id).limit(1)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True)
        found = items_in(connection, query)
        if not found:
            return None
        (item,) = found
        claim = {"state": OutboxState.CLAIMED, "token": uuid.uuid4().hex, "transmitting": False}
        counted = {"attempts": item.attempts + 1}
        lease = {"lease_until": now + timedelta(seconds=seconds)}
        connection.execute(update(outbox).where(outbox.c.id == item.id).values({**claim, **counted, **lease}))
        move_in(connection, store, get_case_in(connection, item.case_id), Stage.SENDING, "being sent")
        return item.model_copy(update={**claim, **counted})


def begin_transmission(
    store: Store,
    item: OutboxItem,
    seconds: float = 45.0,
    start: Phase = Phase.CATEGORIZE,
    per_day: int | None = None,
) -> bool:
    """The last gate before the wire: claim, kill switch, phase and daily cap are read in one transaction.

    From here on a crash means `unknown`; the lease runs anew for `seconds`. False (and the reply waits again) when the
    mailbox is paused or has sent `per_day` replies within a day, or when the policy approved it and the mailbox is no
    longer in phase 3. Raises LostRace.
    """
    with store.write() as connection:
        counted_alone(connection)
        now = store.clock()
        valid = and_(_ours(item), outbox.c.lease_until > now)
        values = {"transmitting": True, "lease_until": now + timedelta(seconds=seconds)}
        if connection.execute(update(outbox).where(valid).values(values)).rowcount != 1:
            raise LostRace(f"the claim on the reply of case {item.case_id} ran out before it was sent")
        by_policy = connection.execute(select(outbox.c.by_policy).where(outbox.c.id == item.id)).scalar_one()
        state = state_in(connection, item.mailbox, start)
        if state.paused or (by_policy and state.phase is not Phase.CONVERSE):
            why = "paused, or out of phase 3"
        elif per_day is not None and others_today(connection, store, item.mailbox, item.id) >= per_day:
            why = f"{per_day} replies are as many as may go within a day"
        else:
            return True
        end_claim(connection, store, item, Stage.APPROVED, f"held back: {why}", WAITING)
        return False


def end_claim(connection: Connection, store: Store, item: OutboxItem, to: Stage, reason: str, values: Values) -> Case:
    """Ends one's own claim, and moves the case along. Raises LostRace when another run has taken it over."""
    done = connection.execute(update(outbox).where(_ours(item)).values(token=None, lease_until=None, **values))
    if done.rowcount != 1:
        raise LostRace(f"the reply of case {item.case_id} was taken over by another run")
    return move_in(connection, store, get_case_in(connection, item.case_id), to, reason)


def _ours(item: OutboxItem) -> ColumnElement[bool]:
    return and_(outbox.c.id == item.id, outbox.c.state == OutboxState.CLAIMED, outbox.c.token == item.token)


def recover_claims(store: Store, mailbox: str) -> None:
    """Claims of dead runs: those not yet on the wire are queued again, the others become `unknown`."""
    with store.write() as connection:
        now = store.clock()
        claimed = and_(outbox.c.mailbox == mailbox, outbox.c.state == OutboxState.CLAIMED)
        for item in items_in(connection, select(outbox).where(claimed, outbox.c.lease_until < now)):
            if not item.transmitting:
                end_claim(connection, store, item, Stage.APPROVED, "queued again: its run died before sending", WAITING)
                continue
            why = "its run died while it was being sent"
            turn(connection, now, item.id, RecipientState.WAITING, RecipientState.UNKNOWN)
            end_claim(connection, store, item, Stage.UNKNOWN, why, {"state": OutboxState.UNKNOWN, "error": why})


def find_outbox(store: Store, mailbox: str, state: OutboxState) -> list[OutboxItem]:
    query = select(outbox).where(outbox.c.mailbox == mailbox, outbox.c.state == state).order_by(outbox.c.id)
    with store.read() as connection:
        return items_in(connection, query)


def find_unfiled(store: Store, mailbox: str) -> list[OutboxItem]:
    """Replies that somebody has got and whose copy does not lie in Sent yet, nor is being filed by another run."""
    query = select(outbox).where(outbox.c.mailbox == mailbox, _unfiled(store), _accepted_by_anybody())
    with store.read() as connection:
        return items_in(connection, query.order_by(outbox.c.id))


def claim_filing(store: Store, item_id: int, seconds: float) -> bool:
    """Takes the filing of one copy for this run alone; a dead run's falls free after `seconds`."""
    with store.write() as connection:
        until = store.clock() + timedelta(seconds=seconds)
        won = update(outbox).where(outbox.c.id == item_id, _unfiled(store)).values(lease_until=until)
        return connection.execute(won).rowcount == 1


def _unfiled(store: Store) -> ColumnElement[bool]:
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < store.clock())
    return and_(outbox.c.filed.is_(False), outbox.c.state != OutboxState.CLAIMED, free)


def mark_filed(store: Store, item_id: int) -> None:
    """Its copy lies in the Sent folder."""
    with store.write() as connection:
        connection.execute(update(outbox).where(outbox.c.id == item_id).values(filed=True))


def last_error(store: Store, mailbox: str) -> str:
    """Why the newest of the waiting replies has not left yet; empty when none was tried."""
    waiting = and_(outbox.c.mailbox == mailbox, outbox.c.state == OutboxState.QUEUED, outbox.c.error != "")
    query = select(outbox.c.error).where(waiting).order_by(outbox.c.id.desc()).limit(1)
    with store.read() as connection:
        return connection.execute(query).scalar() or ""
