"""The probability from which a category may be answered without a person, for a wished precision.

Chosen on cross-fitted training predictions, in two ways of which the lower threshold holds. Proven: fixed-sequence
testing with several starts (Angelopoulos et al. 2021, "Learn then Test", section 4) over exact binomial bounds (Clopper
& Pearson 1934); with a probability of CONFIDENCE the answers above the threshold are right as often as wished, on mail
like that of training. Believed: what the calibrated probabilities say, as if it had been seen on BELIEF answers beside
those that were: of few answers the probabilities decide, of many their errors. A category whose own errors are too many
for chance is raised above what holds for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PRECISIONS = (0.95, 0.99)
CONFIDENCE = 0.9
NEVER = 1.0
"""No prediction reaches it: a person is always asked."""
STARTS = (0.0, 0.5, 0.75, 0.9)
"""Shares of all answers at which a sequence of tests begins; each has its part of the error that is allowed."""
BELIEF = 100
"""Answers' worth of belief in the probabilities. In simulations of a calibrated model as much is answered so as if they
were believed outright, to 2 points; one that is too sure by a point keeps 0.95 in 9 of 10 trainings on 1,000 rows."""
ENOUGH = 2
"""So many times the answers that could prove the wished precision must not contradict the probabilities."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A threshold in [0, 1] by category; not `proven`, it rests on the probabilities being right."""

    thresholds: dict[str, float]
    proven: bool


def choose_thresholds(
    categories: Sequence[str], predicted: NDArray[np.int64], probability: Floats, correct: Flags, precision: float
) -> Chosen:
    """From predictions (n,) that the model did not train on."""
    proven = _lowest_proven(probability, correct, precision)
    common = min(proven, _lowest_believed(probability, correct, precision))
    chosen = {}
    for index, category in enumerate(categories):
        mine = predicted == index
        chosen[category] = round(max(common, _lowest_tenable(probability[mine], correct[mine], precision)), 4)
    return Chosen(chosen, proven=common == proven < NEVER)


def lower_bound(
    successes: NDArray[np.int64], trials: NDArray[np.int64], error: float = 1 - CONFIDENCE
) -> NDArray[np.float64]:
    """One-sided lower bound of a proportion, too high with a probability of `error` (Clopper & Pearson 1934)."""
    from scipy.special import betaincinv

    failures = trials - successes
    bound = betaincinv(np.maximum(successes, 1), failures + 1, error)
    return np.where(successes > 0, bound, 0.0)


def _fewest(precision: float) -> int:
    """Answers of which fewer prove nothing, were they all right."""
    return int(np.ceil(np.log((1 - CONFIDENCE) / len(STARTS)) / np.log(precision)))


def _lowest_proven(probability: Floats, correct: Flags, precision: float) -> float:
    """The lowest threshold whose answers are proven to reach `precision`, or NEVER."""
    error, first = (1 - CONFIDENCE) / len(STARTS), _fewest(precision)
    ranked, right, answered = _ranked(probability, correct)
    proven = lower_bound(right, answered, error) >= precision
    step, lowest = max(1, len(ranked) // 200), NEVER
    for share in STARTS:
        for place in range(max(first, int(share * len(ranked))) - 1, len(ranked), step):
            end = int(np.searchsorted(-ranked, -ranked[place], side="right")) - 1  # equal ones stand or fall together
            if not proven[end]:
                break
            lowest = min(lowest, float(np.floor(ranked[end] * 1e4) / 1e4))
    return lowest


def _lowest_believed(probability: Floats, correct: Flags, precision: float) -> float:
    """The lowest threshold that probabilities and errors together speak for, or NEVER.

    Its answers are each as sure as wished, or in the mean, and then surer by what chance may take away with a
    probability of 1 - CONFIDENCE (normal approximation). Where very many answers that should be as good as wished were
    not, nothing is believed: a handful above them that happened to be right is no better.
    """
    from scipy.special import ndtri

    ranked, right, answered = _ranked(probability, correct)
    blend = (right + BELIEF * np.cumsum(ranked) / answered) / (answered + BELIEF)
    chance = ndtri(CONFIDENCE) * np.sqrt(precision * (1 - precision) / (answered + BELIEF))
    as_sure = int(np.count_nonzero(ranked >= precision))
    each = precision  # of calibrated answers of 0.95 and more 95 of 100 are right at least
    if as_sure and blend[as_sure - 1] < precision:
        if as_sure >= ENOUGH * _fewest(precision):
            return NEVER
        each = _lowest(ranked, (ranked >= precision) & (blend >= precision))
    lowest = min(each, _lowest(ranked, blend >= precision + chance))
    return max(lowest, _lowest_tenable(probability, correct, precision))


def _lowest_tenable(probability: Floats, correct: Flags, precision: float) -> float:
    """The lowest threshold above which the errors seen may still be chance at `precision`; 0 without rows."""
    if not len(probability):
        return 0.0
    ranked, right, answered = _ranked(probability, correct)
    return _lowest(ranked, _upper_bound(right, answered) >= precision)


def _upper_bound(successes: NDArray[np.int64], trials: NDArray[np.int64]) -> Floats:
    return 1 - lower_bound(trials - successes, trials)


def _ranked(probability: Floats, correct: Flags) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Probabilities, highest first, with how many answers were right and given down to each."""
    order = np.argsort(-probability, kind="stable")
    return probability[order], np.cumsum(correct[order]), np.arange(1, len(order) + 1)


def _lowest(ranked: Floats, good: Flags) -> float:
    # equal probabilities stand or fall together: only the last of a run is a possible threshold
    last_of_run = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
    places = np.flatnonzero(good & last_of_run)
    return float(np.floor(ranked[places[-1]] * 1e4) / 1e4) if len(places) else NEVER
