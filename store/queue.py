"""The questions as people work through them: in the order of their turn, mails of one wording as one entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from models.review import Review, ReviewKind
from store.database import Store
from store.reviews import review_of
from store.tables import reviews


@dataclass(frozen=True)
class Entry:
    """One line of the queue: a question, and how many mails it asks about."""

    review: Review
    alike: int


def entries(
    store: Store,
    mailbox: str | None = None,
    kinds: Sequence[ReviewKind] = (),
    limit: int = 500,
    offset: int = 0,
    every: bool = False,
) -> list[Entry]:
    """In the order of the queue. With `every`, each question has a line, those of one wording one after the other."""
    lines = _lines(mailbox, kinds).subquery()
    query = select(lines).order_by(lines.c.first_turn, lines.c.first, lines.c.id).limit(limit).offset(offset)
    if not every:
        query = query.where(lines.c.id == lines.c.first)
    with store.read() as connection:
        return [Entry(review_of(row), row["alike"]) for row in connection.execute(query).mappings()]


def count_entries(store: Store, mailbox: str | None = None, kinds: Sequence[ReviewKind] = ()) -> int:
    query = select(func.count(_wording().distinct())).where(*_open(mailbox, kinds))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def next_entry(store: Store, after: int, mailbox: str | None = None, kinds: Sequence[ReviewKind] = ()) -> Review | None:
    """The entry behind that of the review `after`, decided or not; behind the last comes the first."""
    left = select(_turn().label("turn"), _wording().label("wording")).where(reviews.c.id == after)
    with store.read() as connection:
        at = connection.execute(left).first()
        lines = _lines(mailbox, kinds).subquery()
        query = select(lines).where(lines.c.id == lines.c.first).order_by(lines.c.first_turn, lines.c.id).limit(1)
        if at is not None:
            query = query.where(lines.c.wording != at.wording)
            later = or_(lines.c.first_turn > at.turn, and_(lines.c.first_turn == at.turn, lines.c.id > after))
            row = connection.execute(query.where(later)).mappings().first()
            if row is not None:
                return review_of(row)
        row = connection.execute(query).mappings().first()
        return review_of(row) if row is not None else None


def _open(mailbox: str | None, kinds: Sequence[ReviewKind]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [reviews.c.outcome.is_(None)]
    if mailbox:
        found.append(reviews.c.mailbox == mailbox)
    if kinds:
        found.append(reviews.c.kind.in_(kinds))
    return found


def _turn() -> ColumnElement[datetime]:
    return func.coalesce(reviews.c.turn, reviews.c.created)


def _wording() -> ColumnElement[int]:
    """The same number for the questions of one wording: never that of another question, which is above 0."""
    return func.coalesce(-reviews.c.campaign, reviews.c.id)


def _lines(mailbox: str | None, kinds: Sequence[ReviewKind]) -> Select[Any]:
    wording = _wording()
    # the question that stands for the others is the one whose turn is first
    first = func.first_value(reviews.c.id).over(partition_by=wording, order_by=(_turn(), reviews.c.id))
    return select(
        reviews,
        wording.label("wording"),
        first.label("first"),
        func.min(_turn()).over(partition_by=wording).label("first_turn"),
        func.count().over(partition_by=wording).label("alike"),
    ).where(*_open(mailbox, kinds))
