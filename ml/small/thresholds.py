"""The probability from which a category may be answered without a person, for a wished precision.

Chosen on cross-fitted training predictions, with a lower bound instead of the observed share, since ten right answers
out of ten do not prove 95% (Clopper & Pearson 1934). Where a category has too little data, all categories together
decide, and its own errors may only raise what they say; where even they prove nothing, the threshold is the wished
precision itself, which a calibrated model meets.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PRECISIONS = (0.95, 0.99)
CONFIDENCE = 0.9
NEVER = 1.0
"""No prediction reaches it: a person is always asked."""


def choose_thresholds(
    categories: Sequence[str],
    predicted: NDArray[np.int64],
    probability: NDArray[np.float64],
    correct: NDArray[np.bool_],
    precision: float,
) -> dict[str, float]:
    """The threshold in [0, 1] of each category, from predictions (n,) that the model did not train on."""
    # calibrated answers of at least 0.95 are right in 95 of 100 cases or more; the data may prove that less will do
    fallback = min(_lowest_proven(probability, correct, precision), precision)
    chosen = {}
    for index, category in enumerate(categories):
        mine = predicted == index
        own = _lowest_proven(probability[mine], correct[mine], precision)
        if own == NEVER:
            own = max(fallback, _lowest_observed(probability[mine], correct[mine], precision))
        chosen[category] = round(own, 4)
    return chosen


def lower_bound(successes: NDArray[np.int64], trials: NDArray[np.int64]) -> NDArray[np.float64]:
    """One-sided lower bound of a proportion at `CONFIDENCE` (Clopper & Pearson 1934)."""
    from scipy.special import betaincinv

    failures = trials - successes
    bound = betaincinv(np.maximum(successes, 1), failures + 1, 1 - CONFIDENCE)
    return np.where(successes > 0, bound, 0.0)


def _lowest_proven(probability: NDArray[np.float64], correct: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold whose answers reach `precision` by the lower bound, or NEVER."""
    ranked, right, answered = _ranked(probability, correct)
    return _lowest(ranked, lower_bound(right, answered) >= precision)


def _lowest_observed(probability: NDArray[np.float64], correct: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold that errs no more than the wished precision allows in the rows seen; 0 without rows."""
    if not len(probability):
        return 0.0
    ranked, right, answered = _ranked(probability, correct)
    return _lowest(ranked, right / np.maximum(answered, 1) >= precision)


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
