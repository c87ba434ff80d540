"""The bytes of a reply, built by hand so that equal input gives equal bytes and no value can add a header."""

import hashlib
import quopri
import re
from base64 import b64encode
from datetime import datetime
from email.utils import format_datetime
from html import escape

from mail.kinds.answering import may_be_answered
from mail.kinds.loops import LOOP_FIELD
from mail.kinds.senders import nobody_home
from mail.smtp.fields import checked_id, is_id, line, mailbox, sendable, unstructured
from mail.smtp.history import history_html, plain
from mail.threads import without_prefixes
from mail.trust.domains import domain, same_organisation
from models.draft import Draft
from models.message import Address, Message

MAX_REFERENCES = 20
MAX_SUBJECT = 250
CASE_FIELD = "X-Mailstage-Case"


def reply_bytes(
    *,
    draft: Draft,
    body: str,
    original: Message,
    message_id: str,
    date: datetime,
    signature: str,
    history: str = "",
    automatic: bool,
    case_id: int | None = None,
) -> bytes:
    """A complete message (RFC 5322, CRLF): text and HTML, `history` quoted below as `mail/smtp/history.py` made it.

    It is 7-bit, but for the header of one to an address beyond ASCII (RFC 6532). `automatic` says that no person
    approved it: it is marked so that no machine answers (RFC 3834 section 5), and quotes nothing, since a forged From
    would have us send a stranger's text to a third person. `case_id` stands in a draft that a person may send from a
    mail client. Raises MailError for an address or id that cannot stand in a header.
    """
    identity = checked_id(message_id)
    text = plain(body).rstrip()
    if signature.strip():
        text += f"\n\n-- \n{plain(signature).strip()}"
    quoted = "" if automatic else plain(history).strip()
    fields = [
        ("From", mailbox(draft.sender)),
        ("To", ",\r\n ".join(mailbox(one) for one in draft.to)),
        *([("Cc", ",\r\n ".join(mailbox(one) for one in draft.cc))] if draft.cc else []),
        ("Subject", unstructured(draft.subject[:MAX_SUBJECT], len("Subject: "))),
        ("Date", format_datetime(date)),
        ("Message-ID", identity),
        *_thread_fields(original),
        *([("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")] if automatic else []),
        (LOOP_FIELD, mailbox(Address(address=draft.sender.address))),
        *([(CASE_FIELD, str(case_id))] if case_id is not None else []),
        ("MIME-Version", "1.0"),
    ]
    boundary = "=_" + hashlib.sha256(identity.encode()).hexdigest()[:32]
    whole = "\n\n".join(part for part in (text, quoted) if part)
    return _assembled(fields, boundary, whole + "\n", _html(text, quoted))


def reply_recipients(original: Message, own_addresses: frozenset[str]) -> tuple[Address, ...]:
    """Who gets the answer, one at most: a single Reply-To of From's organisation, else From; nobody for automatic mail.

    Own addresses never get one, whatever the headers say.
    """
    if not may_be_answered(original, own_addresses):
        return ()
    one = _answerable(original)
    reachable = sendable(one.address) and one.address not in own_addresses and not nobody_home(one)
    return (one,) if reachable else ()


def _answerable(original: Message) -> Address:
    """From, or the one Reply-To that its own organisation set."""
    named = {one.address: one for one in original.reply_to}
    if len(named) != 1:
        return original.sender
    (one,) = named.values()
    return one if same_organisation(domain(one.address), domain(original.sender.address)) else original.sender


def reply_subject(subject: str) -> str:
    """`Re: ` once in front, whatever reply marks of whatever language stood there."""
    bare = without_prefixes(line(subject))
    return f"Re: {bare}" if bare else "Re:"


def _thread_fields(original: Message) -> list[tuple[str, str]]:
    """In-Reply-To and References (RFC 5322 section 3.6.4), an id a line; the first and the nearest ids stay."""
    known = original.references or ((original.in_reply_to,) if original.in_reply_to else ())
    if not original.message_id:
        return []
    ids = [one for one in dict.fromkeys((*known, original.message_id)) if is_id(one)]
    if len(ids) > MAX_REFERENCES:
        ids = [ids[0], *ids[-(MAX_REFERENCES - 1) :]]
    answered = [("In-Reply-To", original.message_id)] if is_id(original.message_id) else []
    return [*answered, *([("References", "\r\n ".join(ids))] if ids else [])]


def _html(text: str, quoted: str) -> str:
    paragraphs = "".join(f"<p>{escape(one).replace(chr(10), '<br>')}</p>\n" for one in re.split(r"\n{2,}", text))
    history = f"<div>\n{history_html(quoted)}\n</div>\n" if quoted else ""
    return f"<!DOCTYPE html>\n<html><body>\n{paragraphs}{history}</body></html>\n"


def _assembled(fields: list[tuple[str, str]], boundary: str, text: str, html: str) -> bytes:
    header = [f"{name}: {value}" for name, value in fields]
    header.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"')
    parts = [_part("plain", text), _part("html", html)]
    marked = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return ("\r\n".join(header) + f"\r\n\r\n{marked}--{boundary}--\r\n").encode()


def _part(subtype: str, text: str) -> str:
    """Quoted-printable for mostly ASCII text, else base64: whichever is shorter, always 7 bit."""
    data = text.encode("utf-8")
    printable = quopri.encodestring(data, quotetabs=False).replace(b"\n", b"\r\n")
    # a line that begins with "From " is changed by old mailbox formats
    printable = re.sub(rb"(?m)^From ", b"=46rom ", printable)
    encoding, encoded = "quoted-printable", printable
    if len(printable) > len(data) * 4 / 3 + 100:
        digits = b64encode(data.replace(b"\n", b"\r\n"))
        encoding, encoded = "base64", b"\r\n".join(digits[at : at + 76] for at in range(0, len(digits), 76)) + b"\r\n"
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        + encoded.decode("ascii")
    )
