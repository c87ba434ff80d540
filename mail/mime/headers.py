"""Header values to text: encoded words (RFC 2047), parameters (RFC 2231), message ids (RFC 5322)."""

import binascii
import re
from urllib.parse import unquote_to_bytes

from mail.mime.charsets import clean, decode

MAX_VALUE = 100_000
"""Bytes of one header value that are looked at."""
MAX_IDS = 200
MAX_WORDS = 2_000
"""Encoded words of one value that are decoded."""
# a payload may hold what it should not: blanks, question marks (in Q), or no end
_WORD = re.compile(
    r"=\?([A-Za-z0-9_.:+-]{1,60})(?:\*[A-Za-z0-9-]*)?\?(?:([bB])\?([^?]*)(?:\?=|\??\Z)|([qQ])\?(.*?)(?:\?=|\Z))",
    re.DOTALL,
)
_GAP = re.compile(r"(\?=)[ \t\n]+(?==\?[^?\s]{1,80}\?[bBqQ]\?)")
_CONTROL = re.compile(r"[\x00-\x20\x7f\x85\xa0\u2028\u2029]+")
_ODD_SPACE = re.compile(r"[\x00-\x1f\x7f\x85\xa0\u2028\u2029]|  ")
_ID = re.compile(r"<([^<>]{1,996})>")
_PARAM = re.compile(r"[;\s]\s*([^\s=;\"]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_SIMPLE_CONTENT = re.compile(rb'([A-Za-z0-9/.+-]+)(?:;\s*([a-zA-Z]+)=(?:"([^"\\\n]*)"|([A-Za-z0-9_.=-]+))\s*)?;?\s*')
_BLANKS = re.compile(r"\s{3,}")
_TYPE = re.compile(r"[^\s;,]*")
_SECTION = re.compile(r"^([^*]+)(?:\*(\d{1,3}))?(\*)?$")
_BARE_2231 = re.compile(r"^[A-Za-z0-9_-]{3,40}'[A-Za-z-]{0,20}'(?=.*%[0-9A-Fa-f]{2})")
_NAMES = frozenset({"name", "filename"})


def header_text(value: bytes) -> str:
    """One line of readable text: unfolded, decoded, free of control characters."""
    return one_line(decode_words(raw_text(value))) if value else ""


def raw_text(value: bytes) -> str:
    """The value as text, encoded words still in place."""
    if len(value) <= MAX_VALUE and value.isascii() and b"\0" not in value:
        return value.decode("ascii")
    return decode(value[:MAX_VALUE])[0]


def one_line(text: str) -> str:
    """`text` with single blanks in place of all white space and control characters."""
    return _CONTROL.sub(" ", text).strip() if _ODD_SPACE.search(text) else text.strip()


def decode_words(text: str) -> str:
    """Replaces encoded words; those that touch are joined first, since some mailers cut inside a character."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[tuple[str, bytes]] = []
    end = 0
    text = _GAP.sub(r"\1", text)
    for number, word in enumerate(_WORD.finditer(text)):
        if number == MAX_WORDS:
            break
        if word.start() > end or (pending and pending[-1][0] != word[1].lower()):
            out += (_flush(pending), text[end : word.start()])
        pending.append((word[1].lower(), _from_base64(word[3]) if word[2] else _from_q(word[5])))
        end = word.end()
    return clean("".join((*out, _flush(pending), text[end:])))


def _flush(pending: list[tuple[str, bytes]]) -> str:
    if not pending:
        return ""
    text = decode(b"".join(data for _, data in pending), pending[0][0], quick=True)[0]
    pending.clear()
    return text.replace("\ufeff", "")  # each word in UTF-16 brings its own byte order mark


def _from_q(payload: str) -> bytes:
    return binascii.a2b_qp(payload.replace("\n", "").replace("_", " ").encode("utf-8", "replace"), header=False)


def _from_base64(payload: str) -> bytes:
    """Padding may stand inside, where two words were joined to one."""
    out = b""
    for piece in payload.rstrip("=").split("="):
        digits = re.sub(rb"[^A-Za-z0-9+/]", b"", piece.encode("ascii", "ignore"))
        digits = digits[:-1] if len(digits) % 4 == 1 else digits
        out += binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    return out


def content_header(value: bytes) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=utf-8` to `("text/plain", {"charset": "utf-8"})`, names in lower case."""
    if not value:
        return "", {}
    if simple := _SIMPLE_CONTENT.fullmatch(value):
        kind, name = simple[1].decode("ascii").lower(), (simple[2] or b"").decode("ascii").lower()
        if not name:
            return kind, {}
        text = raw_text(simple[3] or simple[4] or b"")
        return kind, {name: one_line(_decoded_value(text)) if name in _NAMES else text.strip()}
    # long runs of blanks would have the pattern of parameters try each of them
    text = _BLANKS.sub("  ", without_comments(raw_text(value))).strip("\n\t ;")
    main = _TYPE.match(text)
    kind = main[0] if main and "=" not in main[0] else ""
    return kind.strip('"').lower(), _parameters(f";{text[len(kind) :]}")


def without_comments(text: str) -> str:
    """`text` with a blank in place of every comment outside quotes (RFC 5322 section 3.2.2); nesting is counted."""
    if "(" not in text:
        return text
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped or character == "\\":
            escaped = not escaped
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted and (depth or not out or out[-1] in " \t;"):
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            continue
        if not depth:
            out.append(character)
    # one that never closes is no comment
    return text if depth else "".join(out)


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in _PARAM.findall(text):
        found = _SECTION.match(name.lower())
        if not found:
            continue
        if found[2] is None and found[3] is None:
            plain.setdefault(found[1], _plain_value(found[1], value))
        else:
            sections.setdefault(found[1], []).append((int(found[2] or 0), bool(found[3]), _unquoted(value)))
    return plain | {name: _joined(parts) for name, parts in sections.items()}


def _plain_value(name: str, value: str) -> str:
    """Encoded words, or a value as in RFC 2231 under a name without its star: neither belongs here, both are common."""
    text = _unquoted(value)
    if name not in _NAMES and not value.startswith('"'):
        text = text.split(" ", 1)[0].rstrip(",")
    return _decoded_value(text)


def _decoded_value(text: str) -> str:
    return _joined([(0, True, text)]) if _BARE_2231.match(text) else decode_words(text)


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
        data += unquote_to_bytes(value.strip('"')) if encoded else value.encode("utf-8", "replace")
    return one_line(decode_words(decode(data, charset)[0]))


def message_ids(value: bytes) -> tuple[str, ...]:
    """Every `<id>` in order, once each, angle brackets kept; the last MAX_IDS when there are more."""
    if not value:
        return ()
    found = (f"<{_CONTROL.sub('', inner)}>" for inner in _ID.findall(raw_text(value)))
    return tuple(dict.fromkeys(one for one in found if len(one) > 2))[-MAX_IDS:]


def message_id(value: bytes) -> tuple[str, str]:
    """The Message-ID with its brackets, and a defect when brackets had to be added."""
    if ids := message_ids(value):
        return ids[0], ""
    bare = re.sub(r"[\s<>\x00-\x1f]", "", raw_text(value))[:996]
    return (f"<{bare}>", "Message-ID without angle brackets") if bare else ("", "")
