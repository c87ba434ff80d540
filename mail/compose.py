"""The bytes of a reply, built by hand so that equal input gives equal bytes and no value can add a header."""

import hashlib
import quopri
import re
from base64 import b64encode
from datetime import datetime
from email.utils import format_datetime
from html import escape

from mail.charsets import clean
from mail.kind import nobody_home
from mail.threads import without_prefixes
from mail.trust import domain, same_organisation
from models.draft import Draft
from models.errors import MailError
from models.message import Address, Kind, Message

MAX_REFERENCES = 20
MAX_QUOTED_LINES = 200
MAX_QUOTED_CHARS = 10_000
MAX_SUBJECT = 250
_ATTRIBUTION = {
    "en": "On {date}, {name} wrote:",
    "de": "Am {date} schrieb {name}:",
    "fr": "Le {date}, {name} a écrit :",
    "es": "El {date}, {name} escribió:",
    "nl": "Op {date} schreef {name}:",
    "it": "Il {date}, {name} ha scritto:",
    "pt": "Em {date}, {name} escreveu:",
    "pl": "W dniu {date} {name} napisał(a):",
    "sv": "Den {date} skrev {name}:",
    "da": "Den {date} skrev {name}:",
}
_ID = re.compile(r"^<[^<>\s\x00-\x1f\x7f]{1,240}>$")
_LOCAL = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$")
_DOMAIN = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_PLAIN_PHRASE = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$")
_LINE = 76


def reply_bytes(
    *, draft: Draft, body: str, original: Message, message_id: str, date: datetime, signature: str, automatic: bool
) -> bytes:
    """A complete 7-bit message (RFC 5322, CRLF): text and HTML, the original quoted below.

    `automatic` says that no person approved it: it is marked so that no machine answers (RFC 3834
    section 5), and quotes nothing, since a forged From would have us send a stranger's text to a
    third person. Raises MailError for an address or id that cannot stand in a header.
    """
    identity = _checked_id(message_id)
    text = _plain(body).rstrip()
    if signature.strip():
        text += f"\n\n-- \n{_plain(signature).strip()}"
    quoted = [] if automatic else _quoted(original)
    attribution = _attribution(original, draft.language) if quoted else ""
    fields = [
        ("From", _mailbox(draft.sender)),
        ("To", ",\r\n ".join(_mailbox(one) for one in draft.to)),
        *([("Cc", ",\r\n ".join(_mailbox(one) for one in draft.cc))] if draft.cc else []),
        ("Subject", _unstructured(draft.subject[:MAX_SUBJECT], len("Subject: "))),
        ("Date", format_datetime(date)),
        ("Message-ID", identity),
        *_thread_fields(original),
        *([("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")] if automatic else []),
        ("MIME-Version", "1.0"),
    ]
    boundary = "=_" + hashlib.sha256(identity.encode()).hexdigest()[:32]
    plain = "\n\n".join(part for part in (text, "\n".join((attribution, *_marked(quoted))) if quoted else "") if part)
    return _assembled(fields, boundary, plain + "\n", _html(text, attribution, quoted))


def reply_recipients(original: Message, own_addresses: frozenset[str]) -> tuple[Address, ...]:
    """Who gets the answer, one at most: a single Reply-To of From's organisation, else From; nobody for automatic mail.

    Own addresses never get one, whatever the headers say.
    """
    if original.kind is not Kind.HUMAN or not original.sender.address:
        return ()
    if nobody_home(original.sender) or original.sender.address in own_addresses:
        return ()
    one = _answerable(original)
    reachable = _sendable(one.address) and one.address not in own_addresses and not nobody_home(one)
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
    bare = without_prefixes(_CONTROL.sub(" ", subject))
    return f"Re: {bare}" if bare else "Re:"


def _thread_fields(original: Message) -> list[tuple[str, str]]:
    """In-Reply-To and References (RFC 5322 section 3.6.4); the first and the nearest ids stay."""
    if not _ID.match(original.message_id):
        return []
    known = original.references or ((original.in_reply_to,) if original.in_reply_to else ())
    ids = [one for one in dict.fromkeys((*known, original.message_id)) if _ID.match(one) and one.isascii()]
    if len(ids) > MAX_REFERENCES:
        ids = [ids[0], *ids[-(MAX_REFERENCES - 1) :]]
    if not original.message_id.isascii():
        return [("References", "\r\n ".join(ids))] if ids else []
    return [("In-Reply-To", original.message_id), ("References", "\r\n ".join(ids))]


