"""Clears up after deliveries that ended in the middle.

A claim whose run died before the SMTP transaction is queued again. One that may have been delivered is looked for in
Sent by its Message-ID; if it is not there, a person is asked. Replies that are sent but not yet filed get their copy.
"""

from collections.abc import Sequence

from mail.imap.session import ImapSession
from models.errors import MailError, MailServerRefused, MailServerUnreachable
from models.outbox import OutboxItem, OutboxState, RecipientState
from store.messages import original_of
from store.outbox import claim_filing, find_outbox, find_unfiled, mark_filed, recover_claims
from store.unknown import ask_whether_sent, found_in_sent
from tasks.progress import log
from tasks.workplace import Workplace


def reconcile(place: Workplace, mailbox: str) -> int:
    """Returns how many unfinished deliveries were settled; with IMAP down they wait, since sending needs only SMTP."""
    recover_claims(place.store, mailbox)
    unknown = find_outbox(place.store, mailbox, OutboxState.UNKNOWN)
    unfiled = find_unfiled(place.store, mailbox)
    if not unknown and not unfiled:
        return 0
    try:
        return _settle(place, mailbox, unknown, unfiled)
    except (MailServerUnreachable, MailServerRefused) as error:
        log.warning("mailbox=%s step=reconciling error=%s", mailbox, error)
        return 0


def _settle(place: Workplace, mailbox: str, unknown: Sequence[OutboxItem], unfiled: Sequence[OutboxItem]) -> int:
    box = place.mailbox(mailbox)
    settled = 0
    with ImapSession(box.imap, mailbox, place.settings.limits) as session:
        sent = session.sent_folder(box.sent)
        for item in unknown:
            if _proves(item) and session.find_message_id(sent, item.message_id) is not None:
                found_in_sent(place.store, item)
            else:
                ask_whether_sent(place.store, item)
            settled += 1
        for item in unfiled:
            try:
                settled += _file(place, session, item, sent)
            except MailServerRefused as error:  # a full Sent folder: a later run tries again
                log.warning("mailbox=%s case=%d step=filing error=%s", mailbox, item.case_id, error)
    return settled


def _proves(item: OutboxItem) -> bool:
    """A copy in Sent tells of this attempt only when no earlier one has put it there. One in Drafts tells nothing."""
    return not item.filed and not item.those(RecipientState.ACCEPTED)


def _file(place: Workplace, session: ImapSession, item: OutboxItem, sent: str) -> bool:
    """One copy in Sent, whoever put it there, and \\Answered on the original; False when another run is at it."""
    box = place.mailbox(item.mailbox)
    if not claim_filing(place.store, item.id, place.settings.policy.send_seconds):
        return False
    if not box.files_sent_itself and session.find_message_id(sent, item.message_id) is None:
        session.append_sent(sent, item.raw, place.store.clock())
    original = original_of(place.store, item.case_id)
    try:
        if session.select(original.folder).uidvalidity == original.uidvalidity:
            session.answered(original.folder, [original.uid])
    except MailError as error:  # a flag is a courtesy: without it the copy in Sent still stands
        log.warning("mailbox=%s case=%d step=answered error=%s", item.mailbox, item.case_id, error)
    mark_filed(place.store, item.id)
    return True
