"""What the sender newly wrote, told apart from quoted mail, forwarded mail and signature, in plain text.

Each line gets a sort, then a few rules over the sequence decide: an attribution after text cuts everything below it,
unless the sender answered between the quoted lines. In doubt a line counts as newly written.
"""

import re
from dataclasses import dataclass
from itertools import islice

from mail.mime.armour import without_armour
from mail.text.dividers import Divider, divider_of
from mail.text.lines import Page, Sort, sorted_page
from mail.text.signatures import is_blank, is_signature_text, is_strict_delimiter

MAX_LINES = 5_000
"""Lines that are looked at; text below is treated as quoted."""
_MARK = re.compile(r"^\s{0,3}> ?")
MAX_MARKS = 50
"""Rules and notices that are looked at."""
MAX_TAIL = 30
"""Lines below a mark up to which they can be a signature with its notices."""
_INITIALS = re.compile(r"^\s{0,3}[A-Z]{1,3}>")


# patterns over the sorts of successive lines, one letter a line
_OWN = re.compile("[tq]")
_HISTORY = re.compile("a+|q+|[owh]")
_TOP = re.compile("[erf]*(?:a+|[ow]+e*h*|h+)e*")
_QUOTED = re.compile("[qe]+")
_ANSWERED = re.compile("[qea]*t")
_QUOTED_AND_ANSWERED = re.compile("e*q[qea]*t")
_SIGNATURE_MARK = re.compile("[rfn]")
_RULE_OR_NOTICE = re.compile("[rn]")
_NOT_OWN = re.compile("[aqowhn]")
_NOT_SHOWN_INLINE = frozenset({Sort.ATTRIBUTION, Sort.FOOTER})
_NOT_SHOWN = _NOT_SHOWN_INLINE | {Sort.HEADERS}
_BREAKS = (Sort.DIVIDER, Sort.FORWARD, Sort.HEADERS)


@dataclass(frozen=True, slots=True)
class Reply:
    """A text in parts: `new` by the sender, `quoted` from earlier mail, `forwarded` with its header, `signature`."""

    new: str
    quoted: str = ""
    signature: str = ""
    forwarded: str = ""