def _checked_id(message_id: str) -> str:
    identity = message_id if message_id.startswith("<") else f"<{message_id}>"
    if not _ID.match(identity) or not identity.isascii():
        raise MailError(f"{message_id[:80]!r} cannot be a Message-ID: it needs the form id@host")
    return identity


def _sendable(address: str) -> bool:
    local, at, host = address.rpartition("@")
    return bool(at and _LOCAL.match(local) and _DOMAIN.match(_ascii_domain(host)))


def _ascii_domain(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _mailbox(one: Address) -> str:
    if not _sendable(one.address):
        raise MailError(f"{one.address[:80]!r} is not an address that mail can be sent to")
    local, _, host = one.address.rpartition("@")
    spec = f"<{local}@{_ascii_domain(host)}>"
    name = _CONTROL.sub(" ", clean(one.name)).strip()[:120]
    if not name:
        return spec[1:-1]
    if _PLAIN_PHRASE.match(name) and "=?" not in name:
        return f"{name} {spec}"
    if name.isascii() and "=?" not in name and len(name) <= 60:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" {spec}'
    return f"{_encoded_words(name, 10)}\r\n {spec}"


def _unstructured(value: str, used: int) -> str:
    """One header value: controls gone, folded, encoded words (RFC 2047) where it is not plain ASCII."""
    value = " ".join(_CONTROL.sub(" ", clean(value)).split())
    if not value.isascii() or "=?" in value or any(len(word) > _LINE for word in value.split(" ")):
        return _encoded_words(value, used)
    lines, line = [], " " * used
    for word in value.split(" "):
        if len(line) + len(word) + 1 > _LINE and line.strip():
            lines.append(line)
            line = ""
        line += f"{' ' if line.strip() or not line else ''}{word}"
    return "\r\n".join((*lines, line))[used:]


def _encoded_words(value: str, used: int) -> str:
    """Base64 words of at most 75 characters, never cut inside a character (RFC 2047 section 5)."""
    room = (_LINE - 12 - used) // 4 * 3
    words: list[str] = []
    pending = b""
    for character in value:
        data = character.encode("utf-8")
        if pending and len(pending) + len(data) > room:
            words.append(f"=?utf-8?B?{b64encode(pending).decode()}?=")
            pending, room = b"", 45
        pending += data
    return "\r\n ".join((*words, f"=?utf-8?B?{b64encode(pending).decode()}?="))


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return _CONTROL_IN_TEXT.sub("", clean(text).replace("\u2028", "\n").replace("\u2029", "\n"))


def _quoted(original: Message) -> list[str]:
    text = _plain(original.text)[:MAX_QUOTED_CHARS].strip()
    lines = text.split("\n")[:MAX_QUOTED_LINES] if text else []
    cut = len(original.text.strip()) > MAX_QUOTED_CHARS or text.count("\n") >= MAX_QUOTED_LINES
    return [*lines, "[...]"] if cut else lines


def _marked(lines: list[str]) -> list[str]:
    """Quote marks in front; deeper quotes join theirs without a space (RFC 3676 section 4.5)."""
    return [f">{line}" if line.startswith(">") or not line else f"> {line}" for line in lines]


def _attribution(original: Message, language: str) -> str:
    pattern = _ATTRIBUTION.get(language, _ATTRIBUTION["en"])
    name = _CONTROL.sub(" ", original.sender.name or original.sender.address).strip()[:100]
    date = original.date.strftime("%Y-%m-%d %H:%M") if original.date else ""
    return pattern.format(date=date, name=name) if date else f"{name}:"


def _html(text: str, attribution: str, quoted: list[str]) -> str:
    paragraphs = "".join(f"<p>{escape(one).replace(chr(10), '<br>')}</p>\n" for one in re.split(r"\n{2,}", text))
    history = ""
    if quoted:
        lines = "<br>\n".join(escape(line) for line in quoted)
        history = f'<p>{escape(attribution)}</p>\n<blockquote type="cite">{lines}</blockquote>\n'
    return f"<!DOCTYPE html>\n<html><body>\n{paragraphs}{history}</body></html>\n"


def _assembled(fields: list[tuple[str, str]], boundary: str, plain: str, html: str) -> bytes:
    header = [f"{name}: {value}" for name, value in fields]
    header.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"')
    parts = [_part("plain", plain), _part("html", html)]
    marked = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return ("\r\n".join(header) + f"\r\n\r\n{marked}--{boundary}--\r\n").encode("ascii")


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
