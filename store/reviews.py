"""Questions to a person, until they are answered (`store/decisions.py`) or withdrawn: a case has at most one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update

from models.case import Case
from models.errors import NotFound
from models.review import Outcome, Review, ReviewKind
from store import audit
from store.database import Store, one_at_a_time
from store.tables import reviews
from store.turn import turn_of


@dataclass(frozen=True, slots=True)
class Question:
    """About one case. `share` of the head start: `store/turn.py`; `campaign` is that of its wording."""

    case: Case
    shown_hash: str
    payload: Mapping[str, Any]
    share: float = 1.0
    campaign: int | None = None


def open_review(
    connection: Connection, store: Store, case: Case, kind: ReviewKind, shown_hash: str, payload: Mapping[str, Any]
) -> int:
    """Asks; the caller's transaction holds the move that goes with it."""
    return open_reviews(connection, store, kind, [Question(case, shown_hash, payload)])[0]


def open_reviews(connection: Connection, store: Store, kind: ReviewKind, asked: Sequence[Question]) -> list[int]:
    """The same for many, in one statement; their ids in order."""
    if not asked:
        return []
    rows = [
        _blank(store, one.case.mailbox, kind, one.shown_hash, one.payload)
        | {"case_id": one.case.id, "campaign": one.campaign, "turn": turn_of(store.clock(), one.share)}
        for one in asked
    ]
    statement = insert(reviews).returning(reviews.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, rows).scalars())


def open_mailbox_review(
    store: Store, mailbox: str, kind: ReviewKind, shown_hash: str, payload: Mapping[str, Any]
) -> int | None:
    """Asks something about a whole mailbox, once: None when the same question is open already."""
    same = and_(reviews.c.mailbox == mailbox, reviews.c.kind == kind, reviews.c.outcome.is_(None))
    with store.write() as connection:
        one_at_a_time(connection, f"{kind} of {mailbox}")
        if connection.execute(select(reviews.c.id).where(same)).first():
            return None
        row = _blank(store, mailbox, kind, shown_hash, payload) | {"turn": turn_of(store.clock())}
        key: int = connection.execute(insert(reviews).values(row).returning(reviews.c.id)).scalar_one()
        return key


def _blank(store: Store, mailbox: str, kind: ReviewKind, shown: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "mailbox": mailbox,
        "kind": kind,
        "shown_hash": shown,
        "payload": dict(payload),
        "decided_by": "",
        "reason": "",
        "created": store.clock(),
    }


def review_of(row: RowMapping) -> Review:
    return Review(**{name: row[name] for name in Review.model_fields})


def get_review(store: Store, review_id: int) -> Review:
    """Raises NotFound."""
    with store.read() as connection:
        row = connection.execute(select(reviews).where(reviews.c.id == review_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no review {review_id}: `mailstage queue` lists those that wait")
    return review_of(row)


def waiting(
    store: Store,
    mailbox: str | None = None,
    kinds: Sequence[ReviewKind] = (),
    limit: int = 500,
    offset: int = 0,
    after: int = 0,
) -> list[Review]:
    """Open questions, the oldest first; with `after`, only those with a higher id."""
    query = select(reviews).where(reviews.c.outcome.is_(None), reviews.c.id > after)
    query = query.order_by(reviews.c.id).limit(limit).offset(offset)
    if mailbox:
        query = query.where(reviews.c.mailbox == mailbox)
    if kinds:
        query = query.where(reviews.c.kind.in_(kinds))
    with store.read() as connection:
        return [review_of(row) for row in connection.execute(query).mappings()]


def count_waiting(store: Store) -> dict[tuple[str, ReviewKind], int]:
    """How many questions are open: (mailbox, kind) → number."""
    query = select(reviews.c.mailbox, reviews.c.kind, func.count()).where(reviews.c.outcome.is_(None))
    with store.read() as connection:
        rows = connection.execute(query.group_by(reviews.c.mailbox, reviews.c.kind)).all()
    return {(mailbox, ReviewKind(kind)): number for mailbox, kind, number in rows}


def reviews_of_case(store: Store, case_id: int) -> list[Review]:
    query = select(reviews).where(reviews.c.case_id == case_id).order_by(reviews.c.id)
    with store.read() as connection:
        return [review_of(row) for row in connection.execute(query).mappings()]


def withdraw(connection: Connection, store: Store, case_id: int, reason: str) -> bool:
    """Closes an open question that reality has overtaken; False when there is none."""
    still_open = and_(reviews.c.case_id == case_id, reviews.c.outcome.is_(None))
    mailbox = connection.execute(select(reviews.c.mailbox).where(still_open)).scalar()
    if mailbox is None:
        return False
    audit.record(connection, store.clock(), "mailstage", "withdrawn", mailbox, f"case {case_id}", reason=reason)
    values = {"outcome": Outcome.EXPIRED, "decided_by": "mailstage", "reason": reason, "decided": store.clock()}
    connection.execute(update(reviews).where(still_open).values(values))
    return True
