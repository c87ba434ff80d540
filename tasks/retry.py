"""Reads a quarantined mail again, whole, from its server: after a setting was raised or a bug was mended."""

from mail.imap.session import ImapSession
from mail.reading import read_message
from models.case import Stage
from models.errors import ApprovalError, MailError
from store.cases import get_case
from store.messages import original_of
from store.quarantine import release_mail
from tasks.workplace import Workplace


def retry(place: Workplace, case_id: int) -> None:
    """Puts the mail back at the start of the road. Raises UnreadableMessage when it still cannot be read, MailError."""
    case = get_case(place.store, case_id)
    if case.stage is not Stage.QUARANTINED:
        raise ApprovalError(f"case {case_id} is not in quarantine, it is {case.stage}")
    original = original_of(place.store, case_id)
    with ImapSession(place.mailbox(case.mailbox).imap, case.mailbox, place.settings.limits) as session:
        if session.select(original.folder, readonly=True).uidvalidity != original.uidvalidity:
            raise MailError(f"the server has renumbered {original.folder}: run `mailstage run {case.mailbox}` first")
        batches = session.fetch_since(original.folder, original.uid - 1, batch=1)
        first = next(batches, [])
    if not first or first[0].uid != original.uid:
        raise MailError(f"the mail of case {case_id} is no longer on the server: close it with `mailstage approve`")
    message = read_message(first[0].raw, place.settings.limits)
    release_mail(place.store, case, message, first[0].raw)
