"""The writer without a model: quotes the best sentences of the knowledge, word for word, or says that it has none.

It answers question by question. What it cannot find it leaves to a colleague, openly. It quotes only passages in the
reply's language: a customer who wrote in French and gets English sentences between French ones thinks of a machine, and
a support lead would rather answer that mail herself. Such passages still stand beside the draft, for the reviewer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ml.large.asking import Asked, asked
from ml.large.knowledge import Knowledge
from ml.large.quoting import Quoted, best_quotes, wanted
from ml.large.sentences import plain
from ml.large.synonyms import other_words
from ml.large.words import stems
from models.draft import Citation, Passage

GOOD_ENOUGH = 0.45
"""Score from which a quote counts as an answer: on the odd rows of examples/questions.jsonl 30 of the 35 answers from
here on hold the facts; below it most do not."""
LEAST_MATCHED = 2
"""Words that question and answer must share: one alone is chance."""
MOST_QUESTIONS = 5
MOST_ANSWERS = 4
PASSAGES = 16
OFFERED = 6
"""Passages a question that a reviewer sees beside the draft; the rest of `PASSAGES` is only weighed."""


@dataclass(frozen=True)
class Extract:
    """Answer paragraphs with their citations. `open_questions` are those without an answer, in the customer's words.

    `confidence` is the lowest score among the answered questions, float in [0, 1].
    """

    answers: tuple[str, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    open_questions: tuple[str, ...]
    confidence: float

    @property
    def complete(self) -> bool:
        return bool(self.answers) and not self.open_questions


def extract(subject: str, text: str, language: str, knowledge: Knowledge, told: str = "") -> Extract:
    """Answers the questions in `text` from `knowledge`, in `language`; what we have `told` already is not quoted again.

    Raises KnowledgeError when the index fails.
    """
    seeker = _Seeker(knowledge, language, " ".join(told.split()))
    questions = asked(subject, text)
    found = [seeker.find(question) for question in questions[:MOST_QUESTIONS]]
    quotes = {quote.place: quote for good in reversed(found) for quote in reversed(good)}
    kept = dict(list(quotes.items())[::-1][:MOST_ANSWERS])
    answered = [any(quote.place in kept for quote in good) for good in found]
    answered += [False] * (len(questions) - len(found))
    return Extract(
        tuple(" ".join(plain(span.text) for span in quote.spans) for quote in kept.values()),
        tuple(citation for quote in kept.values() for citation in _citations(quote)),
        tuple(seeker.offered.values()),
        tuple(question.text for question, done in zip(questions, answered, strict=True) if not done),
        min((good[0].score for good in found if good), default=0.0),
    )


class _Seeker:
    """Looks for the answer to one question after the other, and remembers every passage it was offered."""

    def __init__(self, knowledge: Knowledge, language: str, told: str) -> None:
        self._knowledge, self._language, self._told = knowledge, language, told
        self.offered: dict[str, Passage] = {}

    def find(self, question: Asked) -> list[Quoted]:
        """The best quotes in the language of the reply, if they are good enough."""
        said = f"{question.core} {question.subject} {question.about}"
        query = f"{said}\n\n{' '.join(other_words(stems(said)))}"
        found = self._knowledge.search(query, PASSAGES, self._language)
        quotable = [passage for passage in found if passage.language in (self._language, "und")]
        rarity = self._knowledge.rarity
        best = [quote for quote in best_quotes(wanted(question, rarity), quotable, rarity) if self._is_good(quote)]
        offered = [*(quote.passage for quote in best), *found[:OFFERED]]
        self.offered.update((passage.id, passage) for passage in offered)
        return best

    def _is_good(self, quote: Quoted) -> bool:
        new = not all(plain(span.text) in self._told for span in quote.spans)
        return new and quote.score >= GOOD_ENOUGH and quote.matched >= LEAST_MATCHED


def _citations(answer: Quoted) -> Iterator[Citation]:
    for span in answer.spans:
        yield Citation(
            claim=plain(span.text), document=answer.passage.document, passage=answer.passage.id, quote=span.text
        )
