"""Which phase a mailbox is in, and the kill switch: read before every model call and every send."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from models.rollout import MailboxState, Phase
from store import audit
from store.database import Store, one_at_a_time
from store.tables import mailboxes

EVERYTHING = "*"
"""The name under which all mailboxes are paused at once."""


def state(store: Store, mailbox: str, start: Phase = Phase.CATEGORIZE) -> MailboxState:
    """The mailbox's switch; one that was never set stands at `start`, not paused."""
    with store.read() as connection:
        return state_in(connection, mailbox, start)


def state_in(connection: Connection, mailbox: str, start: Phase = Phase.CATEGORIZE) -> MailboxState:
    """`state` inside a running transaction; a pause of everything counts for each."""
    rows = connection.execute(select(mailboxes).where(mailboxes.c.mailbox.in_([mailbox, EVERYTHING]))).mappings()
    found = {row["mailbox"]: MailboxState(**row) for row in rows}
    own = found.get(mailbox, MailboxState(mailbox=mailbox, phase=start))
    everything = found.get(EVERYTHING)
    if everything and everything.paused:
        return own.model_copy(update={"paused": True, "reason": everything.reason, "changed_by": everything.changed_by})
    return own


def _own(connection: Connection, mailbox: str, start: Phase) -> MailboxState:
    """The mailbox's own row, without the pause of everything."""
    row = connection.execute(select(mailboxes).where(mailboxes.c.mailbox == mailbox)).mappings().first()
    return MailboxState(**row) if row else MailboxState(mailbox=mailbox, phase=start)


def _alone(connection: Connection, mailbox: str) -> None:
    """A row is read, changed and written whole: of two who do so at once, one would undo what the other has done."""
    one_at_a_time(connection, f"switch of {mailbox}")


def may_act(store: Store, mailbox: str, start: Phase = Phase.CATEGORIZE) -> bool:
    return not state(store, mailbox, start).paused


def set_phase(store: Store, mailbox: str, phase: Phase, by: str, reason: str = "") -> MailboxState:
    """Moves a mailbox up or down; takes effect with the next read of the switch."""
    with store.write() as connection:
        return set_phase_in(connection, store, mailbox, phase, by, reason)


def set_phase_in(
    connection: Connection, store: Store, mailbox: str, phase: Phase, by: str, reason: str = ""
) -> MailboxState:
    """`set_phase` inside a running transaction."""
    _alone(connection, mailbox)
    before, now = _own(connection, mailbox, Phase.CATEGORIZE), store.clock()
    after = before.model_copy(
        update={"phase": phase, "changed_by": by, "changed_at": now, "phase_since": now, "reason": reason}
    )
    _save(connection, after)
    steps = {"before": int(before.phase), "after": int(phase)}
    audit.record(connection, now, by, "phase", mailbox, "mailbox", **steps, reason=reason)
    return after


def set_paused(
    store: Store, mailbox: str, paused: bool, by: str, reason: str = "", start: Phase = Phase.CATEGORIZE
) -> MailboxState:
    """The kill switch; `mailbox` may be `EVERYTHING`."""
    with store.write() as connection:
        _alone(connection, mailbox)
        before = _own(connection, mailbox, start)
        after = before.model_copy(
            update={"paused": paused, "changed_by": by, "changed_at": store.clock(), "reason": reason}
        )
        _save(connection, after)
        audit.record(connection, store.clock(), by, "pause" if paused else "resume", mailbox, "mailbox", reason=reason)
        return after


def ensure(store: Store, mailbox: str, start: Phase) -> MailboxState:
    """Writes the starting phase down the first time a mailbox is seen."""
    with store.write() as connection:
        _alone(connection, mailbox)
        known = connection.execute(select(mailboxes.c.mailbox).where(mailboxes.c.mailbox == mailbox)).first()
        if not known:
            now = store.clock()
            by = "mailstage.toml"
            _save(
                connection, MailboxState(mailbox=mailbox, phase=start, changed_by=by, changed_at=now, phase_since=now)
            )
            audit.record(connection, store.clock(), by, "phase", mailbox, "mailbox", before=None, after=int(start))
        return state_in(connection, mailbox, start)


def _save(connection: Connection, after: MailboxState) -> None:
    values = {**after.model_dump(), "phase": int(after.phase)}
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert(mailboxes).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["mailbox"], set_=values))
