"""The one front door: raw bytes to `Message`. Whatever arrives, it answers with a record or UnreadableMessage."""

from dataclasses import dataclass
from datetime import datetime

from mail.kinds.bounce import read_bounce
from mail.kinds.kind import classify
from mail.mime.addresses import parse_addresses
from mail.mime.content import read_content
from mail.mime.dates import read_date
from mail.mime.headers import header_text, message_id, message_ids
from mail.mime.parsing import parse
from mail.mime.part import Part
from mail.text.language import language_of
from mail.text.quoting import split_reply
from mail.threads import is_forward
from mail.trust.judging import NOBODY, Claim, Receiver, judge_sender
from models.errors import UnreadableMessage
from models.message import Address, Kind, Message, SenderTrust
from models.settings import Limits

TRUNCATED_HEADER = b"X-Mailstage-Truncated:"
"""Put in front of a message that was too large to fetch whole, with its size in bytes."""
UNFETCHED_HEADER = b"X-Mailstage-Unfetched:"
"""Stands alone for a message that the server could not deliver, with the reason."""
MAX_SUBJECT = 1_000
MAX_DEFECTS = 20
MAX_REPEATED = 10
"""Fields of one name whose addresses are read."""
_ONCE = ("from", "subject", "date", "message-id", "to", "reply-to", "in-reply-to", "references")
_REPORTS = (Kind.BOUNCE, Kind.FEEDBACK_REPORT)
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The header fields of a message, read."""

    message_id: str
    senders: tuple[Address, ...]
    sender: Address
    reply_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    defects: list[str]


def read_message(raw: bytes, limits: Limits = _DEFAULT_LIMITS, receiver: Receiver = NOBODY) -> Message:
    """Parses one mail, judged as `receiver` sees it. Raises UnreadableMessage alone: beyond the limits, or no mail."""
    _refuse_hopeless(raw, limits)
    root, defects = parse(raw, limits)
    head = _envelope(root)
    content = read_content(root, limits)
    reply = split_reply(content.text, forwards=is_forward(head.subject))
    language, sure = language_of(reply.new)
    verdict = classify(root, head.sender, head.subject, content.text)
    claim = Claim(head.sender, head.reply_to, _from_count(root, head))
    return Message(
        message_id=head.message_id,
        in_reply_to=next(iter(message_ids(root.first("in-reply-to"))), ""),
        references=message_ids(root.first("references")),
        sender=head.sender,
        reply_to=head.reply_to,
        to=_people(root, "to"),
        cc=_people(root, "cc"),
        subject=head.subject,
        date=head.date,
        text=content.text,
        reply_text=reply.new,
        forwarded=reply.forwarded,
        html=content.html,
        attachments=content.attachments,
        language=language,
        language_probability=sure,
        kind=verdict.kind,
        kind_reason=verdict.reason,
        bounce=read_bounce(root, content.text) if verdict.kind in _REPORTS else None,
        trust=_with_warnings(judge_sender(root, claim, raw, receiver), content.warnings),
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
    identity, odd_id = message_id(root.first("message-id"))
    date, odd_date = read_date(root.first("date"))
    senders = _people(root, "from")
    sender = senders[0] if senders else next(iter(parse_addresses(root.first("from"))), Address())
    if not sender.address and (fallback := _people(root, "sender")):
        sender = fallback[0]
    return _Envelope(
        message_id=identity,
        senders=senders,
        sender=sender,
        reply_to=_people(root, "reply-to"),
        subject=header_text(root.first("subject"))[:MAX_SUBJECT],
        date=date,
        defects=_header_defects(root, odd_id, odd_date),
    )


def _header_defects(root: Part, odd_id: str, odd_date: str) -> list[str]:
    defects: list[str] = []
    if len(root.fields) > len(root.index):
        names = [name for name, _ in root.fields]
        repeated = [name for name in _ONCE if names.count(name) > 1]
        defects += [f"more than one {name.title()}; the first was taken" for name in repeated]
    if not root.first("message-id"):
        defects.append("no Message-ID")
    if "from" not in root.index:
        defects.append("no From")
    if "date" not in root.index:
        defects.append("no Date")
    elif odd_date:
        defects.append(odd_date)
    return [*defects, odd_id] if odd_id else defects


def _from_count(root: Part, head: _Envelope) -> int:
    """How many senders From names: by fields or by addresses, whichever are more."""
    return max(len(root.all("from")), len({one.address for one in head.senders}))


def _with_warnings(trust: SenderTrust, warnings: tuple[str, ...]) -> SenderTrust:
    if not warnings:
        return trust
    return trust.model_copy(update={"warnings": tuple(dict.fromkeys((*trust.warnings, *warnings)))})


def _people(root: Part, name: str) -> tuple[Address, ...]:
    """All mailboxes of a field, also when it stands there more than once."""
    if name not in root.index:
        return ()
    found = (one for value in root.all(name)[:MAX_REPEATED] for one in parse_addresses(value))
    return tuple(one for one in found if one.address)
