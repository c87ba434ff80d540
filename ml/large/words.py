"""Words of a text, as search and the checks compare them: lower case, without accents, courtesies left out.

Languages are not told apart here: a mail mixes them, and a stemmer for the wrong one does harm. Inflection is
met by cutting long words short (truncation, McNamee, Nicholas and Mayfield, SIGIR 2009).
"""

import re
import unicodedata
from functools import lru_cache

from ml.large.stopwords import STOP_WORDS

STEM_LENGTH = 6
"""Letters kept of a word; 5 to 7 retrieve alike on the public bank documents, shorter ones blur product names."""

READ_CHARS = 6_000
READ_WORDS = 400
"""Characters and different words of a question that are read: each word unknown to the knowledge is costly."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def fold(text: str) -> str:
    """Lower case without accents: `Über` becomes `uber`, `ß` becomes `ss`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


_FOLDED_STOP_WORDS = frozenset(fold(word) for word in STOP_WORDS)


def words(text: str) -> list[str]:
    """All words of `text`, folded, in order."""
    return [_without_apostrophe(word) for word in _WORD.findall(fold(text))]


def opening(text: str) -> str:
    """The beginning of `text` that is read: at most READ_CHARS characters with READ_WORDS different words."""
    seen: set[str] = set()
    for word in _WORD.finditer(text, 0, READ_CHARS):
        seen.add(word[0].lower())
        if len(seen) > READ_WORDS:
            return text[: word.start()]
    return text[:READ_CHARS]


def informative(text: str) -> list[str]:
    """The words of `text` that tell what it is about, folded, in order, repeats kept."""
    return [word for word in words(text) if word not in _FOLDED_STOP_WORDS and (len(word) > 1 or word.isdigit())]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The word cut to `STEM_LENGTH` letters, short plurals without their s; what holds a digit (`k2`) stays whole."""
    if not word.isalpha():
        return word
    return word[:-1] if 4 <= len(word) <= STEM_LENGTH and word.endswith("s") else word[:STEM_LENGTH]


def stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in informative(text))


def _without_apostrophe(word: str) -> str:
    """Strips a genitive or an elided article: `machine's` → `machine`, `l'eau` → `eau`, `d'acier` → `acier`."""
    word = word.replace("’", "'")
    if "'" not in word or word in _FOLDED_STOP_WORDS:
        return word
    head, _, tail = word.partition("'")
    return tail if len(head) <= 2 and len(tail) > 2 else head
