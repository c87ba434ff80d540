"""How much of a question a piece of knowledge covers: the score by which "nothing is good enough" is decided.

Search scores are only comparable within one search; coverage is comparable across searches. It is the share of the
question's informative words that the passage holds, each weighted by its rarity (inverse document frequency, Spärck
Jones, 1972). Words that the knowledge lacks altogether are mostly chat ("my family comes on Thursday"), sometimes the
very thing asked for; they count, at a discount. Misspelt and compounded words are first brought back to known ones.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from ml.large.synonyms import alike, widened
from ml.large.words import informative, stem

PRIOR_WORDS = 1.0
"""Weight, in rarest words, of what a question leaves unsaid: one lucky word alone then scores one half at most."""
CODE_WEIGHT = 1.5
"""Factor for known words with a digit: `E2` and `K1` name the matter more surely than any common noun. Set by hand."""


UNKNOWN_WEIGHT = 0.35
"""Weight of a word that the knowledge lacks, as a share of the rarest known word's. Set by hand, not tuned."""
CLOSE = 0.82
"""Ratio of matching characters (Ratcliff, Obershelp, 1988) at which an unknown word is a misspelt one; set by hand."""
LEAST_PART = 5
"""Letters that a part of a compound must have: `Kaffeemühle` holds `Mühle`."""


@dataclass(frozen=True)
class Rarity:
    """Document frequencies of the words and of the stems of `passages` passages."""

    words: Mapping[str, int]
    passages: int
    _stems: dict[str, int] = field(default_factory=dict, compare=False)
    _known: dict[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for word, frequency in self.words.items():
            self._stems[stem(word)] = min(self.passages, self._stems.get(stem(word), 0) + frequency)

    def stems(self, text: str) -> frozenset[str]:
        """Stems of the informative words of a question, each brought to a known form where there is one."""
        return frozenset(self._known_stem(word) for word in informative(text))

    def weight(self, stem: str) -> float:
        """Inverse document frequency, greater than 0."""
        frequency = self._stems.get(stem, 0) or max(self._stems.get(other, 0) for other in alike(stem))
        if not frequency:
            return UNKNOWN_WEIGHT * self._most
        rarity = math.log((1 + self.passages) / (1 + frequency)) + 0.1
        return rarity if stem.isalpha() else CODE_WEIGHT * rarity

    def knows(self, stem: str) -> bool:
        """Whether the knowledge has the stem, or one that means the same."""
        return any(other in self._stems for other in alike(stem))

    def total(self, wanted: Iterable[str]) -> float:
        return sum(self.weight(stem) for stem in wanted)

    def coverage(self, question: frozenset[str], passage: frozenset[str]) -> float:
        """Covered share of the question's stems, float in [0, 1); a stem of the same meaning covers too."""
        return self.total(question & widened(passage)) / (self.total(question) + self.prior)

    @property
    def prior(self) -> float:
        """Weight of what a question leaves unsaid."""
        return PRIOR_WORDS * self._most

    @property
    def _most(self) -> float:
        return math.log((1 + self.passages) / 2) + 0.1

    def _known_stem(self, word: str) -> str:
        if word not in self._known:
            # bounded, since the words come from strangers' mail
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[word] = stem(word) if stem(word) in self._stems else self._repaired(word)
        return self._known[word]

    def _repaired(self, word: str) -> str:
        if not word.isalpha() or not LEAST_PART <= len(word) <= 40:
            return stem(word)
        tails = (word[start:] for start in range(1, len(word) - LEAST_PART + 1))
        if part := next((tail for tail in tails if tail in self.words), ""):
            return stem(part)
        alike = [known for known in self.words if known[0] == word[0] and abs(len(known) - len(word)) <= 2]
        return stem(next(iter(get_close_matches(word, alike, 1, CLOSE)), word))


def count(texts: Iterable[str]) -> Rarity:
    """Counts in how many of `texts` each informative word occurs."""
    frequencies: Counter[str] = Counter()
    passages = 0
    for text in texts:
        frequencies.update(set(informative(text)))
        passages += 1
    return Rarity(frequencies, max(1, passages))
