"""What the sender newly wrote, told apart from quoted mail and signature, in plain text.

Each line gets a sort, then a few rules over the sequence decide: an attribution after text cuts
everything below it, unless the sender answered between the quoted lines.
"""

import re
from dataclasses import dataclass
from enum import Enum

from mail.attribution import attribution_at, attribution_ends, header_block_at, is_divider
from mail.signatures import is_blank, is_delimiter, is_footer, is_strict_delimiter

MAX_LINES = 5_000
"""Lines that are looked at; text below is treated as quoted."""
_QUOTE = re.compile(r"^\s{0,3}(?:[A-Z]{1,3})?>")
_INITIALS = re.compile(r"^\s{0,3}[A-Z]{1,3}>")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")


class Sort(Enum):
    TEXT = "t"
    BLANK = "e"
    QUOTE = "q"
    ATTRIBUTION = "a"
    DIVIDER = "f"
    HEADERS = "h"
    DELIMITER = "d"
    SIGNATURE = "s"


@dataclass(frozen=True, slots=True)
class Reply:
    """A text in three: `new` by the sender, `quoted` from earlier mail, `signature`."""

    new: str
    quoted: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    sort: Sort


def split_reply(text: str) -> Reply:
    """Splits the plain text of a reply; never raises. A text of nothing but quotes stays whole in `new`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return Reply("")
    whole = text.split("\n")
    lines = _sorted(whole[:MAX_LINES])
    rest = whole[MAX_LINES:]
    lines, dropped = _without_leading_quote(lines)
    cut, inline = _cut(lines)
    kept, below = lines[:cut], lines[cut:]
    signature_at = _signature_start(kept)
    new = [line for line in kept[:signature_at] if inline or line.sort not in (Sort.ATTRIBUTION, Sort.HEADERS)]
    new = [line for line in new if line.sort is not Sort.ATTRIBUTION and not (inline and _INITIALS.match(line.text))]
    shown = _trimmed([line.text for line in new])
    if not shown:
        return Reply(_trimmed(whole), "", "")
    signature, quoted = _signature_and_quote(kept[signature_at:], below)
    return Reply(shown, _trimmed([*dropped, *quoted, *rest]), _trimmed(signature))


def _sorted(lines: list[str]) -> list[_Line]:
    out: list[_Line] = []
    ends = attribution_ends(lines)
    fences = [n for n, line in enumerate(lines) if _FENCE.match(line)]
    # an unclosed fence fences nothing
    fenced = {
        n for opening, closing in zip(fences[::2], fences[1::2], strict=False) for n in range(opening, closing + 1)
    }
    at = 0
    while at < len(lines):
        sort, span = (Sort.TEXT, 1) if at in fenced else _sort_at(lines, at, ends)
        out += [_Line(line, sort) for line in lines[at : at + span]]
        at += span
    return out


def _sort_at(lines: list[str], at: int, ends: frozenset[int]) -> tuple[Sort, int]:
    """The sort of line `at` and how many lines it spans; cheap tests first, since most lines are text."""
    line = lines[at]
    if is_blank(line):
        return Sort.BLANK, 1
    if ">" in line[:7] and _QUOTE.match(line):
        return Sort.QUOTE, 1
    if not line.lstrip()[0].isalnum() or line.endswith(":"):
        if is_divider(line):
            return Sort.DIVIDER, 1
        if is_delimiter(line):
            return Sort.DELIMITER, 1
    if is_footer(line):
        return Sort.SIGNATURE, 1
    if span := header_block_at(lines, at):
        return Sort.HEADERS, span
    if span := attribution_at(lines, at, ends):
        return Sort.ATTRIBUTION, span
    return Sort.TEXT, 1


def _next(lines: list[_Line], at: int, *skipped: Sort) -> int:
    while at < len(lines) and lines[at].sort in skipped:
        at += 1
    return at


def _without_leading_quote(lines: list[_Line]) -> tuple[list[_Line], list[str]]:
    """Cuts an attribution or forward header at the very top; with it the quote below, if text follows that."""
    start = _next(lines, 0, Sort.BLANK, Sort.DELIMITER)
    if start == len(lines) or lines[start].sort not in (Sort.ATTRIBUTION, Sort.DIVIDER, Sort.HEADERS):
        return lines, []
    after = _next(lines, start, lines[start].sort)
    if lines[start].sort is Sort.DIVIDER:
        after = _next(lines, _next(lines, after, Sort.BLANK), Sort.HEADERS)
    body = _next(lines, after, Sort.BLANK)
    if body < len(lines) and lines[body].sort is Sort.QUOTE:
        end = _next(lines, body, Sort.QUOTE, Sort.BLANK)
        if any(line.sort is Sort.TEXT for line in lines[end:]):
            body = end
    return lines[body:], [line.text for line in lines[:body]]


def _cut(lines: list[_Line]) -> tuple[int, bool]:
    """Where the quoted history begins, and whether the sender answered between quoted lines."""
    inline = False
    answered = _answered_below(lines)
    start = next((n for n, line in enumerate(lines) if line.sort in (Sort.TEXT, Sort.QUOTE)), len(lines))
    for at in range(start + 1, len(lines)):
        sort = lines[at].sort
        if sort in (Sort.DIVIDER, Sort.HEADERS):
            return _back_over(lines, at, Sort.BLANK, Sort.DELIMITER), inline
        if sort is Sort.ATTRIBUTION:
            after = _next(lines, at, Sort.ATTRIBUTION, Sort.BLANK)
            if after == len(lines) or lines[after].sort is not Sort.QUOTE or not answered[after]:
                return at, inline
            inline = True
        elif sort is Sort.QUOTE and not answered[at]:
            return at, inline
    return len(lines), inline


def _answered_below(lines: list[_Line]) -> list[bool]:
    """For each line, whether the sender's own text follows before any signature or further divider."""
    below = [False] * (len(lines) + 1)
    for at in range(len(lines) - 1, -1, -1):
        sort = lines[at].sort
        between = sort in (Sort.QUOTE, Sort.BLANK, Sort.ATTRIBUTION)
        below[at] = sort is Sort.TEXT or (between and below[at + 1])
    return below


