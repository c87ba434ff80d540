"""Lays each draft that waits for a person into the mailbox's own Drafts folder too, and takes it away once decided.

So people may approve where they work anyway: they open the draft in their usual client, change it if need be, and send
it. `tasks/adopt.py` finds it in Sent.
"""

from mail.imap.session import ImapSession
from mail.smtp.compose import reply_bytes
from store.cases import get_case
from store.drafts import latest_draft
from store.messages import get_message
from store.placed import (
    Question,
    claim_placing,
    copies_of_open_questions,
    drafts_to_remove,
    mark_placed,
    mark_removed,
    note_missing,
    questions_to_place,
)
from tasks.seal import message_id_of, whole
from tasks.workplace import Workplace

ROLE = r"\Drafts"
FLAGS = (r"\Draft", r"\Seen")


def place_drafts(place: Workplace, mailbox: str) -> int:
    """Returns how many were laid. Raises MailError when the server cannot be reached or refuses."""
    box = place.mailbox(mailbox)
    if not box.place_drafts or not place.may_act(mailbox):
        return 0
    questions = questions_to_place(place.store, mailbox)
    if not questions:
        return 0
    with ImapSession(box.imap, mailbox, place.settings.limits) as session:
        folder = session.special_folder(ROLE, box.drafts)
        return sum(_place_one(place, session, folder, mailbox, question) for question in questions)


def _place_one(place: Workplace, session: ImapSession, folder: str, mailbox: str, question: Question) -> bool:
    case, draft = get_case(place.store, question.case_id), latest_draft(place.store, question.case_id)
    if draft is None or draft.shown_hash != question.shown_hash or not draft.to:
        return False
    message_id = message_id_of(place, case, draft, f"draft {question.review_id}, ")
    if not claim_placing(place.store, mailbox, question, message_id, place.settings.policy.send_seconds):
        return False
    shown = whole(place, case, draft)
    raw = reply_bytes(
        draft=shown,
        body=shown.body,
        original=get_message(place.store, case.message_id),
        message_id=message_id,
        date=place.store.clock(),
        signature=shown.signature or "",
        history=shown.history or "",
        automatic=False,
        case_id=case.id,
    )
    # a run may have died between the two
    if session.find_message_id(folder, message_id) is None:
        session.append(folder, raw, FLAGS, place.store.clock())
    mark_placed(place.store, question.review_id)
    return True


def remove_drafts(place: Workplace, mailbox: str, session: ImapSession) -> int:
    """Takes away what has been decided elsewhere, so that nobody sends it a second time. Raises MailError."""
    decided = drafts_to_remove(place.store, mailbox)
    if not decided:
        return 0
    folder = session.special_folder(ROLE, place.mailbox(mailbox).drafts)
    for draft in decided:
        uid = session.find_message_id(folder, draft.message_id)
        if uid is not None:
            session.delete(folder, uid)
        mark_removed(place.store, draft.review_id)
    return len(decided)


def look_for_drafts(place: Workplace, mailbox: str, session: ImapSession) -> int:
    """Finds the copies that somebody has deleted, or taken away to edit, so that the reviewer can be told; returns how
    many. Comes after Sent was read, where one that was sent is found. Raises MailError."""
    copies = copies_of_open_questions(place.store, mailbox)
    if not copies:
        return 0
    folder = session.special_folder(ROLE, place.mailbox(mailbox).drafts)
    absent = session.absent(folder, {copy.message_id for copy in copies})
    missing = {copy.review_id for copy in copies if copy.message_id in absent}
    note_missing(place.store, mailbox, missing)
    return len(missing)
