"""Header values to text: encoded words (RFC 2047), parameters (RFC 2231), message ids and dates (RFC 5322)."""

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from mail.charsets import clean, decode

MAX_VALUE = 100_000
"""Bytes of one header value that are looked at."""
MAX_IDS = 200
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,60})(?:\*[A-Za-z0-9-]*)?\?([bBqQ])\?([^?]*)\?=")
_GAP = re.compile(r"(\?=)[ \t\n]+(?==\?[^?\s]{1,80}\?[bBqQ]\?)")
_SPACE = re.compile(r"[\x00-\x20\x7f\x85\xa0\u2028\u2029]+")
_ID = re.compile(r"<([^<>]{1,996})>")
_PARAM = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_SECTION = re.compile(r"^([^*]+)(?:\*(\d{1,3}))?(\*)?$")


def header_text(value: bytes) -> str:
    """One line of readable text: unfolded, decoded, free of control characters."""
    return _SPACE.sub(" ", decode_words(raw_text(value))).strip()


def raw_text(value: bytes) -> str:
    """The value as text, encoded words still in place."""
    return decode(value[:MAX_VALUE])[0]


def decode_words(text: str) -> str:
    """Replaces encoded words; those that touch are joined first, since some mailers cut inside a character."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[tuple[str, bytes]] = []
    end = 0
    text = _GAP.sub(r"\1", text)
    for word in _WORD.finditer(text):
        if word.start() > end or (pending and pending[-1][0] != word[1].lower()):
            out += (_flush(pending), text[end : word.start()])
        pending.append((word[1].lower(), _word_bytes(word[2], word[3])))
        end = word.end()
    return clean("".join((*out, _flush(pending), text[end:])))


def _flush(pending: list[tuple[str, bytes]]) -> str:
    if not pending:
        return ""
    text = decode(b"".join(data for _, data in pending), pending[0][0])[0]
    pending.clear()
    return text


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "), header=False)
    digits = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def content_header(value: bytes) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=utf-8` to `("text/plain", {"charset": "utf-8"})`, names in lower case."""
    if not value:
        return "", {}
    text = raw_text(value).replace("\n", " ")
    main, semicolon, _ = text.partition(";")
    if not semicolon:
        return main.strip().lower(), {}
    return main.strip().lower(), _parameters(text[len(main) :])


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in _PARAM.findall(text):
        found = _SECTION.match(name.lower())
        if not found:
            continue
        if found[2] is None and found[3] is None:
            plain.setdefault(found[1], decode_words(_unquoted(value)))
        else:
            sections.setdefault(found[1], []).append((int(found[2] or 0), bool(found[3]), _unquoted(value)))
    return plain | {name: _joined(parts) for name, parts in sections.items()}


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
    return value


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """Continuations in order of their number; the charset stands in the first (RFC 2231 section 4.1)."""
    parts.sort(key=lambda part: part[0])
    charset, data = "", b""
    for number, encoded, value in parts:
        if encoded and number == parts[0][0] and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return _SPACE.sub(" ", decode(data, charset)[0])


def message_ids(value: bytes) -> tuple[str, ...]:
    """Every `<id>` in order, once each, angle brackets kept; the last MAX_IDS when there are more."""
    found = (f"<{_SPACE.sub('', inner)}>" for inner in _ID.findall(raw_text(value)))
    return tuple(dict.fromkeys(one for one in found if len(one) > 2))[-MAX_IDS:]


def message_id(value: bytes) -> tuple[str, str]:
    """The Message-ID with its brackets, and a defect when brackets had to be added."""
    if ids := message_ids(value):
        return ids[0], ""
    bare = re.sub(r"[\s<>\x00-\x1f]", "", raw_text(value))[:996]
    return (f"<{bare}>", "Message-ID without angle brackets") if bare else ("", "")


def header_date(value: bytes) -> datetime | None:
    """RFC 5322 section 3.3 date, aware; None when it is none or lies outside 1970 to 2100."""
    try:
        date = parsedate_to_datetime(raw_text(value[:200]).replace("\n", " "))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not 1970 <= date.year <= 2100:
        return None
    # "-0000" means UTC of unknown origin (RFC 5322 section 3.3)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
