"""The two curves by which probabilities are judged: do they hold, and how much may be answered at which risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BINS = 10
POINTS = 150
"""Of the risk-coverage curve at most: more cannot be told apart on a screen."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose confidence lies in [low, high): how many, their mean confidence, and the share that was right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """The surest share of all mail (`coverage`), and which share of that was wrong (`risk`); both in [0, 1]."""

    coverage: float
    risk: float


def reliability(confidence: Floats, correct: Flags, bins: int = BINS) -> list[Bin]:
    """Equal-width bins of answers (n,), empty ones included (Guo et al. 2017, section 2)."""
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(which, minlength=bins)
    shares = np.maximum(counts, 1)
    means = np.bincount(which, confidence, minlength=bins) / shares
    right = np.bincount(which, correct, minlength=bins) / shares
    return [
        Bin(place / bins, (place + 1) / bins, int(counts[place]), float(means[place]), float(right[place]))
        for place in range(bins)
    ]


def risk_coverage(sure: Floats, correct: Flags, points: int = POINTS) -> list[RiskPoint]:
    """The surest answers first (Geifman & El-Yaniv 2017). Equally sure ones stand together; at most `points`.

    `sure` (n,) is 0 for mail that is never answered, which the curve stops short of.
    """
    order = np.argsort(-sure, kind="stable")
    ranked, wrong = sure[order], np.cumsum(~correct[order])
    last_of_run = np.append(np.diff(ranked) < 0, True)[: len(ranked)]
    ends = np.flatnonzero(last_of_run & (ranked > 0))
    chosen = ends[np.unique(np.linspace(0, len(ends) - 1, min(points, len(ends))).astype(np.int64))]
    return [RiskPoint((end + 1) / len(sure), wrong[end] / (end + 1)) for end in chosen.tolist()]


def top_of_scale(values: Sequence[float]) -> float:
    """The least of a few round shares that holds all values."""
    highest = max(values, default=0.0)
    return next((top for top in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5) if highest <= top), 1.0)
