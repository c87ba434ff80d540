"""Makes the final bytes of a reply, once; what was approved is what goes over the wire (promise A).

The Message-ID is derived from the installation, the case and the draft, so that a resend is recognisable (promise D).
"""

import uuid

from mail.compose import reply_bytes
from models.case import Case
from models.draft import Draft
from models.errors import ApprovalError
from models.review import Outgoing
from store.messages import get_message
from tasks.workplace import Workplace


def seal(place: Workplace, case: Case, draft: Draft, body: str, *, automatic: bool) -> Outgoing:
    """Raises ApprovalError when there is nobody to send to or nothing to send."""
    if not draft.to:
        raise ApprovalError(f"case {case.id} has no address that may be answered: close it without a reply")
    if not body.strip():
        raise ApprovalError(f"the reply to case {case.id} is empty: write one, or close it without a reply")
    message_id = message_id_of(place, case, draft)
    box = place.mailbox(case.mailbox)
    raw = reply_bytes(
        draft=draft,
        body=body,
        original=get_message(place.store, case.message_id),
        message_id=message_id,
        date=place.store.clock(),
        signature=box.signature.get(draft.language, box.team),
        automatic=automatic,
    )
    recipients = tuple(person.address for person in (*draft.to, *draft.cc))
    return Outgoing(message_id=message_id, envelope_from=draft.sender.address, recipients=recipients, raw=raw)


def message_id_of(place: Workplace, case: Case, draft: Draft) -> str:
    name = uuid.uuid5(uuid.UUID(place.store.instance), f"{case.id}:{draft.shown_hash}")
    return f"<{name}@{draft.sender.address.partition('@')[2]}>"
