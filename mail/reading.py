"""The one front door: raw bytes to `Message`. Whatever arrives, it answers with a record or UnreadableMessage."""

from dataclasses import dataclass

from mail.addresses import parse_addresses
from mail.bounce import read_bounce
from mail.content import read_content
from mail.headers import header_date, header_text, message_id, message_ids
from mail.kind import classify
from mail.language import language_of
from mail.mime import Part, parse
from mail.quoting import split_reply
from mail.trust import judge_sender
from models.errors import UnreadableMessage
from models.message import Address, Kind, Message
from models.settings import Limits

TRUNCATED_HEADER = b"X-Mailstage-Truncated:"
"""Put in front of a message that was too large to fetch whole, with its size in bytes."""
UNFETCHED_HEADER = b"X-Mailstage-Unfetched:"
"""Stands alone for a message that the server could not deliver, with the reason."""
MAX_SUBJECT = 1_000
MAX_DEFECTS = 20
_ONCE = ("from", "subject", "date", "message-id", "to", "reply-to", "in-reply-to", "references")
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The header fields of a message, read."""

    message_id: str
    sender: Address
    reply_to: tuple[Address, ...]
    subject: str
    defects: list[str]


def read_message(raw: bytes, limits: Limits = _DEFAULT_LIMITS) -> Message:
    """Parses one mail. Raises UnreadableMessage alone: too large, too many parts, or no mail at all."""
    _refuse_hopeless(raw, limits)
    root, defects = parse(raw, limits.parts)
    head = _envelope(root)
    content = read_content(root, limits)
    reply = split_reply(content.text)
    verdict = classify(root, head.sender, head.subject, content.text)
    return Message(
        message_id=head.message_id,
        in_reply_to=next(iter(message_ids(root.first("in-reply-to"))), ""),
        references=message_ids(root.first("references")),
        sender=head.sender,
        reply_to=head.reply_to,
        to=_people(root, "to"),
        cc=_people(root, "cc"),
        subject=head.subject,
        date=header_date(root.first("date")),
        text=content.text,
        reply_text=reply.new,
        html=content.html,
        attachments=content.attachments,
        language=language_of(reply.new),
        kind=verdict.kind,
        kind_reason=verdict.reason,
        bounce=read_bounce(root, content.text) if verdict.kind is Kind.BOUNCE else None,
        trust=judge_sender(root, head.sender, head.reply_to, _from_count(root), content.hidden_text),
        hidden_text=content.hidden_text,
        defects=tuple(dict.fromkeys((*defects, *head.defects, *content.defects)))[:MAX_DEFECTS],
    )


def _refuse_hopeless(raw: bytes, limits: Limits) -> None:
    if not raw.strip(b"\r\n\t \0"):
        raise UnreadableMessage("the message is empty")
    if raw.startswith(TRUNCATED_HEADER):
        size = (
            raw[len(TRUNCATED_HEADER) : len(TRUNCATED_HEADER) + 20].split(b"\n")[0].strip().decode("ascii", "replace")
        )
        raise UnreadableMessage(
            f"the message has {size} bytes, too many to fetch: raise limits.message_bytes to read it"
        )
    if raw.startswith(UNFETCHED_HEADER):
        reason = raw[len(UNFETCHED_HEADER) : 500].split(b"\r\n")[0].strip().decode("utf-8", "replace")
        raise UnreadableMessage(f"the mail server did not deliver the message: {reason}")
    if len(raw) > limits.message_bytes:
        raise UnreadableMessage(
            f"the message has {len(raw)} bytes: raise limits.message_bytes (now {limits.message_bytes}) to read it"
        )


def _envelope(root: Part) -> _Envelope:
    defects = _header_defects(root)
    identity, defect = message_id(root.first("message-id"))
    senders = parse_addresses(root.first("from"))
    sender = next((one for one in senders if one.address), senders[0] if senders else Address())
    if not sender.address and (fallback := parse_addresses(root.first("sender"))):
        sender = fallback[0]
    subject = header_text(root.first("subject"))[:MAX_SUBJECT]
    if defect:
        defects.append(defect)
    return _Envelope(identity, sender, _people(root, "reply-to"), subject, defects)


def _header_defects(root: Part) -> list[str]:
    defects: list[str] = []
    names = [name for name, _ in root.fields]
    defects += [f"more than one {name.title()}; the first was taken" for name in _ONCE if names.count(name) > 1]
    if "message-id" not in names:
        defects.append("no Message-ID")
    if "from" not in names:
        defects.append("no From")
    if "date" not in names:
        defects.append("no Date")
    elif header_date(root.first("date")) is None:
        defects.append("Date cannot be read")
    return defects


def _from_count(root: Part) -> int:
    """How many senders From names: by fields or by addresses, whichever are more."""
    return max(len(root.all("from")), len({one.address for one in _people(root, "from")}))


def _people(root: Part, name: str) -> tuple[Address, ...]:
    """All mailboxes of a field, also when it stands there more than once."""
    found = (one for value in root.all(name)[:10] for one in parse_addresses(value))
    return tuple(one for one in found if one.address)
