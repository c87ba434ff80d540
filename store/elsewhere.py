"""What a case becomes when a colleague deals with its mail in a mail client, as a shared inbox should have it.

Answered, deleted or moved out of the inbox: nobody needs to be asked any more, so the case is filed and its open
question expires. Back in the inbox: the case is taken up where it stood. A reply that has been approved and not yet
begun is held back and asked about once more; one that is on the wire goes its way, and the audit log tells.
"""

from sqlalchemy import Connection, select, update

from models.case import LEGAL_MOVES, Case, Stage
from models.conversation import ConversationStatus
from models.outbox import OutboxState
from models.review import ReviewKind
from store import audit
from store.adopted import BY_HAND
from store.cases import get_case_in, move_in
from store.conversations import set_status
from store.database import Store
from store.drafts import insert_draft, latest_draft_in
from store.outbox import remove_reply
from store.quarantine import ask_about
from store.reviews import open_review, withdraw
from store.tables import cases, outbox, reviews

DELETED = "a colleague has deleted it in a mail client"
MOVED = "a colleague has moved or deleted it in a mail client: it is no longer in its folder"
BACK = "it is back in its folder"

OPEN_STAGES = (
    Stage.RECEIVED,
    Stage.AWAITING_CATEGORY,
    Stage.CATEGORIZED,
    Stage.DRAFTED,
    Stage.AWAITING_APPROVAL,
    Stage.APPROVED,
    Stage.SENDING,
    Stage.ESCALATED,
    Stage.QUARANTINED,
)
"""Stages in which it matters what others do to the mail."""


def answered_elsewhere(connection: Connection, store: Store, case_id: int) -> None:
    case = get_case_in(connection, case_id)
    _close(connection, store, case, BY_HAND, ConversationStatus.WAITING_ON_CUSTOMER)


def left_folder(connection: Connection, store: Store, case_id: int, reason: str) -> None:
    """The same, but the case remembers where it stood, since the mail may come back."""
    case = get_case_in(connection, case_id)
    after = _close(connection, store, case, reason, ConversationStatus.OPEN)
    if after.stage is Stage.FILED and case.stage is not Stage.FILED:
        remembered = {"left_stage": case.stage, "left_version": after.version}
        connection.execute(update(cases).where(cases.c.id == case.id).values(remembered))


def take_up(connection: Connection, store: Store, case_id: int) -> None:
    """Undoes `left_folder`, unless somebody has moved the case since. A sorted mail keeps its category."""
    query = select(cases.c.left_stage, cases.c.left_version).where(cases.c.id == case_id)
    row = connection.execute(query).one()
    case = get_case_in(connection, case_id)
    if case.stage is not Stage.FILED or row.left_version != case.version:
        return
    if row.left_stage == Stage.QUARANTINED:
        ask_about(connection, store, move_in(connection, store, case, Stage.QUARANTINED, BACK))
    else:
        move_in(connection, store, case, Stage.CATEGORIZED if case.category else Stage.RECEIVED, BACK)
        set_status(connection, [case.conversation_id], ConversationStatus.WAITING_ON_US)
    _note(connection, store, case, "taken up again", BACK)


def _close(connection: Connection, store: Store, case: Case, reason: str, status: ConversationStatus) -> Case:
    if case.stage is Stage.SENDING:
        _note(connection, store, case, "sent all the same", f"{reason}, while our reply was on its way")
        return case
    if case.stage is Stage.APPROVED:
        return _hold_back(connection, store, case, reason)
    if case.stage not in OPEN_STAGES or Stage.FILED not in LEGAL_MOVES[case.stage]:
        return case
    withdraw(connection, store, case.id, reason)
    after = move_in(connection, store, case, Stage.FILED, reason)
    set_status(connection, [case.conversation_id], status)
    return after


def _hold_back(connection: Connection, store: Store, case: Case, reason: str) -> Case:
    """Takes an approved reply out of the outbox and asks whether it shall go out nevertheless."""
    waiting = (outbox.c.case_id == case.id) & (outbox.c.state == OutboxState.QUEUED)
    query = select(reviews.c.edit).join(outbox, outbox.c.review_id == reviews.c.id).where(waiting)
    edit = connection.execute(query).scalar()
    if not remove_reply(connection, waiting):  # somebody has got it already: the others get the same
        _note(connection, store, case, "sent all the same", reason)
        return case
    draft = latest_draft_in(connection, case.id)
    assert draft is not None, "an approved case has a draft"
    if edit:  # what the person made of it is what is shown again
        draft = draft.model_copy(update={"body": edit})
        insert_draft(connection, store, case.id, draft)
    why = f"{reason}, after the reply was approved: shall it still go out?"
    after = move_in(connection, store, case, Stage.AWAITING_APPROVAL, why)
    open_review(connection, store, after, ReviewKind.DRAFT, draft.shown_hash, {"why": why})
    _note(connection, store, case, "held back", reason)
    return after


def _note(connection: Connection, store: Store, case: Case, action: str, reason: str) -> None:
    audit.record(connection, store.clock(), "mailstage", action, case.mailbox, f"case {case.id}", reason=reason)
