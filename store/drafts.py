"""Drafts, and the move that puts one before a person or on its way by policy."""

from sqlalchemy import Connection, func, insert, select

from models.case import Case, Stage
from models.conversation import ConversationStatus
from models.draft import Draft
from models.review import Outcome, ReviewKind
from store import audit
from store.cases import move_in
from store.conversations import set_status
from store.database import Store
from store.reviews import open_review
from store.tables import drafts, reviews


def add_draft(store: Store, case: Case, draft: Draft) -> Case:
    """Keeps the draft and moves the case to `drafted`, in one transaction."""
    with store.write() as connection:
        insert_draft(connection, store, case.id, draft)
        return move_in(connection, store, case, Stage.DRAFTED, f"drafted by {draft.provenance.provider}")


def insert_draft(connection: Connection, store: Store, case_id: int, draft: Draft) -> int:
    row = {
        "case_id": case_id,
        "shown_hash": draft.shown_hash,
        "provider": draft.provenance.provider,
        "cost": draft.provenance.cost,
        "record": draft.model_dump_json(exclude={"shown_hash"}),
        "created": store.clock(),
    }
    key: int = connection.execute(insert(drafts).values(row).returning(drafts.c.id)).scalar_one()
    return key


def latest_draft(store: Store, case_id: int) -> Draft | None:
    with store.read() as connection:
        return latest_draft_in(connection, case_id)


def latest_draft_in(connection: Connection, case_id: int) -> Draft | None:
    query = select(drafts.c.record).where(drafts.c.case_id == case_id)
    record = connection.execute(query.order_by(drafts.c.id.desc()).limit(1)).scalar()
    return Draft.model_validate_json(record) if record else None


def last_edit(store: Store, case_id: int) -> str | None:
    """What a person has made of the latest draft, here or in a mail client; None when they left it as it was."""
    newest = select(func.max(drafts.c.created)).where(drafts.c.case_id == case_id).scalar_subquery()
    query = select(reviews.c.edit).where(reviews.c.case_id == case_id, reviews.c.outcome == Outcome.EDITED)
    query = query.where(reviews.c.edit.is_not(None), reviews.c.decided >= newest)
    with store.read() as connection:
        return connection.execute(query.order_by(reviews.c.id.desc()).limit(1)).scalar()


def ask_approval(store: Store, case: Case, draft: Draft, reason: str) -> Case:
    """Puts a draft before a person: the move and the review are one transaction."""
    with store.write() as connection:
        after = move_in(connection, store, case, Stage.AWAITING_APPROVAL, reason)
        open_review(connection, store, after, ReviewKind.DRAFT, draft.shown_hash, {"why": reason})
        return after


def hand_over(store: Store, case: Case, draft: Draft, reason: str) -> Case:
    """Escalates: nothing is sent, a person takes over, with an empty reply to fill in or to dismiss."""
    with store.write() as connection:
        insert_draft(connection, store, case.id, draft)
        after = move_in(connection, store, case, Stage.ESCALATED, reason)
        open_review(connection, store, after, ReviewKind.ACTION, draft.shown_hash, {"why": reason})
        set_status(connection, [case.conversation_id], ConversationStatus.ESCALATED)
        audit.record(
            connection, store.clock(), "mailstage", "escalated", case.mailbox, f"case {case.id}", reason=reason
        )
        return after
