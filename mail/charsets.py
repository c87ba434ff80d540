"""Bytes to text, whatever charset they claim: the result is always a str without NUL or lone surrogates."""

import codecs
import re

_ALIASES = {
    # WHATWG Encoding Standard, section 4.2: what these labels mean in practice
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
}
# Python codecs that are no charsets of mail; some of them take quadratic time
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_SURROGATES = re.compile("[\ud800-\udfff]")
_DAMAGE_TOLERATED = 0.02
"""Share of undecodable characters up to which text that claims UTF-8 stays UTF-8 (a cut or flipped byte)."""


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """Text of `data` and a defect sentence, empty when the charset was right.

    A missing or wrong charset is guessed: UTF-8 if the bytes are valid UTF-8, else Windows-1252.
    """
    if b"\0" in data and not charset.lower().startswith(("utf-16", "utf-32")):
        return decode(data.replace(b"\0", b""), charset)[0], "NUL bytes removed"
    if data.isascii() and charset.lower() in ("", "us-ascii", "ascii", "utf-8"):
        return clean(data.decode("ascii")), ""
    name = _ALIASES.get(charset.lower(), charset.lower())
    if not name or name == "cp1252":
        text = _guessed(data)
        return clean(text), "" if name else "text is not ASCII and names no charset"
    codec = _codec(name)
    if codec is None:
        return clean(_guessed(data)), f"unknown charset {charset[:40]!r}"
    try:
        return clean(data.decode(codec)), ""
    except (UnicodeError, ValueError):
        return clean(_repaired(data, codec)), f"text is not valid {charset[:40]}"


def clean(text: str) -> str:
    """`text` without NUL and with U+FFFD in place of lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name).name.replace("-", "_")
    except (LookupError, ValueError):
        return None
    try:
        b"".decode(found)
    except (LookupError, UnicodeError):
        return None
    return None if found in _NOT_CHARSETS else found


def _guessed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _repaired(data, "utf_8")


def _repaired(data: bytes, codec: str) -> str:
    if codec not in ("utf_8", "ascii"):
        return data.decode(codec, "replace")
    text = data.decode("utf-8", "replace")
    damaged, foreign = text.count("\ufffd"), sum(1 for c in text if c > "\x7f")
    few = damaged <= _DAMAGE_TOLERATED * len(text) and foreign - damaged > damaged
    return text if few else data.decode("cp1252", "replace")
