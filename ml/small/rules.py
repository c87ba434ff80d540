"""Mail that no model need look at: automatic mail, our own mail, mail without content. One reason, or none."""

from models.message import Kind, Message

_REASONS: dict[Kind, str] = {
    Kind.AUTO_REPLY: "an automatic reply",
    Kind.BOUNCE: "a delivery report",
    Kind.FEEDBACK_REPORT: "a complaint about our mail",
    Kind.LIST: "a mailing list's mail",
    Kind.BULK: "a bulk mailing",
    Kind.NOTIFICATION: "an automatic notification",
    Kind.CALENDAR: "a calendar notice",
}


def by_rule(message: Message, own_addresses: frozenset[str]) -> str | None:
    """Why this is not a customer's mail, as a sentence; None when it may be one. `own_addresses` are lower case."""
    if message.sender.address.lower() in own_addresses:
        return "it comes from one of our own addresses"
    if message.kind in _REASONS:
        detail = f" ({message.kind_reason})" if message.kind_reason else ""
        return f"it is {_REASONS[message.kind]}{detail}"
    if not (message.subject.strip() or message.text.strip() or message.reply_text.strip() or message.attachments):
        return "it has no subject, no text and no attachment"
    return None
