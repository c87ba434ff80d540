"""Splits a document into passages: the pieces that are searched, quoted and cited.

A passage never crosses into another topic by more than a short section: cuts are made at headings and blank lines,
and each passage is one unbroken span of the document's text, so that its quotes can be found again by offset.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ml.large.sentences import sentences
from models.draft import Passage

MOST_WORDS = 180
LEAST_WORDS = 40
"""A section shorter than this joins the next one: alone it would be found without saying much."""

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*$")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)", re.DOTALL)
_FENCE = re.compile(r"[ \t]*(```|~~~)")


@dataclass(frozen=True)
class FrontMatter:
    """The lines between `---` at a document's top. `end` is the offset where the text proper begins."""

    language: str = ""
    audience: str = ""
    title: str = ""
    end: int = 0

    @property
    def internal(self) -> bool:
        """True for documents that customers must never see quoted."""
        return self.audience == "internal"


class _Block(NamedTuple):
    start: int
    end: int
    words: int
    heading: str
    opens: bool
    """True when a heading stands right above it."""


def front_matter(text: str) -> FrontMatter:
    """Reads `language`, `audience` and `title`; other keys are left alone (they belong to other tools)."""
    if (match := _FRONT_MATTER.match(text)) is None:
        return FrontMatter()
    pairs = (line.partition(":") for line in match[1].splitlines())
    values = {key.strip().lower(): value.strip().strip("\"'") for key, _, value in pairs}
    return FrontMatter(
        values.get("language", "").lower(), values.get("audience", "").lower(), values.get("title", ""), match.end()
    )


def title_of(text: str, front: FrontMatter, fallback: str) -> str:
    """The front matter's title, else the first heading, else `fallback`."""
    first = next((m[2] for line in text[front.end :].splitlines() if (m := _HEADING.match(line))), "")
    return front.title or first or fallback


def split(text: str, document: str, title: str, language: str = "und") -> list[Passage]:
    """Passages of at most `MOST_WORDS` words, in order; `text[p.start:p.end] == p.text` for each."""
    return [
        Passage(
            id=f"{document}#{number}",
            document=document,
            title=title,
            heading=heading,
            text=text[start:end],
            start=start,
            end=end,
            language=language,
        )
        for number, (start, end, heading) in enumerate(_grouped(_blocks(text, front_matter(text).end)))
    ]


def _grouped(blocks: Iterator[_Block]) -> Iterator[tuple[int, int, str]]:
    group: list[_Block] = []
    for block in blocks:
        size = sum(member.words for member in group)
        full = size + block.words > MOST_WORDS
        if group and (full or (block.opens and size >= LEAST_WORDS)):
            yield group[0].start, group[-1].end, group[0].heading
            group = []
        group.append(block)
    if group:
        yield group[0].start, group[-1].end, group[0].heading


def _blocks(text: str, start: int) -> Iterator[_Block]:
    """Paragraphs, each under its nearest heading; the heading line itself belongs to no block."""
    heading, opens, fenced = "", True, False
    begin = position = start
    for line in text[start:].splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
        found = None if fenced else _HEADING.match(line.rstrip())
        if found or not line.strip():
            yield from (parts := list(_bounded(text, begin, position, heading, opens)))
            opens = (opens and not parts) or found is not None
            begin = position + len(line)
        heading = found[2] if found else heading
        position += len(line)
    yield from _bounded(text, begin, position, heading, opens)


def _bounded(text: str, start: int, end: int, heading: str, opens: bool) -> Iterator[_Block]:
    """The block, cut between sentences (or, failing that, between words) where it is too long."""
    stripped = text[start:end].strip()
    if not stripped:
        return
    start = text.index(stripped, start, end)
    end = start + len(stripped)
    size = len(stripped.split())
    if size <= MOST_WORDS:
        yield _Block(start, end, size, heading, opens)
        return
    for piece_start, piece_end, piece_size in _cut_long(text, start, end):
        yield _Block(piece_start, piece_end, piece_size, heading, opens)
        opens = False


def _cut_long(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    begin, last, size = start, start, 0
    for piece_start, piece_end, piece_size in _pieces(text, start, end):
        if size and size + piece_size > MOST_WORDS:
            yield begin, last, size
            begin, size = piece_start, 0
        last, size = piece_end, size + piece_size
    yield begin, last, size


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    for sentence in sentences(text[start:end]):
        found = list(re.finditer(r"\S+", sentence.text))
        for first in range(0, len(found), MOST_WORDS):
            part = found[first : first + MOST_WORDS]
            offset = start + sentence.start
            yield offset + part[0].start(), offset + part[-1].end(), len(part)
