"""Which charset bytes are in that name none, or a wrong one."""

import re
from contextlib import suppress

_SAMPLE = 4_000
"""Bytes that are looked at."""
_FEW = 6
"""Bytes above ASCII up to which nothing can be told from them."""
_MANY = 0.15
"""Share of bytes above ASCII from which a text is unlikely to be in a Latin alphabet."""
_CANDIDATES = (
    "gb18030", "big5hkscs", "cp949", "cp932", "euc_jp", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874",
    "cp1250", "cp1254", "cp1252",
)  # fmt: skip


def guessed(data: bytes, *, western: bool = False, quick: bool = False) -> str:
    """Text of `data`: UTF-8 where it is valid UTF-8, else what it looks most like.

    `western` says that a Latin charset was claimed, which only a text full of other letters disproves; `quick` takes it
    for granted.
    """
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8")
    sample = data[:_SAMPLE]
    above = len(re.sub(rb"[\x00-\x7f]+", b"", sample))
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    if quick or above <= _FEW or above < _MANY * len(sample) or (western and above < 2 * _MANY * len(sample)):
        return data.decode("cp1252", "replace")
    return data.decode(_likeliest(sample), "replace")


def _mostly_utf8(data: bytes) -> bool:
    """UTF-8 with a byte cut or flipped: few characters are damaged, and others need UTF-8."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", "ignore")) - damaged
    return damaged <= 0.02 * len(text) and foreign > damaged


def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_CANDIDATES)).best()
    return best.encoding if best else "cp1252"
