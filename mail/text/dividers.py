"""The dividers and header blocks that mail programs put above quoted mail and above forwarded mail."""

import re
from enum import Enum
from functools import lru_cache

from mail.text.phrases import spoken
from mail.text.signatures import JUNK, MAX_MARK


class Divider(Enum):
    """What stands below it."""

    ANSWERED = "answered"
    FORWARDED = "forwarded"


_ORIGINAL = spoken("original")
_FORWARDED = spoken("forwarded")
_SENDER = spoken("sender")
_SUBJECT = spoken("subject")
FIELDS = _SENDER | _SUBJECT | spoken("fields")
_RULE = "-–—_=*>|~· \t" + JUNK
_DASHES = re.compile(r"^[\s>*|]*[-–—_=~]{2}")
BEGINNINGS = ("begin", "anfang", "début", "inicio", "inizio", "início", "start", "vidare", "początek", "začiatok",
"začátek",
           "начало", "početak", "початок", "beginn", "以下", "開始", "välitetty", "början", "begynnelse", "továbbított",
           "comienza", "başlangıç", "forwarded")  # fmt: skip
_BY = re.compile(
    r"^(?:forwarded (?:by|message from)|weitergeleitet (?:von|durch)|réexpédié par|transféré par|reenviado por|"
    r"inoltrato da|"
    r"doorgestuurd door|vidarebefordrat av|videresendt af|videresendt av|välittänyt|przekazane przez|encaminhado por|"
    r"переслано|转发人)\b.{3,150}$"
)
_FROM_AT = re.compile(r"^(?:message from|nachricht von|message de|mensaje de|messaggio da|bericht van)\b.{3,120}$")
_YOU_WROTE = re.compile(r"^at \d[\d:/., -]{5,40}(?:[ap]m)?,? you wrote\b")
_QUOTE_MARKS = re.compile(r"^[\s>|]+")
_FIELD = re.compile(r"^[\s>|]*[*_]*\s?([^:：*_@<>]{1,40}?)\s?[*_]*\s?[:：]")
_VALUED = re.compile(r"^[\s>|]*[*_]{0,3}[^\W\d_][^\n:：]{0,30}[:：][*_]{0,3}\s*\S")
_ONE_LINE = re.compile(r"[*_]*([^\W\d_][^\W\d_ ]{0,14})[*_]*\s?[:：]")
_YEAR = re.compile(r"\d{4}|\d{1,2}:\d{2}")
_WINDOW = 16
"""Lines in which a header block ends."""
_GAP = 2
"""Lines between two fields: a folded value, or the blank that some converters put between all lines."""
_COLON_WITHIN = 44


def divider_of(line: str) -> Divider | None:
    """ "-----Original Message-----", "Begin forwarded message:" and their sisters in other languages."""
    if len(line) > MAX_MARK:
        return None
    bare = line.strip(_RULE)
    # the dotted capital of Turkish folds into two characters
    said = bare.replace("İ", "i").casefold().rstrip(":： ").removeprefix("[").removesuffix("]")
    ruled = _DASHES.match(line) is not None
    if said in _FORWARDED and (ruled or (bare[-1] in ":：" and said.startswith(BEGINNINGS))):
        return Divider.FORWARDED
    if not ruled:
        return None
    if said in _ORIGINAL or _FROM_AT.match(said) or _YOU_WROTE.match(said):
        return Divider.ANSWERED
    return Divider.FORWARDED if _BY.match(said) else None


def field_name(line: str) -> str:
    """The header field that a line opens, in lower case; empty for none that a mail program writes."""
    colon = line.find(":", 0, _COLON_WITHIN)
    if colon < 0 and not line.isascii():
        colon = line.find("：", 0, _COLON_WITHIN)
    return _field_before_colon(line[: colon + 1]) if colon >= 0 else ""


@lru_cache(maxsize=10_000)
def _field_before_colon(begin: str) -> str:
    """Few lines with a colon begin in a way that no line before them has."""
    found = _FIELD.match(begin)
    name = " ".join(found[1].strip(JUNK).casefold().split()) if found else ""
    return name if name in FIELDS else ""


def header_block_at(lines: list[str], at: int) -> int:
    """How many lines from `at` form a quoted header (From, Sent, To, Subject); 0 for none."""
    first = field_name(lines[at])
    if not first:
        return 0
    if first in _SENDER and _holds_all_fields(lines[at]):
        return 1
    names, last = [first], 0
    for offset in range(1, min(_WINDOW, len(lines) - at)):
        line = lines[at + offset]
        if name := field_name(line):
            names.append(name)
            last = offset
        elif offset - last > _GAP or (not line.strip() and len(names) > 3):
            break
    return last + 1 if _is_header(names, lines[at : at + last + 1]) else 0


def _is_header(names: list[str], lines: list[str]) -> bool:
    """Three fields with a sender among them, and what no form or travel plan has: an address, or subject and date."""
    if len(set(names)) < 3 or not _SENDER.intersection(names):
        return False
    block = "\n".join(lines)
    return "@" in block or (not _SUBJECT.isdisjoint(names) and _YEAR.search(block) is not None) or len(set(names)) >= 4


def _holds_all_fields(line: str) -> bool:
    """Some mobile programs lose the line ends: "From: Ada <a@b.example> Sent: Monday To: Shop Subject: Tea"."""
    names = {name.casefold() for name in _ONE_LINE.findall(line[:600])}
    return len(names & FIELDS) >= 4 and not _SUBJECT.isdisjoint(names) and ("@" in line or bool(_YEAR.search(line)))


def unknown_header_at(lines: list[str], at: int) -> int:
    """A block of fields in a language that is not known, right below a ruled line; lines up to its end, 0 for none."""
    start = at
    while start < len(lines) and start - at < 3 and not lines[start].strip(JUNK):
        start += 1
    end = start
    while end < len(lines) and end - start < _WINDOW and _VALUED.match(lines[end]):
        end += 1
    return end - at if end - start >= 3 and "@" in " ".join(lines[start:end]) else 0
