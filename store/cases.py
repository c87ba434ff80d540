"""Stage changes: compare-and-set on (id, stage, version), so each move has one winner."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, or_, select, update

from models.case import LEGAL_MOVES, Case, Stage
from models.errors import IllegalMove, LostRace, NotFound
from models.message import Message
from store.database import Store
from store.tables import cases, messages


@dataclass(frozen=True)
class Work:
    """A claimed case with the message it is about; `token` tells whose claim it is."""

    case: Case
    message: Message
    token: str = ""


def case_of(row: RowMapping) -> Case:
    return Case(**{name: row[name] for name in Case.model_fields})


def get_case(store: Store, case_id: int) -> Case:
    """Raises NotFound."""
    with store.read() as connection:
        return get_case_in(connection, case_id)


def get_case_in(connection: Connection, case_id: int) -> Case:
    row = connection.execute(select(cases).where(cases.c.id == case_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no case {case_id}: `mailstage queue` lists what waits")
    return case_of(row)


def cases_of_conversation(store: Store, conversation_id: int, limit: int = 500) -> list[Case]:
    """The newest first."""
    query = select(cases).where(cases.c.conversation_id == conversation_id).order_by(cases.c.id.desc()).limit(limit)
    with store.read() as connection:
        return [case_of(row) for row in connection.execute(query).mappings()]


def claim(store: Store, mailbox: str, stage: Stage, limit: int, seconds: float) -> list[Work]:
    """Takes up to `limit` cases of a stage for this run alone; a dead run's claims fall free after `seconds`."""
    token = uuid.uuid4().hex
    with store.write() as connection:
        now = store.clock()
        free = or_(cases.c.claim.is_(None), cases.c.claimed_until < now)
        candidates = (
            select(cases.c.id)
            .where(cases.c.mailbox == mailbox, cases.c.stage == stage, free)
            .order_by(cases.c.id)
            .limit(limit)
        )
        if connection.dialect.name == "postgresql":
            candidates = candidates.with_for_update(skip_locked=True)
        ids = connection.execute(candidates).scalars().all()
        if not ids:
            return []
        until = now + timedelta(seconds=seconds)
        connection.execute(update(cases).where(cases.c.id.in_(ids)).values(claim=token, claimed_until=until))
        columns = [cases.c[name] for name in Case.model_fields] + [messages.c.record.label("message_record")]
        query = select(*columns).join(messages, messages.c.id == cases.c.message_id).where(cases.c.id.in_(ids))
        rows = connection.execute(query.order_by(cases.c.id)).mappings().all()
    return [Work(case_of(row), Message.model_validate_json(row["message_record"]), token) for row in rows]


def release(store: Store, works: Sequence[Work]) -> None:
    """Gives claims back before their time, when a step stops half-way for a known reason; only one's own."""
    with store.write() as connection:
        for work in works:
            own = and_(cases.c.id == work.case.id, cases.c.claim == work.token)
            connection.execute(update(cases).where(own).values(claim=None, claimed_until=None))


def move(store: Store, case: Case, to: Stage, reason: str = "") -> Case:
    with store.write() as connection:
        return move_in(connection, store, case, to, reason)


def move_in(
    connection: Connection, store: Store, case: Case, to: Stage, reason: str = "", category: str | None = None
) -> Case:
    """One step of the road. Raises IllegalMove, and LostRace when the case is no longer where `case` says."""
    if to not in LEGAL_MOVES[case.stage]:
        raise IllegalMove(f"case {case.id} cannot go from {case.stage} to {to}")
    values = {
        "stage": to,
        "version": case.version + 1,
        "reason": reason,
        "category": category or case.category,
        "updated": store.clock(),
        "claim": None,
        "claimed_until": None,
    }
    here = and_(cases.c.id == case.id, cases.c.stage == case.stage, cases.c.version == case.version)
    done = connection.execute(update(cases).where(here).values(values))
    if done.rowcount != 1:
        raise LostRace(f"case {case.id} was moved by somebody else; look at it again with `mailstage show`")
    fresh = {key: value for key, value in values.items() if key in Case.model_fields}
    return case.model_copy(update=fresh)


@dataclass(frozen=True)
class Move:
    """One step of one case, to be taken together with others. `label` is what its mail shall bear on the server."""

    case: Case
    to: Stage
    reason: str = ""
    category: str | None = None
    label: str | None = None


def move_batch(connection: Connection, store: Store, moves: Sequence[Move]) -> set[int]:
    """The same compare-and-set as `move_in` for many cases in two statements; returns the ids that moved."""
    for step in moves:
        if step.to not in LEGAL_MOVES[step.case.stage]:
            raise IllegalMove(f"case {step.case.id} cannot go from {step.case.stage} to {step.to}")
    query = select(cases.c.id, cases.c.stage, cases.c.version, cases.c.label).where(
        cases.c.id.in_([step.case.id for step in moves])
    )
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()  # SQLite holds its one write lock already
    now_at = {row.id: row for row in connection.execute(query)}
    won = [step for step in moves if _stands(now_at.get(step.case.id), step.case)]
    rows = [
        {
            "key": step.case.id,
            "to": step.to,
            "next_version": step.case.version + 1,
            "why": step.reason,
            "named": step.category or step.case.category,
            "mark": now_at[step.case.id].label if step.label is None else step.label,
        }
        for step in won
    ]
    statement = update(cases).where(cases.c.id == bindparam("key"))
    if rows:
        statement = statement.values(
            stage=bindparam("to"),
            version=bindparam("next_version"),
            reason=bindparam("why"),
            category=bindparam("named"),
            label=bindparam("mark"),
            claim=None,
            claimed_until=None,
            updated=store.clock(),
        )
        connection.execute(statement, rows)
    return {step.case.id for step in won}


def _stands(row: Any, case: Case) -> bool:
    return row is not None and (row.stage, row.version) == (case.stage, case.version)


def move_all(store: Store, mailbox: str, start: Stage, to: Stage, reason: str) -> int:
    """Every unclaimed case of one stage at once; the same compare-and-set, in one statement."""
    if to not in LEGAL_MOVES[start]:
        raise IllegalMove(f"no case can go from {start} to {to}")
    now = store.clock()
    free = or_(cases.c.claim.is_(None), cases.c.claimed_until < now)
    here = and_(cases.c.mailbox == mailbox, cases.c.stage == start, free)
    values = {"stage": to, "version": cases.c.version + 1, "reason": reason, "updated": now}
    with store.write() as connection:
        return connection.execute(update(cases).where(here).values(values)).rowcount


def counts(store: Store) -> dict[str, dict[str, int]]:
    """How many cases stand where: mailbox → stage → number."""
    query = select(cases.c.mailbox, cases.c.stage, func.count()).group_by(cases.c.mailbox, cases.c.stage)
    found: dict[str, dict[str, int]] = {}
    with store.read() as connection:
        for mailbox, stage, number in connection.execute(query):
            found.setdefault(mailbox, {})[stage] = number
    return found
