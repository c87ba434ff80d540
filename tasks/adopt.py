"""Looks whether people have answered from their mail clients, right before anything is sent.

Where drafts lie in the mailbox's own Drafts, a person may send one at the very moment that another approves it here. So
the decided drafts are taken away first, then Sent is read, and only then the outbox is served.
"""

from mail.imap.session import ImapSession
from models.errors import MailServerRefused, MailServerUnreachable
from store.placed import drafts_to_remove
from tasks.fetch import read_sent
from tasks.place_draft import look_for_drafts, remove_drafts
from tasks.progress import log
from tasks.workplace import Workplace


def look_into_sent(place: Workplace, mailbox: str) -> bool:
    """False when it cannot be told, for want of the IMAP server: then nothing may be sent."""
    box = place.mailbox(mailbox)
    if not box.place_drafts and not drafts_to_remove(place.store, mailbox):
        return True
    try:
        with ImapSession(box.imap, mailbox, place.settings.limits) as session:
            remove_drafts(place, mailbox, session)
            read_sent(place, mailbox, session)
            _look_for_drafts(place, mailbox, session)
    except (MailServerUnreachable, MailServerRefused) as error:
        log.warning("mailbox=%s step=adopting error=%s", mailbox, error)
        return False
    return True


def _look_for_drafts(place: Workplace, mailbox: str, session: ImapSession) -> None:
    """Only a hint for the reviewer hangs on it, so a refusal holds nothing up."""
    try:
        look_for_drafts(place, mailbox, session)
    except MailServerRefused as error:
        log.warning("mailbox=%s step=looking for drafts error=%s", mailbox, error)
