"""What people, and the policy, answer to the questions of `store/reviews.py`.

An answer names the hash of what was shown; a stale page cannot approve what has changed since. An approval and its
outbox row are one transaction (promise A).
"""

from typing import Any

from sqlalchemy import Connection, and_, select, update

from models.case import Case, Stage
from models.classification import Classification, DecidedBy
from models.conversation import ConversationStatus
from models.errors import ApprovalError, CapReached, LostRace, NotFound
from models.review import Decision, Outcome, Outgoing, Review, ReviewKind
from store import audit
from store.caps import Caps, cap_reached, counted_alone
from store.cases import get_case_in, move_in
from store.classifications import add_classification
from store.conversations import set_status
from store.database import Store
from store.outbox import queue_reply
from store.reviews import open_review, review_of
from store.tables import reviews

POLICY = "policy"
"""The name under which the written policy of a phase-3 mailbox approves."""
MODEL_SUBJECT = "model"
"""What an entry of the audit log is about that concerns the model of all mailboxes."""


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
