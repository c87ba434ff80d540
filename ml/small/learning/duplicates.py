"""Mails of one wording: the same text to or from many people, but for names, numbers and dates.

MinHash over the pairs of neighbouring words (Broder 1997). The fingerprint of `mail/kinds/loops.py` will not do: it is
equal for equal words alone, which tells a robot; here a name in the middle must not matter.
"""

import hashlib
import re
import zlib
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ml.small.labelled import text_of
from ml.small.ngrams import folded
from models.campaign import VALUES, Fingerprint
from models.message import Message

LEAST_WORDS = 12
"""In fewer one word is most of the matter: "when do I need to change my oil" is not how."""
_PERSONAL = re.compile(r"https?://\S+|\S+@\S+\.\S+")
_NUMBER = re.compile(r"[^\W\d_]{0,4}[-#]?\d[\d.,:/-]*")
_WORD = re.compile(r"\w+")
_GREETING = re.compile(r"[^\n]{1,60}[,!:]\s*\n")
"""A short first line that ends like one; it holds a name and nothing of the matter."""


def fingerprint_of(message: Message) -> Fingerprint | None:
    """Of what the sender newly wrote. None for a text of fewer than LEAST_WORDS words."""
    mail = text_of(message)
    return wording(mail.subject, mail.body)


def wording(subject: str, body: str) -> Fingerprint | None:
    """The same for the parts of a mail."""
    words = _words(subject, body)
    if len(words) < LEAST_WORDS:
        return None
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    return Fingerprint(values=tuple(_least(_hashes(pairs)).tolist()))


def hash_of_words(message: Message) -> str:
    """Of a text of any length: 32 hex digits, equal only where all words are, names in a greeting and numbers apart."""
    mail = text_of(message)
    return hashlib.sha256(" ".join(_words(mail.subject, mail.body)).encode("utf-8", "replace")).hexdigest()[:32]


def _words(subject: str, body: str) -> list[str]:
    bare = _GREETING.sub("", body.lstrip(), count=1) if _GREETING.match(body.lstrip()) else body
    # to the encoder an address or a link says something, here each is somebody's own
    text = _NUMBER.sub(" 0 ", _PERSONAL.sub(" @ ", folded(f"{subject}\n{bare}")))
    return _WORD.findall(text)


def _hashes(pairs: set[str]) -> NDArray[np.uint64]:
    """Of 32 bits each: of a few hundred pairs hardly ever two share one."""
    return np.fromiter((zlib.crc32(pair.encode("utf-8", "surrogatepass")) for pair in pairs), np.uint64, len(pairs))


def _least(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The least value (VALUES,) under each of as many hash functions (multiply-shift, Dietzfelbinger et al. 1997)."""
    factors, offsets = _functions()
    return np.asarray(((hashes[:, None] * factors + offsets) >> np.uint64(32)).min(axis=0))


@cache
def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Odd factors and offsets; the same for ever, since fingerprints are kept."""
    drawn = np.random.Generator(np.random.PCG64(20_261_122)).integers(0, 1 << 63, size=(2, VALUES), dtype=np.uint64)
    return drawn[0] * np.uint64(2) + np.uint64(1), drawn[1]
