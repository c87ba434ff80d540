"""Who answers: the linear model where it is sure, the encoder for the rest, and where neither is sure a person.

One function joins the steps, for live mail and for the cross-fitted rows on which thresholds are chosen, so that what
was measured is what runs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import Calibration, Scores
from ml.small.novelty import Evidence

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LOSS = 0.001
"""Share of all mail in which the linear model may be wrong where the encoder would have been right."""
NEVER = 1.1
"""A probability that no answer reaches: the next step is always asked."""
LINEAR, ENCODER = 0, 1


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`probability` (n, categories), `outside` (n,) of being out of scope, `beyond` (n,) what is taken to be so."""

    probability: Floats
    outside: Floats
    beyond: Flags
    step: NDArray[np.int64]
    """LINEAR or ENCODER (n,): who answered."""

    @property
    def best(self) -> NDArray[np.int64]:
        return np.asarray(self.probability.argmax(axis=1))

    @property
    def sure(self) -> Floats:
        """Probability of the best category (n,)."""
        return np.asarray(self.probability.max(axis=1))

    @property
    def forced(self) -> Floats:
        """The same, were the mail known to be in scope."""
        return np.asarray(self.sure / np.maximum(self.probability.sum(axis=1), 1e-12))

    def taken(self, rows: NDArray[np.int64]) -> "Verdicts":
        """A copy of those rows (k,)."""
        return Verdicts(self.probability[rows], self.outside[rows], self.beyond[rows], self.step[rows])


def judge(calibration: Calibration, evidence: Evidence, step: int) -> Verdicts:
    """What one step says of mails by its own evidence."""
    scores: Scores = calibration.scores(evidence)
    novelty = calibration.novelty
    beyond = scores.outside > novelty.cut if novelty else np.zeros(len(scores.outside), dtype=bool)
    # the sum of signs that stands in for a learned probability ranks mails, but must not lower what is calibrated
    share = 1 - scores.outside if novelty and novelty.learned else np.ones(len(scores.outside))
    return Verdicts(scores.inside * share[:, None], scores.outside, beyond, np.full(len(beyond), step))


def cascade(first: Verdicts, passes: float, ask: Callable[[NDArray[np.int64]], Verdicts]) -> Verdicts:
    """`first` where it is sure enough to pass, and what `ask` says of the rows (k,) that are left."""
    rest = np.flatnonzero((first.sure < passes) | first.beyond)
    if not len(rest):
        return first
    second = ask(rest)
    joined = first.taken(np.arange(len(first.step)))
    joined.probability[rest], joined.outside[rest] = second.probability, second.outside
    joined.beyond[rest], joined.step[rest] = second.beyond, second.step
    return joined


def choose_passes(first: Verdicts, second: Verdicts, truth: NDArray[np.int64]) -> float:
    """The lowest probability from which `first` may answer alone at a LOSS of what `second` gets right.

    `truth` (n,) is -1 for mail out of scope, which only a step that holds it for such gets right.
    """
    worse = _right(second, truth).astype(np.int64) - _right(first, truth)
    sure = np.where(first.beyond, 0.0, first.sure)
    order = np.argsort(-sure, kind="stable")
    lost = np.cumsum(np.maximum(worse[order], 0))
    # of answers that are equally sure all pass or none
    last_of_run = np.append(np.diff(sure[order]) < 0, True)
    allowed = np.flatnonzero((lost <= LOSS * len(truth)) & last_of_run & (sure[order] > 0))
    return float(sure[order][allowed[-1]]) if len(allowed) else NEVER


def _right(verdicts: Verdicts, truth: NDArray[np.int64]) -> Flags:
    inside = truth >= 0
    return np.asarray(np.where(inside, (verdicts.best == truth) & ~verdicts.beyond, verdicts.beyond))