def split_reply(text: str, *, forwards: bool = False) -> Reply:
    """Splits the plain text of a mail; never raises. A text of nothing but quotes stays whole in `new`.

    `forwards` says that the subject marks a forward: then a bare header block opens forwarded mail, not history. The
    new part of a forward is the note above it; without a note, what is forwarded is all there is to read.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return Reply("")
    whole = without_armour(text).split("\n")
    page = _settled(sorted_page(whole[:MAX_LINES]))
    rest = whole[MAX_LINES:]
    if Sort.TEXT not in page.sorts and _opens_forward(page):
        return split_reply("\n".join(_MARK.sub("", line) for line in whole))
    page, dropped = _without_leading_quote(page)
    cut, inline = _cut(page.sorts)
    kept, below = page.part(0, cut), page.part(cut)
    signature_at = _signature_start(kept)
    shown = _trimmed(_shown(kept.part(0, signature_at), inline))
    if not shown:
        return Reply(_trimmed(whole))
    if _is_forward(dropped if dropped.lines else below, forwards):
        return Reply(shown, forwarded=_trimmed([*dropped.lines, *below.lines, *rest]))
    signature, history = _signature_and_quote(kept.part(signature_at), below)
    return Reply(shown, _trimmed([*dropped.lines, *history, *rest]), _trimmed(signature))


def _shown(page: Page, inline: bool) -> list[str]:
    hidden = _NOT_SHOWN_INLINE if inline else _NOT_SHOWN
    lines = page.lines
    if not hidden.isdisjoint(page.sorts):
        lines = [line for line, sort in zip(*page, strict=True) if sort not in hidden]
    return [line for line in lines if not _INITIALS.match(line)] if inline else lines


def _without_leading_quote(page: Page) -> tuple[Page, Page]:
    """Cuts an attribution or forward header at the very top; with it the quote below, if one answer follows that."""
    top = _TOP.match(page.sorts)
    if top is None:
        return page, Page([], "")
    body = top.end()
    if quoted := _QUOTED.match(page.sorts, body):
        rest = page.sorts[quoted.end() :]
        if Sort.TEXT in rest and Sort.QUOTE not in rest:
            body = quoted.end()
        elif Sort.TEXT not in rest and Sort.FORWARD in top[0]:
            return _unquoted(page.lines[body:]), page
    return page.part(body), page.part(0, body)


def _unquoted(lines: list[str]) -> Page:
    """A forward whose every line bears a quote mark, read as the mail that it is, without its header."""
    inner = sorted_page([_MARK.sub("", line) for line in lines])
    top = _TOP.match(inner.sorts)
    return inner.part(top.end()) if top else inner


def _cut(sorts: str) -> tuple[int, bool]:
    """Where the quoted history begins, and whether the sender answered between quoted lines."""
    inline = False
    start = _OWN.search(sorts)
    for run in _HISTORY.finditer(sorts, start.end() if start else len(sorts)):
        if run[0] in _BREAKS:
            return len(sorts[: run.start()].rstrip(Sort.BLANK + Sort.RULE)), inline
        if run[0][0] == Sort.ATTRIBUTION:
            if not _QUOTED_AND_ANSWERED.match(sorts, run.end()):
                return run.start(), inline
            inline = True
        elif not _ANSWERED.match(sorts, run.start()):
            return run.start(), inline
    return len(sorts), inline


def _settled(page: Page) -> Page:
    """Rules and notices below which the sender goes on are text: they part paragraphs, or say how to unsubscribe."""
    if not _RULE_OR_NOTICE.search(page.sorts):
        return page
    sorts = list(page.sorts)
    for mark in islice(_RULE_OR_NOTICE.finditer(page.sorts), MAX_MARKS):
        if not _ends_text(page, mark.start()):
            sorts[mark.start()] = Sort.TEXT
    return Page(page.lines, "".join(sorts))


def _ends_text(page: Page, at: int) -> bool:
    """Whether the sender has said all above line `at`: what follows is a signature, then history or nothing."""
    other = _NOT_OWN.search(page.sorts, at + 1)
    end = other.start() if other else len(page.sorts)
    if page.sorts.count(Sort.TEXT, at + 1, end) > MAX_TAIL:
        return False
    rest = [line for line, sort in zip(*page.part(at + 1, end), strict=True) if sort == Sort.TEXT]
    if page.sorts[at] == Sort.NOTICE or is_strict_delimiter(page.lines[at]):
        return True
    return not rest or is_signature_text(rest)


def _signature_start(page: Page) -> int:
    """The first mark after some text below which a signature stands; trailing rules go with it."""
    text = page.sorts.find(Sort.TEXT)
    for mark in _SIGNATURE_MARK.finditer(page.sorts, text + 1) if text >= 0 else ():
        # a footer may also stand above an answer
        if mark[0] != Sort.FOOTER or _ends_text(page, mark.start()):
            return len(page.sorts[: mark.start()].rstrip(Sort.BLANK + Sort.RULE))
    return len(page.sorts.rstrip(Sort.BLANK + Sort.RULE))


def _signature_and_quote(tail: Page, below: Page) -> tuple[list[str], list[str]]:
    """Below the new text: what belongs to the signature, and what is quoted (in either order)."""
    quoted = re.search("[qa]", tail.sorts)
    quoted_at = quoted.start() if quoted else len(tail.lines)
    signature_at = len(below.lines)
    if not below.sorts.lstrip(Sort.BLANK + Sort.RULE).startswith(_BREAKS):
        rules = (n for n, sort in enumerate(below.sorts) if sort == Sort.RULE)
        signature_at = next((n for n in rules if is_strict_delimiter(below.lines[n])), signature_at)
    signature = [*tail.lines[:quoted_at], *below.lines[signature_at:]]
    return signature, [*tail.lines[quoted_at:], *below.lines[:signature_at]]


def _is_forward(page: Page, forwards: bool) -> bool:
    """Whether what was cut off is mail passed on: by its divider, or by a header block under a subject that says so."""
    first = page.sorts.lstrip(Sort.BLANK + Sort.RULE)[:1]
    return first == Sort.FORWARD or (forwards and first in (Sort.HEADERS, Sort.DIVIDER)) or _opens_forward(page)


def _opens_forward(page: Page) -> bool:
    """Apple Mail puts quote marks before the divider as well."""
    at = page.sorts.find(Sort.QUOTE)
    if at < 0 or page.sorts[:at].strip(Sort.BLANK):
        return False
    return divider_of(page.lines[at]) is Divider.FORWARDED


def _trimmed(lines: list[str]) -> str:
    start, end = 0, len(lines)
    while start < end and is_blank(lines[start]):
        start += 1
    while end > start and is_blank(lines[end - 1]):
        end -= 1
    return "\n".join(map(str.rstrip, lines[start:end]))
