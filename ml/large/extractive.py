"""The writer without a model: quotes the best sentences of the knowledge, word for word, or says that it has none.

It answers question by question. What it cannot find it leaves to a colleague, openly. It quotes only passages in the
reply's language: a customer who wrote in French and gets English sentences between French ones thinks of a machine, and
a support lead would rather answer that mail herself. Such passages still stand beside the draft, for the reviewer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ml.large.coverage import Rarity
from ml.large.knowledge import Knowledge
from ml.large.sentences import Span, plain, sentences
from ml.large.words import informative, stems
from models.draft import Citation, Passage

GOOD_ENOUGH = 0.45
"""Coverage from which a passage counts as an answer. Chosen by reading the answers at 0.35 and 0.45 on the example
company's inbox: at 0.35 quotes beside the point were about as many as right ones, at 0.45 they were the fewer."""
LEAST_MATCHED = 3
"""Informative words that question and answer must share, or both where the question has two: fewer is chance."""
MOST_QUESTIONS = 4
MOST_ANSWERS = 3
MOST_SENTENCES = 3
PASSAGES = 6

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Extract:
    """Answer paragraphs with their citations. `complete` is False when a question stays open.

    `confidence` is the lowest coverage among the answered questions, float in [0, 1].
    """

    answers: tuple[str, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    complete: bool
    confidence: float


@dataclass(frozen=True)
class _Quoted:
    passage: Passage
    spans: tuple[Span, ...]
    score: float
    asked: int
    matched: int
    """How many stems the question has, and how many of them the quote, its heading and its title hold."""

    @property
    def good(self) -> bool:
        return self.score >= GOOD_ENOUGH and self.matched >= max(2, min(LEAST_MATCHED, self.asked))


def extract(subject: str, text: str, language: str, knowledge: Knowledge, told: str = "") -> Extract:
    """Answers the questions in `text` from `knowledge`, in `language`; what we have `told` already is not quoted again.

    Raises KnowledgeError when the index fails.
    """
    said = [" ".join(span.text.split()) for span in sentences(text) if informative(span.text)]
    seeker = _Seeker(knowledge, language, " ".join(told.split()))
    answers = [seeker.find(question) for question in questions(subject, said)]
    good = [answer for answer in answers if answer is not None]
    # People put the trouble into the subject and ask something general ("E2 on my K1": "What now?").
    if not good and (found := seeker.find(subject)) is not None:
        good = [found]
    kept = list({answer.passage.id: answer for answer in reversed(good)}.values())[::-1][:MOST_ANSWERS]
    return Extract(
        tuple(" ".join(plain(span.text) for span in answer.spans) for answer in kept),
        tuple(citation for answer in kept for citation in _citations(answer)),
        tuple(seeker.offered.values()),
        bool(answers) and None not in answers,
        min((answer.score for answer in kept), default=0.0),
    )


def questions(subject: str, said: Sequence[str]) -> list[str]:
    """What the sentences `said` ask: each with a question mark and the one before it, else the mail as a whole.

    The sentence before tells what the question is about ("It shows E2. What can I do?").
    """
    asked = [f"{said[i - 1] if i else subject} {said[i]}" for i in range(len(said)) if "?" in said[i]]
    return (asked or [f"{subject} {' '.join(said)}"])[:MOST_QUESTIONS]


class _Seeker:
    """Looks for the answer to one question after the other, and remembers every passage it was offered."""

    def __init__(self, knowledge: Knowledge, language: str, told: str) -> None:
        self._knowledge, self._language, self._told = knowledge, language, told
        self.offered: dict[str, Passage] = {}

    def find(self, question: str) -> _Quoted | None:
        """The best quote in the language of the reply, if it is good enough."""
        found = self._knowledge.search(question, PASSAGES, self._language)
        self.offered.update((passage.id, passage) for passage in found)
        quotable = [passage for passage in found if passage.language in (self._language, "und")]
        best = _best(question, quotable, self._knowledge.rarity)
        if best is None or not best.good or all(plain(span.text) in self._told for span in best.spans):
            return None
        return best


def _best(question: str, passages: Sequence[Passage], rarity: Rarity) -> _Quoted | None:
    """The run of sentences that covers the question best; the first of equals, since the search ranked it higher."""
    asked = rarity.stems(question)
    runs = [
        _quoted(asked, passage, heading, run, rarity)
        for passage in passages
        for heading, spans in _sections(passage)
        for run in _runs(spans)
    ]
    return max(runs, key=lambda run: run.score, default=None)


def _quoted(asked: frozenset[str], passage: Passage, heading: str, run: tuple[Span, ...], rarity: Rarity) -> _Quoted:
    held = stems(" ".join((passage.title, heading, *(span.text for span in run))))
    return _Quoted(passage, run, rarity.coverage(asked, held), len(asked), len(asked & held))


def _sections(passage: Passage) -> Iterator[tuple[str, list[Span]]]:
    """Headings with their sentences: a passage may join short sections, but a quote stays within one."""
    heading, group, end = passage.heading, list[Span](), 0
    for span in sentences(passage.text):
        if found := _HEADING.search(passage.text, end, span.start):
            yield heading, group
            heading, group = found[1], []
        group.append(span)
        end = span.end
    yield heading, group


def _runs(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Runs of `MOST_SENTENCES` neighbouring sentences: what follows the matching sentence often is the answer."""
    size = min(MOST_SENTENCES, len(spans))
    for first in range(len(spans) - size + 1 if size else 0):
        yield tuple(spans[first : first + size])


def _citations(answer: _Quoted) -> Iterator[Citation]:
    for span in answer.spans:
        yield Citation(
            claim=plain(span.text), document=answer.passage.document, passage=answer.passage.id, quote=span.text
        )
