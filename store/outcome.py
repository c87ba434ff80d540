"""What becomes of a reply after an attempt: the server's words, recipient by recipient, decide.

Somebody unknown → `unknown`; somebody put off → queued again for those alone, with the same bytes; else sent, or
refused for all. Whatever the server will not take, or has put off for too long, goes to a person.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, insert, select

from models.case import Case, Stage
from models.conversation import ConversationStatus
from models.draft import DraftPurpose
from models.outbox import OutboxItem, OutboxState, RecipientResult, RecipientState
from models.record import canonical_hash
from models.review import Decision, ReviewKind
from store import audit
from store.cases import get_case_in
from store.conversations import set_status
from store.database import Store
from store.decisions import close_review, note_decision
from store.drafts import latest_draft_in
from store.outbox import Values, end_claim
from store.recipients import results_in, turn, write_results
from store.reviews import open_review
from store.tables import thread_ids

FIRST_BACK_OFF = timedelta(seconds=30)
LAST_BACK_OFF = timedelta(hours=4)
LAST_CALL = timedelta(seconds=30)
"""Between calls at a server that does not answer: it costs nobody anything, and mail leaves soon after it is back."""
MOST_DOUBLINGS = 16
JITTER = 0.25
"""Share by which a wait may be longer, so that replies put off together do not come back together."""
PATIENCE = timedelta(hours=48)


def record_results(
    store: Store, item: OutboxItem, results: Sequence[RecipientResult], patience: timedelta = PATIENCE
) -> OutboxState:
    """Takes down the answers to one's own attempt. Raises LostRace when another run has given it up as unknown."""
    with store.write() as connection:
        write_results(connection, store.clock(), item.id, results)
        return _conclude(connection, store, item, _summary(results), patience)


def postpone(
    store: Store, item: OutboxItem, error: str, patience: timedelta = PATIENCE, longest: timedelta = LAST_BACK_OFF
) -> OutboxState:
    """The attempt ended before the server heard of the message: nobody has got it. `longest` bounds the wait."""
    with store.write() as connection:
        return _conclude(connection, store, item, error, patience, longest)


def withhold(store: Store, item: OutboxItem, error: str) -> OutboxState:
    """Not fit to be sent at all: to a person, at once."""
    with store.write() as connection:
        turn(connection, store.clock(), item.id, RecipientState.WAITING, RecipientState.REFUSED)
        return _conclude(connection, store, item, error, PATIENCE)


def _conclude(
    connection: Connection,
    store: Store,
    item: OutboxItem,
    said: str,
    patience: timedelta,
    longest: timedelta = LAST_BACK_OFF,
) -> OutboxState:
    results, now = results_in(connection, [item.id])[item.id], store.clock()
    states = {result.state for result in results}
    if RecipientState.UNKNOWN in states:
        unknown = {"state": OutboxState.UNKNOWN, "error": said}
        end_claim(connection, store, item, Stage.UNKNOWN, said, unknown)
        return OutboxState.UNKNOWN
    first = item.first_attempt or now
    if RecipientState.WAITING in states and now - first < patience:
        later = {"state": OutboxState.QUEUED, "next_attempt": now + back_off(item, longest), "first_attempt": first}
        end_claim(connection, store, item, Stage.APPROVED, said, {**later, "error": said, "transmitting": False})
        return OutboxState.QUEUED
    if RecipientState.WAITING in states:
        turn(connection, now, item.id, RecipientState.WAITING, RecipientState.REFUSED)
        said = f"given up after {patience.total_seconds() / 3600:g} hours: {said}"
    if RecipientState.ACCEPTED in states:
        case = end_claim(connection, store, item, Stage.SENT, "sent", sent_values(store))
        finish_sent(connection, store, item, case)
        return OutboxState.SENT
    after = end_claim(connection, store, item, Stage.ESCALATED, said, {"state": OutboxState.FAILED, "error": said})
    draft = latest_draft_in(connection, item.case_id)
    assert draft is not None, "a reply in the outbox has a draft"
    open_review(connection, store, after, ReviewKind.ACTION, draft.shown_hash, {"why": said})
    return OutboxState.FAILED


def sent_values(store: Store) -> Values:
    return {"state": OutboxState.SENT, "sent": store.clock(), "error": ""}


def finish_sent(connection: Connection, store: Store, item: OutboxItem, case: Case) -> None:
    """Whose turn it is now, what an answer will refer to, the log; a note to a person when not everybody got it."""
    set_status(connection, [case.conversation_id], _whose_turn(connection, case))
    link = {"mailbox": item.mailbox, "message_id": item.message_id, "conversation_id": case.conversation_id}
    known = select(thread_ids.c.message_id).where(*(thread_ids.c[name] == value for name, value in link.items()))
    if connection.execute(known).first() is None:
        connection.execute(insert(thread_ids).values(link))
    about = f"case {case.id}"
    audit.record(connection, store.clock(), "mailstage", "sent", item.mailbox, about, raw_hash=item.approved_hash)
    results = results_in(connection, [item.id])[item.id]
    refused = [result for result in results if result.state is RecipientState.REFUSED]
    if refused:
        why = f"not everybody got this reply, the others have it; {_summary(refused)}"
        shown = canonical_hash([item.case_id, item.message_id, why])
        open_review(connection, store, case, ReviewKind.ACTION, shown, {"why": why})


def _whose_turn(connection: Connection, case: Case) -> ConversationStatus:
    """After a reply that promises a colleague's answer the conversation stays with a person."""
    draft = latest_draft_in(connection, case.id)
    promised = draft is not None and draft.purpose is DraftPurpose.NO_ANSWER
    return ConversationStatus.ESCALATED if promised else ConversationStatus.WAITING_ON_CUSTOMER


def take_note(store: Store, decision: Decision) -> Case:
    """A person has read that somebody did not get a reply; the case stays as it is."""
    with store.write() as connection:
        review = close_review(connection, store, decision)
        note_decision(connection, store, review, decision)
        assert review.case_id is not None, "a note is about a mail"
        return get_case_in(connection, review.case_id)


def back_off(item: OutboxItem, longest: timedelta = LAST_BACK_OFF) -> timedelta:
    """Each time twice as long, and up to a quarter more, by a hash: two runs agree on it, two replies do not."""
    doublings = min(item.attempts - 1, MOST_DOUBLINGS)
    wait = min(FIRST_BACK_OFF * float(2**doublings), longest)
    spread: float = hashlib.sha256(f"{item.message_id} {item.attempts}".encode()).digest()[0] / 255
    return wait * (1 + JITTER * spread)


def _summary(results: Sequence[RecipientResult]) -> str:
    """What the server said, without those who got it."""
    return "; ".join(str(result) for result in results if result.state is not RecipientState.ACCEPTED)[:1_000]
