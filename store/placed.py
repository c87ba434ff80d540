"""Copies of drafts in the mailbox's own Drafts folder: which are to be laid there, which to be taken away.

One for each question to a person, ever: whoever deletes a copy in a mail client does not find it there again. The row
comes before the copy, with a lease, so that two runs lay none twice and a dead run's is laid by the next.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from models.case import Stage
from models.review import ReviewKind
from store.database import Store
from store.tables import cases, placed_drafts, reviews


class PlacedState(StrEnum):
    PLACING = "placing"
    PLACED = "placed"
    MISSING = "missing"
    """Somebody has taken it out of Drafts, and no mail in Sent has answered the question."""
    REMOVED = "removed"


@dataclass(frozen=True)
class Question:
    """An open question about a draft."""

    review_id: int
    case_id: int
    shown_hash: str


@dataclass(frozen=True)
class PlacedDraft:
    """A copy in Drafts. `message_id` is its own, not that of the reply."""

    review_id: int
    message_id: str


def questions_to_place(store: Store, mailbox: str) -> list[Question]:
    """Open questions about drafts that have no copy in Drafts, nor had one."""
    settled = and_(
        placed_drafts.c.review_id == reviews.c.id,
        or_(placed_drafts.c.state != PlacedState.PLACING, placed_drafts.c.lease_until >= store.clock()),
    )
    query = select(reviews.c.id, reviews.c.case_id, reviews.c.shown_hash).join(cases, cases.c.id == reviews.c.case_id)
    query = query.where(reviews.c.mailbox == mailbox, reviews.c.outcome.is_(None), reviews.c.kind == ReviewKind.DRAFT)
    query = query.where(cases.c.stage == Stage.AWAITING_APPROVAL, ~exists(select(placed_drafts.c.id).where(settled)))
    with store.read() as connection:
        return [Question(*row) for row in connection.execute(query.order_by(reviews.c.id)).all()]


def claim_placing(store: Store, mailbox: str, question: Question, message_id: str, seconds: float) -> bool:
    """Takes the laying of one copy for this run alone; False when another run has it."""
    row = {
        "mailbox": mailbox,
        "case_id": question.case_id,
        "review_id": question.review_id,
        "message_id": message_id,
        "state": PlacedState.PLACING,
        "lease_until": store.clock() + timedelta(seconds=seconds),
        "created": store.clock(),
    }
    with store.write() as connection:
        insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
        statement = insert(placed_drafts).values(row).on_conflict_do_nothing(index_elements=["review_id"])
        # not by rowcount, which PostgreSQL's driver does not tell for an INSERT
        if connection.execute(statement.returning(placed_drafts.c.id)).first() is not None:
            return True
        dead = and_(
            placed_drafts.c.review_id == question.review_id,
            placed_drafts.c.state == PlacedState.PLACING,
            placed_drafts.c.lease_until < store.clock(),
        )
        taken = update(placed_drafts).where(dead).values(lease_until=row["lease_until"])
        return connection.execute(taken).rowcount == 1


def mark_placed(store: Store, review_id: int) -> None:
    _mark(store, review_id, PlacedState.PLACING, PlacedState.PLACED)


def copy_of(store: Store, review_id: int) -> PlacedState | None:
    """Where the copy of a draft is; None when none was ever laid."""
    with store.read() as connection:
        query = select(placed_drafts.c.state).where(placed_drafts.c.review_id == review_id)
        state = connection.execute(query).scalar()
    return None if state is None else PlacedState(state)


def copies_of_open_questions(store: Store, mailbox: str) -> list[PlacedDraft]:
    """Those that should lie in Drafts now."""
    query = select(placed_drafts.c.review_id, placed_drafts.c.message_id)
    query = query.join(reviews, reviews.c.id == placed_drafts.c.review_id)
    laid = placed_drafts.c.state.in_([PlacedState.PLACED, PlacedState.MISSING])
    query = query.where(placed_drafts.c.mailbox == mailbox, laid, reviews.c.outcome.is_(None))
    with store.read() as connection:
        return [PlacedDraft(*row) for row in connection.execute(query.order_by(placed_drafts.c.id)).all()]


def note_missing(store: Store, mailbox: str, missing: Collection[int]) -> None:
    """Takes down of which reviews the copy is no longer in Drafts; of all others it is there (again)."""
    here = placed_drafts.c.mailbox == mailbox
    lost = placed_drafts.c.review_id.in_(missing)
    with store.write() as connection:
        for now, before, which in (
            (PlacedState.MISSING, PlacedState.PLACED, lost),
            (PlacedState.PLACED, PlacedState.MISSING, ~lost),
        ):
            changed = and_(here, placed_drafts.c.state == before, which)
            connection.execute(update(placed_drafts).where(changed).values(state=now))


def drafts_to_remove(store: Store, mailbox: str) -> list[PlacedDraft]:
    """Copies whose question has been answered, here or elsewhere. One that is just being laid follows later."""
    with store.read() as connection:
        return [PlacedDraft(*row) for row in connection.execute(_overdue(store, mailbox)).all()]


def _overdue(store: Store, mailbox: str) -> Select[tuple[int, str]]:
    lying = or_(
        placed_drafts.c.state.in_([PlacedState.PLACED, PlacedState.MISSING]),
        and_(placed_drafts.c.state == PlacedState.PLACING, placed_drafts.c.lease_until < store.clock()),
    )
    query = select(placed_drafts.c.review_id, placed_drafts.c.message_id)
    query = query.join(reviews, reviews.c.id == placed_drafts.c.review_id)
    return query.where(placed_drafts.c.mailbox == mailbox, lying, reviews.c.outcome.is_not(None))


def mark_removed(store: Store, review_id: int) -> None:
    with store.write() as connection:
        here = placed_drafts.c.review_id == review_id
        connection.execute(update(placed_drafts).where(here).values(state=PlacedState.REMOVED, lease_until=None))


def _mark(store: Store, review_id: int, before: PlacedState, after: PlacedState) -> None:
    with store.write() as connection:
        here = and_(placed_drafts.c.review_id == review_id, placed_drafts.c.state == before)
        connection.execute(update(placed_drafts).where(here).values(state=after, lease_until=None))
