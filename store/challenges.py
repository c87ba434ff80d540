"""Questions about a new model, and the log of what became of models: compared, approved, activated, rolled back.

The log decides what is still to be done: an approval with no later entry about a model is one whose activation a crash
prevented. So an approval takes effect once, and never undoes what a person did after it.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from pydantic import ValidationError
from sqlalchemy import and_, select, update

from models.challenge import Challenge, PastComparison
from models.errors import ApprovalError
from models.record import canonical_hash
from models.review import EVERY_MAILBOX, Outcome, Review, ReviewKind
from store import audit as log
from store.database import Store
from store.decisions import MODEL_SUBJECT
from store.reviews import open_mailbox_review, review_of, waiting
from store.tables import audit, reviews

APPROVED = f"{ReviewKind.MODEL} {Outcome.APPROVED}"
ACTIVATED, ROLLED_BACK, OVERTAKEN = "model activated", "model rolled back", "model overtaken"
COMPARED = "model compared"
_SETTLED = (APPROVED, ACTIVATED, ROLLED_BACK, OVERTAKEN)


def ask_about_model(store: Store, challenge: Challenge) -> int | None:
    """Puts a challenger before a person; None when a question about one is open already."""
    payload = challenge.model_dump(mode="json")
    return open_mailbox_review(store, EVERY_MAILBOX, ReviewKind.MODEL, canonical_hash(payload), payload)


def open_question(store: Store) -> Review | None:
    return next(iter(waiting(store, EVERY_MAILBOX, (ReviewKind.MODEL,), limit=1)), None)


def challenge_of(review: Review) -> Challenge:
    """What a `model` review asks about. Raises ApprovalError for one that this version cannot read."""
    try:
        return Challenge.model_validate(review.payload)
    except ValidationError as error:
        raise ApprovalError(
            f"review {review.id} was asked by another version of Mailstage: say no, and run `mailstage model learn`"
        ) from error


def withdraw_question(store: Store, review: Review, reason: str) -> None:
    """Closes a question that what happened since has answered."""
    still_open = and_(reviews.c.id == review.id, reviews.c.outcome.is_(None))
    with store.write() as connection:
        values = {"outcome": Outcome.EXPIRED, "decided_by": "mailstage", "reason": reason, "decided": store.clock()}
        if connection.execute(update(reviews).where(still_open).values(values)).rowcount:
            log.record(connection, store.clock(), "mailstage", "withdrawn", EVERY_MAILBOX, f"review {review.id}")


def decided_questions(store: Store) -> list[Review]:
    """Every answered question about a model, the newest first."""
    query = select(reviews).where(reviews.c.kind == ReviewKind.MODEL, reviews.c.outcome.is_not(None))
    with store.read() as connection:
        return [review_of(row) for row in connection.execute(query.order_by(reviews.c.id.desc())).mappings()]


def approved_not_active(store: Store) -> Review | None:
    """The approval that is the last word about models: it is still to be carried out. Reads one index."""
    query = select(audit.c.action, audit.c.detail).where(audit.c.subject == MODEL_SUBJECT, audit.c.action.in_(_SETTLED))
    with store.read() as connection:
        last = connection.execute(query.order_by(audit.c.id.desc()).limit(1)).first()
        if last is None or last.action != APPROVED:
            return None
        row = connection.execute(select(reviews).where(reviews.c.id == last.detail["review"])).mappings().one()
        return review_of(row)


def note(store: Store, actor: str, action: str, **detail: Any) -> None:
    """One entry about models."""
    with store.write() as connection:
        log.record(connection, store.clock(), actor, action, EVERY_MAILBOX, MODEL_SUBJECT, **detail)


def compared_rows(store: Store) -> frozenset[str]:
    """Fingerprints of the rows that challengers were compared with."""
    with store.read() as connection:
        found = connection.execute(_comparisons())
        return frozenset(row.detail.get("fingerprint", "") for row in found)


def looks_at(store: Store, champion: str) -> int:
    """Comparisons with this version since it was last brought into use; those that do not name theirs count too."""
    told = (COMPARED, ACTIVATED, ROLLED_BACK)
    query = select(audit.c.action, audit.c.detail).where(audit.c.subject == MODEL_SUBJECT, audit.c.action.in_(told))
    with store.read() as connection:
        rows = connection.execute(query.order_by(audit.c.id.desc())).all()
    since = takewhile(lambda row: row.action == COMPARED, rows)
    return sum(row.detail.get("champion", champion) == champion for row in since)


def past_comparisons(store: Store, limit: int = 5) -> Sequence[PastComparison]:
    """The newest first."""
    with store.read() as connection:
        rows = connection.execute(_comparisons().limit(limit)).all()
    fields = ("verdict", "why", "n", "changed")
    return [PastComparison(at=row.at, **{name: row.detail[name] for name in fields}) for row in rows]


def _comparisons() -> Any:
    query = select(audit.c.at, audit.c.detail).where(audit.c.subject == MODEL_SUBJECT, audit.c.action == COMPARED)
    return query.order_by(audit.c.id.desc())
