"""Questions to a person, and their answers.

An answer names the hash of what was shown; a stale page cannot approve what has changed since. An approval and its
outbox row are one transaction (promise A), and a case has at most one open question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update

from models.case import Case, Stage
from models.classification import Classification, DecidedBy
from models.conversation import ConversationStatus
from models.errors import ApprovalError, CapReached, LostRace, NotFound
from models.review import Decision, Outcome, Outgoing, Review, ReviewKind
from store import audit
from store.caps import Caps, cap_reached, counted_alone
from store.cases import get_case_in, move_in
from store.conversations import set_status
from store.database import Store, one_at_a_time
from store.outbox import queue_reply
from store.tables import reviews
from store.turn import turn_of

POLICY = "policy"
"""The name under which the written policy of a phase-3 mailbox approves."""
MODEL_SUBJECT = "model"
"""What an entry of the audit log is about that concerns the model of all mailboxes."""


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


def close_review(connection: Connection, store: Store, decision: Decision) -> Review:
    """Writes the answer down, once. Raises ApprovalError when what was shown has changed, LostRace when decided."""
    row = connection.execute(select(reviews).where(reviews.c.id == decision.review_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no review {decision.review_id}: `mailstage queue` lists those that wait")
    if row["outcome"] is not None:
        by = f"{row['outcome']} by {row['decided_by'] or 'nobody'}"
        raise LostRace(f"review {decision.review_id} is already decided ({by})")
    if row["shown_hash"] != decision.shown_hash:
        raise ApprovalError(f"review {decision.review_id} has changed since it was shown: look at it again")
    values = {
        "outcome": decision.outcome,
        "decided_by": decision.decided_by,
        "reason": decision.reason,
        "edit": decision.body,
        "decided": store.clock(),
    }
    as_shown = and_(reviews.c.id == decision.review_id, reviews.c.shown_hash == decision.shown_hash)
    if connection.execute(update(reviews).where(as_shown, reviews.c.outcome.is_(None)).values(values)).rowcount != 1:
        raise LostRace(f"review {decision.review_id} was decided by somebody else, or has changed: look at it again")
    return review_of({**row, **values})  # type: ignore[arg-type]


def decide_category(store: Store, decision: Decision) -> Case:
    """Takes a person's category (approved, edited), or files the mail as none of them (rejected)."""
    from store.classifications import add_classification

    with store.write() as connection:
        review = close_review(connection, store, decision)
        case = get_case_in(connection, _case_id(review))
        chosen = decision.category if decision.outcome is not Outcome.REJECTED else None
        found = Classification(category=chosen, probability=1.0, decided_by=DecidedBy.HUMAN, why=decision.reason)
        add_classification(connection, store, case.id, found)
        to = Stage.CATEGORIZED if chosen else Stage.FILED
        reason = f"{decision.decided_by} chose {chosen}" if chosen else f"none of the categories: {decision.reason}"
        note_decision(connection, store, review, decision, category=chosen)
        return move_in(connection, store, case, to, reason, chosen)


def approve_reply(store: Store, decision: Decision, outgoing: Outgoing) -> Case:
    """Approval, stage and outbox row in one transaction; the outbox keeps the hash of the approved bytes."""
    with store.write() as connection:
        review = close_review(connection, store, decision)
        case = get_case_in(connection, _case_id(review))
        after = move_in(connection, store, case, Stage.APPROVED, f"approved by {decision.decided_by}")
        queue_reply(connection, store, after, review.id, outgoing, by_policy=decision.decided_by == POLICY)
        note_decision(connection, store, review, decision, raw_hash=outgoing.raw_hash, message_id=outgoing.message_id)
        return after


def approve_by_policy(store: Store, case: Case, shown_hash: str, reason: str, outgoing: Outgoing, caps: Caps) -> Case:
    """The policy's own review, decided at once; same transaction, same audit as a person's. Raises CapReached."""
    with store.write() as connection:
        counted_alone(connection)
        if why := cap_reached(connection, store, case, outgoing.fingerprint, caps):
            raise CapReached(why)
        review = open_review(connection, store, case, ReviewKind.DRAFT, shown_hash, {"why": reason})
        decision = Decision(
            review_id=review, outcome=Outcome.APPROVED, decided_by=POLICY, shown_hash=shown_hash, reason=reason
        )
        closed = close_review(connection, store, decision)
        after = move_in(connection, store, case, Stage.APPROVED, reason)
        queue_reply(connection, store, after, review, outgoing, by_policy=True)
        note_decision(connection, store, closed, decision, raw_hash=outgoing.raw_hash, message_id=outgoing.message_id)
        return after


def close_without_reply(store: Store, decision: Decision) -> Case:
    """A rejected draft, or an escalation that a person has dealt with: the case is filed, nothing is sent."""
    with store.write() as connection:
        review = close_review(connection, store, decision)
        case = get_case_in(connection, _case_id(review))
        note_decision(connection, store, review, decision)
        words = "dealt with" if decision.outcome is Outcome.APPROVED else "rejected"
        reason = f"{words} by {decision.decided_by}" + (f": {decision.reason}" if decision.reason else "")
        after = move_in(connection, store, case, Stage.FILED, reason)
        set_status(connection, [case.conversation_id], ConversationStatus.OPEN)
        return after


def close_mailbox_review(store: Store, decision: Decision) -> Review:
    with store.write() as connection:
        review = close_review(connection, store, decision)
        note_decision(connection, store, review, decision)
        return review


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


def _case_id(review: Review) -> int:
    if review.case_id is None:
        raise ApprovalError(f"review {review.id} is about the mailbox {review.mailbox}, not about a mail")
    return review.case_id


def note_decision(connection: Connection, store: Store, review: Review, decision: Decision, **detail: Any) -> None:
    """Who decided what, for the log."""
    whole = MODEL_SUBJECT if review.kind is ReviewKind.MODEL else "mailbox"
    subject = f"case {review.case_id}" if review.case_id else whole
    audit.record(
        connection,
        store.clock(),
        decision.decided_by,
        f"{review.kind} {decision.outcome}",
        review.mailbox,
        subject,
        review=review.id,
        reason=decision.reason,
        **detail,
    )
