"""Finds out whether a bounce tells of a reply of ours that reached somebody not: a customer waits, and nobody knows it.

Only the Message-ID of a reply that really left counts, and only its own recipients: a forged bounce tells us nothing.
"""

from models.message import BounceRecipient, Kind
from store.cases import Work
from store.returned import recipients_of
from tasks.workplace import Workplace


def came_back(place: Workplace, work: Work) -> str:
    """What a person must know of it, as a sentence; empty for any other mail, and while the server still tries."""
    message = work.message
    if message.kind is not Kind.BOUNCE or message.bounce is None:
        return ""
    ours = recipients_of(place.store, work.case.mailbox, message.bounce.original_message_id)
    lost = [one for one in message.bounce.recipients if one.permanent and one.address.lower() in ours]
    return f"our reply did not reach {'; '.join(map(_who, lost))}" if lost else ""


def _who(one: BounceRecipient) -> str:
    codes = " ".join(code for code in (one.reply_code, one.status) if code)
    return f"{one.address} ({codes})" if codes else one.address
