"""Finding phrases of many languages in mail, at word boundaries, without regard to case and accents."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x180E, 0x200E, 0x200F, 0x2061, 0x2062, 0x2063]
)

_ANY_INVISIBLE = re.compile(f"[{''.join(map(chr, _INVISIBLE))}]")


def visible(text: str) -> str:
    """The text composed (NFC) and without characters of no width, which would split words unseen."""
    if text.isascii():
        return text
    seen = text.translate(_INVISIBLE) if _ANY_INVISIBLE.search(text) else text
    return seen if unicodedata.is_normalized("NFC", seen) else unicodedata.normalize("NFC", seen)


def plain(text: str) -> str:
    """Lower case without accents, character by character: a span here is the same span in `text`."""
    lowered = text if text.isascii() else text.translate(_bases())
    return lowered.lower()


@dataclass(frozen=True)
class Phrases:
    """Regular expressions against `plain` text, separated by semicolons; any space in them is any white space."""

    en: str = ""
    de: str = ""
    fr: str = ""
    es: str = ""
    nl: str = ""
    it: str = ""
    pt: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All languages in one: a mail's language is a guess, and people mix them."""
        return whole_words(self.expressions)

    @cached_property
    def at_sentence_start(self) -> re.Pattern[str]:
        """The same, only where a line or a sentence begins."""
        return re.compile(rf"(?:(?<![^\n])|(?<=[.!?:]\s)){whole_words(self.expressions).pattern}")

    @cached_property
    def expressions(self) -> list[str]:
        languages = (self.en, self.de, self.fr, self.es, self.nl, self.it, self.pt)
        phrases = ";".join(text for text in languages if text.strip()).split(";")
        return [" ".join(phrase.split()).replace(" ", r"\s+") for phrase in phrases]


def whole_words(expressions: Iterable[str]) -> re.Pattern[str]:
    """One pattern that matches any of the expressions where no word is cut."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(expressions)})(?!\w)")


def spans(pattern: re.Pattern[str], text: str, folded: str, limit: int = 10) -> tuple[str, ...]:
    """The distinct places of `text` that match, as written, shortened to 120 characters, at most `limit`."""
    found: dict[str, str] = {}
    for match in pattern.finditer(folded):
        found.setdefault(match.group(), shown(text[match.start() : match.end()]))
        if len(found) == limit:
            break
    return tuple(found.values())


def shown(span: str) -> str:
    """On one line, shortened to 120 characters."""
    return " ".join(span.split())[:120]


@cache
def _bases() -> dict[int, str]:
    table = {0x2018: "'", 0x2019: "'", 0x2032: "'", 0xB4: "'", 0x130: "i", 0xA0: " ", 0x2010: "-", 0x2011: "-"}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFKD", chr(code))[0]
        if code not in table and base != chr(code) and base.isascii():
            table[code] = base
    return table
