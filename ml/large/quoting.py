"""Chooses what to quote for one question: the sentences under one heading, and how sure that they answer it.

Neighbouring sentences are weighed three at a time, against the question and, more lightly, what the mail says around
it; a short section is then quoted whole. The weights were set by hand on the odd rows of examples/questions.jsonl.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml.large.asking import Asked
from ml.large.coverage import Rarity
from ml.large.expecting import ASKING_STEMS, expected, gives, question_words
from ml.large.sentences import Span, sentences
from ml.large.synonyms import widened
from ml.large.words import stems
from models.draft import Passage

MOST_SENTENCES = 3
MOST_WORDS = 100
"""A section is quoted whole up to this length: half an explanation reads as if cut off."""
MOST_STEPS = 6
"""A list of steps is quoted whole up to this length: half a procedure does harm."""
AROUND = (1.0, 0.6, 0.4)
"""Weight of a word of the sentences around a question that has none, one, or more words of its own."""
UNKNOWN = 2.0
"""Factor for words of the question that the knowledge lacks: they are what it cannot answer ("oat milk")."""
REPEATED = 1.4
"""Factor for words that a mail says twice, as in subject and text."""
MINOR = 0.3
"""Factor for bare numbers, mostly given by the customer, and for "how much" itself."""
SENTENCE = 0.4
"""Share of the score that the best single sentence has: words strewn over three sentences say less."""
HEADING = 0.25
"""Share of the way to 1 for a heading whose words the question holds all."""
SAME_WORD = 0.2
"""Share of the way to 1 for a heading with the question's own question word ("How often")."""
OTHER_MODEL = 0.5
"""Factor for a quote about another model than the one that the customer names."""
WRONG_KIND = 0.7
"""Factor for a quote without an amount where the question asks how much, and so on."""
TIE = 0.98
"""Share of the best score from which another section of the same document is quoted as well."""

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_STEP = re.compile(r"(?:^|\n)[ \t]*\d{1,2}[.)][ \t]+$")


@dataclass(frozen=True)
class Wanted:
    """A question as it is compared: `weights` by stem, the models it names, the kinds of answer, its question words."""

    weights: Mapping[str, float]
    models: frozenset[str]
    kinds: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True)
class Quoted:
    """`score`, float in [0, 1], is how sure the quote is the answer; `matched` counts the question's covered stems."""

    passage: Passage
    heading: str
    spans: tuple[Span, ...]
    score: float
    matched: int

    @property
    def place(self) -> tuple[str, str]:
        """What tells one section from another: passage and heading."""
        return self.passage.id, self.heading


def wanted(question: Asked, rarity: Rarity) -> Wanted:
    focus = rarity.stems(question.core)
    around = AROUND[min(len(focus), len(AROUND) - 1)]
    weights = dict.fromkeys(rarity.stems(f"{question.subject} {question.about}"), around)
    weights |= {stem: 1.0 if rarity.knows(stem) else UNKNOWN for stem in focus}
    said = sentences("\n\n".join((question.subject, question.about, question.core)))
    often = Counter(stem for span in said for stem in rarity.stems(span.text))
    for stem in weights:
        weights[stem] *= REPEATED if often[stem] > 1 else 1
        weights[stem] *= MINOR if stem.isdigit() or stem in ASKING_STEMS else 1
    models = frozenset(stem for stem in weights if _is_model(stem))
    return Wanted(weights, models, expected(question.text), question_words(question.text))


def best_quotes(question: Wanted, passages: Sequence[Passage], rarity: Rarity) -> list[Quoted]:
    """The best section, the first of equals, since the search ranked it higher; with it one as good beside it."""
    sections = [
        _best_run(question, passage, heading, spans, rarity)
        for passage in passages
        for heading, spans in _sections(passage)
        if spans
    ]
    ranked = sorted(sections, key=lambda section: -section.score)
    beside = (one for one in ranked[1:] if one.passage.document == ranked[0].passage.document)
    return ranked[:1] + [one for one in beside if one.score >= TIE * ranked[0].score][:1]


def _best_run(question: Wanted, passage: Passage, heading: str, spans: Sequence[Span], rarity: Rarity) -> Quoted:
    scored = [(_score(question, passage, heading, run, rarity), run) for run in _runs(passage.text, spans)]
    score, run = max(scored, key=lambda pair: pair[0])
    whole = tuple(spans) if sum(len(span.text.split()) for span in spans) <= MOST_WORDS else run
    return Quoted(passage, heading, whole, score, len(_covered(question, _text(passage.title, heading, run))))


def _score(question: Wanted, passage: Passage, heading: str, run: Sequence[Span], rarity: Rarity) -> float:
    text = _text("", heading, run)
    single = max(_cover(question, f"{heading} {span.text}", rarity) for span in run)
    score = (1 - SENTENCE) * _cover(question, f"{passage.title} {text}", rarity) + SENTENCE * single
    score += (1 - score) * (SAME_WORD if question.words & question_words(heading) else 0)
    if head := stems(heading):
        met = rarity.total(head & widened(question.weights)) / rarity.total(head)
        score += (1 - score) * HEADING * met
    models = frozenset(stem for stem in stems(text) if _is_model(stem))
    if question.models and models and question.models.isdisjoint(models):
        score *= OTHER_MODEL
    return score if gives(question.kinds, _text("", "", run)) else score * WRONG_KIND


def _text(title: str, heading: str, run: Sequence[Span]) -> str:
    return " ".join((title, heading, *(span.text for span in run)))


def _covered(question: Wanted, text: str) -> list[str]:
    reach = widened(stems(text))
    return [stem for stem in question.weights if stem in reach]


def _cover(question: Wanted, text: str, rarity: Rarity) -> float:
    """Covered share of the weighted question, float in [0, 1)."""
    weights = {stem: weight * rarity.weight(stem) for stem, weight in question.weights.items()}
    covered = sum(weights[stem] for stem in _covered(question, text))
    return covered / (sum(weights.values()) + rarity.prior)


def _is_model(stem: str) -> bool:
    return len(stem) <= 4 and stem[0].isalpha() and stem[-1].isdigit()


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


def _runs(text: str, spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Runs of neighbouring sentences: what follows the matching sentence often is the answer. Steps stay together."""
    steps = [span for span in spans if _STEP.search(text, 0, span.start)]
    if steps and len(steps) <= MOST_STEPS:
        yield tuple(steps)
        return
    size = min(MOST_SENTENCES, len(spans))
    for first in range(len(spans) - size + 1 if size else 0):
        yield tuple(spans[first : first + size])
