"""Sentences of a text with their exact character spans, so that a quote can be verbatim.

Rules instead of a model: knowledge is written in short plain sentences, and a wrong cut only makes a quote longer
or shorter. Headings are not sentences; each list item and each table row stands alone.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]`, without surrounding blanks."""

    start: int
    end: int
    text: str


_ABBREVIATIONS = frozenset(
    "e.g i.e etc approx incl excl no nr vs dr mr mrs ms st prof inc ltd co fig tel z.b d.h u.a bzw ca usw zzgl inkl "
    "ggf evtl str abs art p.ex env cf mme m max min p.ej ud uds sr sra núm pág tlf bijv d.w.z o.a enz "
    "m.b.t t.a.v t/m jl resp".split()
)
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+)|\n(?=[ \t]*\|)|\n(?=#{1,6}[ \t])")
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_END = re.compile(r"[.!?…][\"'”’»)\]*_]*(?=\s+[\"'“‘«„(\[¿¡*_]*[A-ZÀ-ÖØ-ÞŒÄÖÜ0-9])|[!?][\"'”’»)]*(?=\s|$)")
_HEADING = re.compile(r"#{1,6}[ \t]")
_RULE = re.compile(r"[\s|:=_*-]+$")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_MARKS = re.compile(r"(?<!\w)(?:\*\*|__|\*|_|`)(?=\S)|(?<=\S)(?:\*\*|__|\*|_|`)(?!\w)")


def sentences(text: str) -> list[Span]:
    """Sentences of `text` in order; `text[s.start:s.end] == s.text` for each."""
    found: list[Span] = []
    for start, end in _blocks(text):
        block = text[start:end]
        if _HEADING.match(block.lstrip()) or _RULE.match(block):
            continue
        bullet = _BULLET.match(block)
        found += _cut(text, start + (bullet.end() if bullet else 0), end)
    return found


def plain(text: str) -> str:
    """A sentence as it reads in a plain-text mail: Markdown marks gone, blanks single, links spelled out."""
    text = _LINK.sub(lambda m: m[2] if m[1] in ("", m[2]) else f"{m[1]} ({m[2]})", text)
    text = re.sub(r"<(https?://[^>\s]+|[^>\s@]+@[^>\s]+)>", r"\1", text)
    if text.lstrip().startswith("|"):
        text = ", ".join(cell.strip() for cell in text.strip().strip("|").split("|") if cell.strip())
    return " ".join(_MARKS.sub("", text).split())


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _BLOCK.finditer(text):
        yield from _headless(text, start, gap.start())
        start = gap.end()
    yield from _headless(text, start, len(text))


def _headless(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A heading line directly above a paragraph is a block of its own."""
    if _HEADING.match(text[start:end].lstrip()):
        line_end = text.find("\n", start + len(text[start:end]) - len(text[start:end].lstrip()), end)
        if line_end != -1:
            start = line_end + 1
    if text[start:end].strip():
        yield start, end


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    begin = start
    for stop in _END.finditer(text, start, end):
        if text[stop.start()] == "." and _is_abbreviation(text[begin : stop.start()]):
            continue
        yield from _span(text, begin, stop.end())
        begin = stop.end()
    yield from _span(text, begin, end)


def _is_abbreviation(before: str) -> bool:
    last = before.rsplit(maxsplit=1)[-1].lower().lstrip("(\"'„«") if before.strip() else ""
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()) or (last.isdigit() and len(last) <= 2)


def _span(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    if stripped := piece.strip():
        yield Span(start, start + len(stripped), stripped)
