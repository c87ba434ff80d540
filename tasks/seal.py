"""Makes the final bytes of a reply, once; what was approved is what goes over the wire (promise A).

The Message-ID is derived from the installation, the case and the draft, so that a resend is recognisable (promise D).
"""

import uuid
from collections.abc import Sequence

from mail.kinds.loops import fingerprint
from mail.smtp.compose import reply_bytes
from mail.smtp.fields import envelope
from models.case import Case
from models.draft import Draft
from models.errors import ApprovalError
from models.review import Outgoing
from store.messages import get_message
from tasks.frame import frame
from tasks.workplace import Workplace


def seal(place: Workplace, case: Case, draft: Draft, body: str, *, automatic: bool) -> Outgoing:
    """Raises ApprovalError when there is nobody to send to or nothing to send, MailError for an impossible address."""
    if not draft.to:
        raise ApprovalError(f"case {case.id} has no address that may be answered: close it without a reply")
    if not body.strip():
        raise ApprovalError(f"the reply to case {case.id} is empty: write one, or close it without a reply")
    recipients = tuple(dict.fromkeys(envelope(person.address) for person in (*draft.to, *draft.cc)))
    refuse_own(place, case.id, recipients)
    message_id = message_id_of(place, case, draft)
    original = get_message(place.store, case.message_id)
    shown = whole(place, case, draft)
    raw = reply_bytes(
        draft=draft,
        body=body,
        original=original,
        message_id=message_id,
        date=place.store.clock(),
        signature=shown.signature or "",
        history=shown.history or "",
        automatic=automatic,
    )
    return Outgoing(
        message_id=message_id,
        envelope_from=envelope(draft.sender.address),
        recipients=recipients,
        raw=raw,
        fingerprint=fingerprint(original),
    )


def whole(place: Workplace, case: Case, draft: Draft) -> Draft:
    """The draft with what stands below it, as it was shown."""
    if draft.signature is not None and draft.history is not None:
        return draft
    return frame(place, case.mailbox, case.conversation_id, case.message_id, draft)


def refuse_own(place: Workplace, case_id: int, recipients: Sequence[str]) -> None:
    """Raises ApprovalError when a reply would go to one of our own addresses, with or without a `+tag`."""
    own = place.settings.own_addresses
    for recipient in recipients:
        local, _, host = recipient.lower().partition("@")
        if not own.isdisjoint({recipient.lower(), f"{local.partition('+')[0]}@{host}"}):
            raise ApprovalError(f"the reply to case {case_id} would go to {recipient}, which is our own address")


def message_id_of(place: Workplace, case: Case, draft: Draft, role: str = "") -> str:
    """`role` tells a copy in Drafts from the reply itself."""
    name = uuid.uuid5(uuid.UUID(place.store.instance), f"{role}{case.id}:{draft.shown_hash}")
    return f"<{name}@{envelope(draft.sender.address).partition('@')[2]}>"
