"""Replies that a person has sent from a mail client, found in Sent: the person's approval, edit and delivery in one.

A draft that lay in the mailbox's own Drafts is decided by it, as if its reviewer had pressed the button. A reply that
was approved meanwhile and still waits in the outbox is taken out, so that no second one goes out (promise D).
"""

from contextlib import suppress

from sqlalchemy import Connection, and_, exists, or_, select

from models.case import Case, Stage
from models.conversation import ConversationStatus
from models.draft import Draft
from models.errors import LostRace
from models.message import Message
from models.outbox import OutboxState
from models.review import Decision, Outcome, ReviewKind
from store import audit
from store.cases import get_case_in, move_in
from store.conversations import set_status
from store.database import Store
from store.decisions import close_review, note_decision
from store.drafts import latest_draft_in
from store.outbox import remove_reply
from store.tables import cases, messages, outbox, placed_drafts, reviews

BY_HAND = "a colleague has answered it from a mail client"
CLIENT = "from a mail client"


def adopt_sent(store: Store, mailbox: str) -> int:
    """Settles each case that a mail in Sent has answered; returns how many. One transaction for each."""
    with store.read() as connection:
        found = _candidates(connection, mailbox)
    adopted: set[int] = set()
    used: set[int] = set()
    for case_id, sent_id in found:
        if case_id in adopted or sent_id in used:
            continue
        # another run, or a reviewer, may be faster: then it is settled all the same
        with suppress(LostRace), store.write() as connection:
            if _adopt(connection, store, get_case_in(connection, case_id), sent_id):
                adopted.add(case_id)
                used.add(sent_id)
    return len(adopted)


def _candidates(connection: Connection, mailbox: str) -> list[tuple[int, int]]:
    """(case, message in Sent) that may belong together: our own mail, stored later, which no run of ours has sent."""
    asked, sent = messages.alias("asked"), messages.alias("sent")
    placed = exists(select(placed_drafts.c.id).where(placed_drafts.c.case_id == cases.c.id))
    open_to_it = or_(cases.c.stage == Stage.APPROVED, and_(cases.c.stage == Stage.AWAITING_APPROVAL, placed))
    answers = or_(
        sent.c.conversation_id == cases.c.conversation_id,
        and_(sent.c.mailbox == cases.c.mailbox, sent.c.in_reply_to == asked.c.message_id, asked.c.message_id != ""),
    )
    query = (
        select(cases.c.id, sent.c.id)
        .join(asked, asked.c.id == cases.c.message_id)
        # by both: old mail may be brought in later (a backfill), and clocks may be wrong
        .join(sent, and_(answers, sent.c.ours, sent.c.id > asked.c.id, sent.c.arrived >= asked.c.arrived))
        .where(cases.c.mailbox == mailbox, open_to_it)
        .where(sent.c.message_id.not_in(select(outbox.c.message_id)))
        .order_by(cases.c.id, sent.c.id)
    )
    return [(row[0], row[1]) for row in connection.execute(query).all()]


def _adopt(connection: Connection, store: Store, case: Case, sent_id: int) -> bool:
    draft, sent = latest_draft_in(connection, case.id), _message(connection, sent_id)
    asked = _message(connection, case.message_id)
    if draft is None or not _answers(connection, case, asked, sent, draft):
        return False
    if case.stage is Stage.APPROVED:
        return _take_out(connection, store, case)
    still_open = and_(reviews.c.case_id == case.id, reviews.c.outcome.is_(None), reviews.c.kind == ReviewKind.DRAFT)
    review = connection.execute(select(reviews.c.id, reviews.c.shown_hash).where(still_open)).first()
    if case.stage is not Stage.AWAITING_APPROVAL or review is None:
        return False
    kept = _same_words(sent.reply_text, draft.body)
    decision = Decision(
        review_id=review.id,
        outcome=Outcome.APPROVED if kept else Outcome.EDITED,
        decided_by=f"{sent.sender.address[:150] or 'somebody'} ({CLIENT})",
        shown_hash=review.shown_hash,
        reason=f"sent {CLIENT}",
        body=None if kept else sent.reply_text,
    )
    closed = close_review(connection, store, decision)
    note_decision(connection, store, closed, decision, message_id=sent.message_id)
    _sent(connection, store, case, f"sent {CLIENT}" + ("" if kept else " in other words"))
    return True


def _message(connection: Connection, message_id: int) -> Message:
    record = connection.execute(select(messages.c.record).where(messages.c.id == message_id)).scalar_one()
    return Message.model_validate_json(record)


def _answers(connection: Connection, case: Case, asked: Message, sent: Message, draft: Draft) -> bool:
    """By its headers; a client that drops them all leaves the conversation (by subject) and the recipient."""
    if sent.sender.address == asked.sender.address:
        return False  # the customer's own next mail, which somebody has moved there
    query = select(placed_drafts.c.message_id).where(placed_drafts.c.case_id == case.id)
    if sent.message_id and sent.message_id in connection.execute(query).scalars().all():
        return True
    named = {sent.in_reply_to, *sent.references} - {""}
    if named:
        return sent.in_reply_to == asked.message_id or (not sent.in_reply_to and asked.message_id in named)
    people = {person.address for person in (*sent.to, *sent.cc)}
    return {person.address for person in draft.to} <= people


def _take_out(connection: Connection, store: Store, case: Case) -> bool:
    """What is on the wire, or with somebody already, goes its way."""
    if not remove_reply(connection, and_(outbox.c.case_id == case.id, outbox.c.state == OutboxState.QUEUED)):
        return False
    audit.record(connection, store.clock(), "mailstage", "held back", case.mailbox, f"case {case.id}", reason=BY_HAND)
    _sent(connection, store, case, BY_HAND)
    return True


def _sent(connection: Connection, store: Store, case: Case, reason: str) -> None:
    move_in(connection, store, case, Stage.SENT, reason)
    set_status(connection, [case.conversation_id], ConversationStatus.WAITING_ON_CUSTOMER)


def _same_words(sent: str, drafted: str) -> bool:
    """Mail clients wrap lines and trim blanks; that is no edit."""
    return sent.split() == drafted.split()
