"""Which words of a draft rest on which source, which a check speaks of, and what an edit changed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from models.draft import Check, Draft, Passage, Verdict

CONTEXT = 280
"""Characters of a passage that are shown before and after the quoted ones."""
MAX_WORDS = 6_000
"""Words up to which an edit is compared word by word; longer ones are compared by line (difflib is quadratic)."""
MAX_LINES = 12_000
REWRITTEN = 0.35
"""Share of common words under which a text counts as written anew: the few words in common would only confuse."""


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of a text. `source` counts from 1; `verdict` is that of a check."""

    start: int
    end: int
    source: int = 0
    verdict: Verdict = Verdict.PASS


@dataclass(frozen=True)
class Segment:
    """A run of text under the same spans. `ends` are the sources whose claim ends here."""

    text: str
    sources: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    verdict: Verdict = Verdict.PASS


@dataclass(frozen=True)
class Source:
    """One citation: its claim, and the passage around the quoted words (`before`, `quote`, `after`)."""

    number: int
    claim: str
    claim_found: bool
    document: str
    passage: Passage | None
    before: str
    quote: str
    after: str
    quote_found: bool


@dataclass(frozen=True)
class Change:
    """A piece of an edit: `kind` is same, added or removed."""

    kind: str
    text: str


def find_span(text: str, wanted: str) -> tuple[int, int] | None:
    """Where `wanted` stands in `text`, whatever the white space between its words."""
    start = text.find(wanted)
    if wanted.strip() and start >= 0:
        return start, start + len(wanted)
    pattern = r"\s+".join(re.escape(word) for word in wanted.split())
    found = re.search(pattern, text) if pattern else None
    return found.span() if found else None


def sources_of(draft: Draft) -> list[Source]:
    passages = {passage.id: passage for passage in draft.passages}
    found = []
    for number, citation in enumerate(draft.citations, 1):
        passage = passages.get(citation.passage)
        span = find_span(passage.text, citation.quote) if passage else None
        before, quote, after = _around(passage.text, *span) if passage and span else ("", citation.quote, "")
        claimed = find_span(draft.body, citation.claim) is not None
        source = Source(
            number, citation.claim, claimed, citation.document, passage, before, quote, after, span is not None
        )
        found.append(source)
    return found


def _around(text: str, start: int, end: int) -> tuple[str, str, str]:
    before, after = text[:start], text[end:]
    if len(before) > CONTEXT:
        before = "…" + before[-CONTEXT:]
    if len(after) > CONTEXT:
        after = after[:CONTEXT] + "…"
    return before, text[start:end], after


def mark_body(draft: Draft) -> list[Segment]:
    """The draft's body cut into runs, each with the sources and the worst check that it falls under."""
    spans = [
        Span(*found, source=number)
        for number, citation in enumerate(draft.citations, 1)
        if (found := find_span(draft.body, citation.claim))
    ]
    spans += _check_spans(draft.body, draft.checks)
    return cut(draft.body, spans)


def _check_spans(body: str, checks: Iterable[Check]) -> list[Span]:
    return [
        Span(*found, verdict=check.verdict)
        for check in checks
        if check.verdict is not Verdict.PASS and (found := find_span(body, check.evidence))
    ]


def cut(text: str, spans: Sequence[Span]) -> list[Segment]:
    """Splits `text` at every start and end of a span, so that overlapping spans nest into flat runs."""
    borders = sorted({0, len(text), *(s.start for s in spans), *(s.end for s in spans)})
    segments = []
    for start, end in pairwise(borders):
        here = [s for s in spans if s.start <= start and end <= s.end]
        numbers = tuple(sorted({s.source for s in here if s.source}))
        ends = tuple(sorted({s.source for s in here if s.source and s.end == end}))
        segments.append(Segment(text[start:end], numbers, ends, _worst(s.verdict for s in here)))
    return segments


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=list(Verdict).index, default=Verdict.PASS)


def changes(before: str, after: str) -> list[Change]:
    """What an edit removed and added, word by word where the texts are short enough."""
    old, new = re.findall(r"\S+\s*|\s+", before), re.findall(r"\S+\s*|\s+", after)
    if max(len(old), len(new)) > MAX_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > MAX_LINES:
        return [Change("removed", before), Change("added", after)]
    matcher = SequenceMatcher(None, old, new)
    if matcher.ratio() < REWRITTEN:
        return [Change("removed", before), Change("added", after)]
    found = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            found.append(Change("same", "".join(old[i:j])))
            continue
        pieces = (Change("removed", "".join(old[i:j])), Change("added", "".join(new[k:m])))
        found += [piece for piece in pieces if piece.text]
    return found
