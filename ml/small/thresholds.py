"""The probability from which a category may be answered without a person, for a wished precision.

Chosen on cross-fitted training predictions by fixed-sequence testing with several starts (Angelopoulos et al. 2021,
"Learn then Test", section 4) over exact binomial bounds (Clopper & Pearson 1934): with a probability of CONFIDENCE the
answers above the threshold are right as often as wished, on mail like that of training. A category whose own errors are
too many for chance is raised above what holds for all. Where that proves less than calibrated probabilities say, they
are believed: the answers above the threshold are then as sure in the mean as wished, by as much more as chance may take
away, or each of them is; and surer where the answers above it refute that.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PRECISIONS = (0.95, 0.99)
CONFIDENCE = 0.9
NEVER = 1.0
"""No prediction reaches it: a person is always asked."""
STARTS = (0.0, 0.5, 0.75, 0.9)
"""Shares of all answers at which a sequence of tests begins; each has its part of the error that is allowed."""


def choose_thresholds(
    categories: Sequence[str],
    predicted: NDArray[np.int64],
    probability: NDArray[np.float64],
    correct: NDArray[np.bool_],
    precision: float,
) -> dict[str, float]:
    """The threshold in [0, 1] of each category, from predictions (n,) that the model did not train on."""
    # calibrated answers of at least 0.95 are right in 95 of 100 cases or more; less will do where their mean is higher
    assumed = max(
        min(precision, _lowest_believed(probability, precision)), _lowest_tenable(probability, correct, precision)
    )
    common = min(_lowest_proven(probability, correct, precision), assumed)
    chosen = {}
    for index, category in enumerate(categories):
        mine = predicted == index
        chosen[category] = round(max(common, _lowest_tenable(probability[mine], correct[mine], precision)), 4)
    return chosen


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


def _lowest_proven(probability: NDArray[np.float64], correct: NDArray[np.bool_], precision: float) -> float:
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


def _lowest_believed(probability: NDArray[np.float64], precision: float) -> float:
    """The lowest threshold whose answers would be right as often as wished with a probability of CONFIDENCE.

    That is, were each right with the probability that is said of it (normal approximation). On training rows held out
    from BANKING77 0.99 is kept so (99.15% of 77% answered, of 74% without), from ten rows a category of CLINC150 too
    (99.15% of 77%, of 72% without).
    """
    from scipy.special import ndtri

    ranked, answered = np.sort(probability)[::-1], np.arange(1, len(probability) + 1)
    chance = ndtri(CONFIDENCE) * np.sqrt(precision * (1 - precision) / answered)
    return _lowest(ranked, np.cumsum(ranked) / answered >= precision + chance)


def _lowest_tenable(probability: NDArray[np.float64], correct: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold above which the errors seen may still be chance at `precision`; 0 without rows."""
    if not len(probability):
        return 0.0
    ranked, right, answered = _ranked(probability, correct)
    return _lowest(ranked, _upper_bound(right, answered) >= precision)


def _upper_bound(successes: NDArray[np.int64], trials: NDArray[np.int64]) -> NDArray[np.float64]:
    return 1 - lower_bound(trials - successes, trials)


def _ranked(
    probability: NDArray[np.float64], correct: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Probabilities, highest first, with how many answers were right and given down to each."""
    order = np.argsort(-probability, kind="stable")
    return probability[order], np.cumsum(correct[order]), np.arange(1, len(order) + 1)


def _lowest(ranked: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    # equal probabilities stand or fall together: only the last of a run is a possible threshold
    last_of_run = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
    places = np.flatnonzero(good & last_of_run)
    return float(np.floor(ranked[places[-1]] * 1e4) / 1e4) if len(places) else NEVER
