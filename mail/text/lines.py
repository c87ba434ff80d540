"""Sorts the lines of a plain text: own words, quoted words, and the marks of mail programs between them."""

import re
from enum import StrEnum
from typing import NamedTuple

from mail.text.attribution import attribution_spans
from mail.text.dividers import Divider, divider_of, header_block_at, unknown_header_at
from mail.text.openings import possible_marks
from mail.text.signatures import is_blank, is_delimiter, is_footer, is_notice

_QUOTE = re.compile(r"^\s{0,3}(?:[A-Z]{1,3})?>")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
RULE = "_" * 32
"""What Outlook draws above a quoted header."""
_ELISION = re.compile(r"\s*[\[<(]?\s*(?:\.{3,}|…|snip|cut|schnipp)\s*[\]>)]?\s*$", re.IGNORECASE)


class Sort(StrEnum):
    TEXT = "t"
    BLANK = "e"
    QUOTE = "q"
    ATTRIBUTION = "a"
    DIVIDER = "o"
    FORWARD = "w"
    HEADERS = "h"
    RULE = "r"
    """Dashes, underscores and the like: the delimiter of a signature, or part of a text."""
    FOOTER = "f"
    NOTICE = "n"


class Page(NamedTuple):
    """Lines with their sorts, a letter each."""

    lines: list[str]
    sorts: str

    def part(self, start: int, end: int | None = None) -> "Page":
        return Page(self.lines[start:end], self.sorts[start:end])


def sorted_page(lines: list[str]) -> Page:
    """Every line with its sort. What stands between two code fences is text."""
    whole = "\n".join(lines)
    spans = attribution_spans(lines)
    sorts: list[str] = ["t" if line and line[0] != ">" else "q" if line else "e" for line in lines]
    fenced = _fenced(lines) if "```" in whole or "~~~" in whole else frozenset[int]()
    for at in fenced:
        sorts[at] = Sort.TEXT
    end = 0
    for at in sorted({*possible_marks(whole), *spans} - fenced):
        if at < end:
            continue
        sort, span = _sort_at(lines, at, spans.get(at, 0))
        if sort == Sort.TEXT and _ELISION.match(lines[at]) and _follows_quote(sorts, at):
            sort = Sort.QUOTE
        end = at + span
        sorts[at:end] = sort * span
    return Page(lines, "".join(sorts))


def _follows_quote(sorts: list[str], at: int) -> bool:
    return "".join(sorts[max(0, at - 3) : at]).rstrip(Sort.BLANK).endswith((Sort.ATTRIBUTION, Sort.QUOTE))


def _fenced(lines: list[str]) -> frozenset[int]:
    """The lines of code between two fences; an unclosed fence fences nothing."""
    fences = [n for n, line in enumerate(lines) if _FENCE.match(line)]
    return frozenset(n for first, last in zip(fences[::2], fences[1::2], strict=False) for n in range(first, last + 1))


def _sort_at(lines: list[str], at: int, attributed: int) -> tuple[Sort, int]:
    """The sort of line `at`, and how many lines it spans."""
    line = lines[at]
    if is_blank(line):
        return Sort.BLANK, 1
    if ">" in line[:7] and _QUOTE.match(line):
        return Sort.QUOTE, 1
    if attributed:
        return Sort.ATTRIBUTION, attributed
    if not line.lstrip()[0].isalnum() or line.rstrip()[-1] in ":：":
        if divider := divider_of(line):
            return (Sort.FORWARD if divider is Divider.FORWARDED else Sort.DIVIDER), 1
        if is_delimiter(line):
            ruled = line.strip() == RULE and unknown_header_at(lines, at + 1)
            return (Sort.DIVIDER, ruled + 1) if ruled else (Sort.RULE, 1)
    if span := header_block_at(lines, at):
        return Sort.HEADERS, span
    if is_footer(line):
        return Sort.FOOTER, 1
    return (Sort.NOTICE if is_notice(lines, at) else Sort.TEXT), 1
