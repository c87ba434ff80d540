"""Bytes to text, whatever charset they claim: the result is always a str without NUL or lone surrogates."""

import codecs
import re
from functools import lru_cache

from mail.mime.guessing import guessed

_ALIASES = {
    # WHATWG Encoding Standard, section 4.2: what these labels mean in practice
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso646-us": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso_8859-1:1987": "cp1252",
    "8859_1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "dos-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "cp950": "big5hkscs",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "korean": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "logical": "iso-8859-8",
    "visual": "iso-8859-8",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ukrainian": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "koi8-ru": "koi8_u",
    "koi": "koi8_r",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "cp65001": "utf-8",
}
MAX_JAPANESE = 1_000_000
"""Bytes of ISO-2022-JP that are read where Python's own codec cannot, which is slow."""
_ASCII = frozenset({"", "us-ascii", "utf-8", "iso-8859-1"})
"""In which ASCII is the same."""
_NAMES_NOTHING = frozenset("unknown x-unknown unknown-8bit x-user-defined default none binary 8bit".split())
# Python codecs that are no charsets of mail; some of them take quadratic time
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_SURROGATES = re.compile("[\ud800-\udfff]")
_WINDOWS = re.compile(r"(?:x-|ms-|cs)?(?:windows|win|cp|ibm|cp-ibm)[ _-]?(\d{3,4})")
_KANJI = re.compile(rb"\x1b\$(?:[@B]|\(D)((?:[!-~]{2})*)")
_BACK_TO_ASCII = re.compile(rb"\x1b\([BJIH]")
_MAX_LABEL = 60
_DAMAGE_TOLERATED = 0.02
"""Share of undecodable characters up to which text that claims UTF-8 stays UTF-8 (a cut or flipped byte)."""


def decode(data: bytes, charset: str = "", *, quick: bool = False) -> tuple[str, str]:
    """Text of `data` and a defect sentence, empty when the charset was right.

    A missing or wrong charset is guessed: UTF-8 if the bytes are valid UTF-8, else what they look most like; `quick`
    takes Windows-1252 for that, where a hostile mail might have thousands of texts guessed.
    """
    if data.isascii() and charset.lower() in _ASCII and b"\0" not in data and b"\x1b$" not in data:
        return data.decode("ascii"), ""
    label = charset.strip("\"' \t").lower()[:_MAX_LABEL]
    if b"\0" in data and not label.startswith(("utf-16", "utf-32", "ucs-2", "unicode")):
        return decode(data.replace(b"\0", b""), charset, quick=quick)[0], "NUL bytes removed"
    name = _codec(label)
    if b"\x1b$" in data and name in ("", "cp1252", "utf_8", "ascii") and data.isascii():
        name = "iso2022_jp"
    if name == "cp1252" or (not label and not data.isascii()):
        return _claimed_western(data, label, quick)
    if not name:
        unknown = label and label not in _NAMES_NOTHING
        return clean(guessed(data, quick=quick)), f"unknown charset {charset[:40]!r}" if unknown else ""
    try:
        return clean(data.decode(name)), ""
    except (UnicodeError, ValueError):
        if name.startswith("iso2022_jp"):
            return clean(_as_shift_jis(data).decode("cp932", "replace")), ""
        return clean(_repaired(data, name, quick)), f"text is not valid {charset[:40]}"


def clean(text: str) -> str:
    """`text` without NUL and with U+FFFD in place of lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _claimed_western(data: bytes, label: str, quick: bool) -> tuple[str, str]:
    """ASCII, Latin-1 and Windows-1252 are what programs claim that know nothing about the text."""
    if data.isascii():
        return data.decode("ascii"), ""
    text = clean(guessed(data, western=label not in ("", "us-ascii", "ascii"), quick=quick))
    if not label:
        return text, "text is not ASCII and names no charset"
    return text, "text is not ASCII, as it says" if label in ("us-ascii", "ascii") else ""


@lru_cache(maxsize=1_000)
def _codec(label: str) -> str:
    """The Python codec of a label; empty for none."""
    name = _ALIASES.get(label, label)
    if found := _WINDOWS.fullmatch(name):
        name = _ALIASES.get(f"cp{found[1]}", f"cp{found[1]}")
    if not name or name in _NAMES_NOTHING:
        return ""
    for tried in (name, name.replace(" ", "-"), name.partition(" ")[0]):
        try:
            codec = codecs.lookup(tried).name.replace("-", "_")
            b"".decode(codec)
        except (LookupError, ValueError, UnicodeError):
            continue
        return "" if codec in _NOT_CHARSETS else codec
    return ""


def _as_shift_jis(data: bytes) -> bytes:
    """ISO-2022-JP as mail programs write it: with the vendors' characters that Shift_JIS alone has in Python."""
    data = data[:MAX_JAPANESE]
    out: list[bytes] = []
    at = 0
    for found in _KANJI.finditer(data):
        pairs = zip(found[1][::2], found[1][1::2], strict=True)
        out += (data[at : found.start()], b"".join(_jis_pair(*pair) for pair in pairs))
        at = found.end()
    return _BACK_TO_ASCII.sub(b"", b"".join((*out, data[at:])))


def _jis_pair(row: int, cell: int) -> bytes:
    """Two bytes of JIS X 0208 in Shift_JIS (JIS X 0208:1997, annex 1)."""
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes((lead, trail))


def _repaired(data: bytes, codec: str, quick: bool) -> str:
    """Text that claims a charset it is not in: a cut or flipped byte keeps it, more makes it a guess."""
    text = data.decode(codec, "replace")
    damaged, foreign = text.count("\ufffd"), len(text) - len(text.encode("ascii", "ignore"))
    few = damaged <= _DAMAGE_TOLERATED * len(text) and foreign - damaged > damaged
    if few or codec.startswith(("utf_16", "utf_32")):
        return text
    return guessed(data, western=codec == "utf_8", quick=quick)