def _back_over(lines: list[_Line], at: int, *sorts: Sort) -> int:
    while at > 0 and lines[at - 1].sort in sorts:
        at -= 1
    return at


def _signature_start(lines: list[_Line]) -> int:
    """The first signature delimiter or client footer after some text; trailing rules go with it."""
    seen = False
    for at, line in enumerate(lines):
        if seen and line.sort is Sort.SIGNATURE:
            return _back_over(lines, at, Sort.BLANK, Sort.DELIMITER)
        if seen and line.sort is Sort.DELIMITER and is_strict_delimiter(line.text):
            return at
        seen = seen or line.sort is Sort.TEXT
    return _back_over(lines, len(lines), Sort.BLANK, Sort.DELIMITER)


def _signature_and_quote(tail: list[_Line], below: list[_Line]) -> tuple[list[str], list[str]]:
    """Below the new text: what belongs to the signature, and what is quoted (in either order)."""
    quoted_at = next((n for n, line in enumerate(tail) if line.sort in (Sort.QUOTE, Sort.ATTRIBUTION)), len(tail))
    signature_at = len(below)
    for n, line in enumerate(below):
        if line.sort is Sort.DELIMITER and is_strict_delimiter(line.text) and below[0].sort is not Sort.DIVIDER:
            signature_at = n
            break
    signature = [line.text for line in (*tail[:quoted_at], *below[signature_at:])]
    return signature, [line.text for line in (*tail[quoted_at:], *below[:signature_at])]


def _trimmed(lines: list[str]) -> str:
    start, end = 0, len(lines)
    while start < end and is_blank(lines[start]):
        start += 1
    while end > start and is_blank(lines[end - 1]):
        end -= 1
    return "\n".join(line.rstrip() for line in lines[start:end])
