"""Header fields that no value can break out of: every control character is gone before anything is put together.

Names and subjects are repaired (they are only shown); addresses and Message-IDs are refused, since a repaired one is
somebody else's.
"""

import re
from base64 import b64encode

from mail.mime.charsets import clean
from models.errors import MailError
from models.message import Address

MAX_NAME = 120
# matched whole, never with `$`, which lets a line feed stand behind the value
_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,240}>")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LINE = 76


def is_id(message_id: str) -> bool:
    return bool(_ID.fullmatch(message_id)) and message_id.isascii()


def checked_id(message_id: str) -> str:
    """The id in angle brackets. Raises MailError for one that would not survive the way."""
    identity = message_id if message_id.startswith("<") else f"<{message_id}>"
    if not is_id(identity):
        raise MailError(f"{message_id[:80]!r} cannot be a Message-ID: it needs the form id@host")
    return identity


def sendable(address: str) -> bool:
    """Whether mail can be sent there; a local part beyond ASCII also needs a server with SMTPUTF8 (RFC 6531)."""
    local, at, host = address.rpartition("@")
    return bool(at and _good_local(local) and _DOMAIN.fullmatch(_ascii_domain(host)))


def _good_local(local: str) -> bool:
    """An atom (RFC 5322 section 3.2.3), with letters and digits of any script (RFC 6531 section 3.3)."""
    folded = "".join("x" if not c.isascii() and c.isalnum() else c for c in local)
    return bool(_LOCAL.fullmatch(folded)) and len(local.encode()) <= 64


def _ascii_domain(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def envelope(address: str) -> str:
    """The address as SMTP and headers bear it, its domain in ASCII (RFC 5890). Raises MailError."""
    if not sendable(address):
        raise MailError(f"{address[:80]!r} is not an address that mail can be sent to")
    local, _, host = address.rpartition("@")
    return f"{local}@{_ascii_domain(host)}"


def mailbox(one: Address) -> str:
    """Name and address (RFC 5322 section 3.4). Raises MailError."""
    spec = envelope(one.address)
    name = line(one.name)[:MAX_NAME].strip()
    if not name:
        return spec
    if _PLAIN_PHRASE.fullmatch(name) and "=?" not in name:
        return f"{name} <{spec}>"
    if name.isascii() and "=?" not in name and len(name) <= 60:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{spec}>'
    return f"{_encoded_words(name, 10)}\r\n <{spec}>"


def line(value: str) -> str:
    """One line of text: every control character and run of blanks is a blank."""
    return " ".join(_CONTROL.sub(" ", clean(value)).split())


def unstructured(value: str, used: int) -> str:
    """One header value after `used` columns: folded, and in encoded words where it is not plain ASCII."""
    value = line(value)
    if not value.isascii() or "=?" in value or any(len(word) > _LINE for word in value.split(" ")):
        return _encoded_words(value, used)
    lines, current = [], " " * used
    for word in value.split(" "):
        if len(current) + len(word) + 1 > _LINE and current.strip():
            lines.append(current)
            current = ""
        current += f"{' ' if current.strip() or not current else ''}{word}"
    return "\r\n".join((*lines, current))[used:]


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
