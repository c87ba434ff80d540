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
LOSS_OF_ONE = 0.003
"""One mail may be lost so where it is no more than this share of all: 0.1% of 400 mails is none at all, and then every
other mail is read by the encoder for the sake of one. On 250 mails of SpamAssassin's corpus, cross-validated, one that
may be lost halves what the encoder reads (9% to 5%) and loses none."""
LOSS_OUTSIDE = 0.02
"""Share of the mail out of scope that it may take for its own where the encoder would not. On CLINC150's validation
rows 96 of 100 are found so and 94 without, and the linear model answers 70% of all mail instead of 78%."""
LOSS_STRANGE = 0.05
"""Share of the mail of categories unseen (`ml.small.strangers`) that it may answer. With a third of BANKING77's
training categories left out, in and out of scope are told apart at an AUROC of .92 so and .91 without (.94 by the
encoder for all), and the linear model answers 62% of mail in scope instead of 77%."""
NEVER = 1.1
"""A probability that no answer reaches: the next step is always asked."""
CERTAIN = 1 - 1e-6
"""No answer is surer, so that a threshold of 1 is reached by none."""
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
    probability = np.minimum(scores.inside * share[:, None], CERTAIN)
    return Verdicts(probability, scores.outside, beyond, np.full(len(beyond), step))


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


def choose_passes(first: Verdicts, second: Verdicts, truth: NDArray[np.int64], strange: Verdicts) -> float:
    """The lowest probability from which `first` may answer alone at a LOSS of what `second` gets right.

    `truth` (n,) is -1 for mail out of scope, which only a step that holds it for such gets right. Such mail is rare in
    training, so its own loss has a bound of its own. `strange` is what `first` says of mail of categories unseen.
    """
    worse = _right(second, truth).astype(np.int64) - _right(first, truth)
    sure = np.where(first.beyond, 0.0, first.sure)
    order = np.argsort(-sure, kind="stable")
    worse_first, outside = np.maximum(worse[order], 0), (truth < 0)[order]
    lost, lost_outside = np.cumsum(worse_first), np.cumsum(worse_first * outside)
    most = max(LOSS * len(truth), min(1.0, LOSS_OF_ONE * len(truth)))
    bearable = (lost <= most) & (lost_outside <= LOSS_OUTSIDE * outside.sum())
    # of answers that are equally sure all pass or none
    last_of_run = np.append(np.diff(sure[order]) < 0, True)
    allowed = np.flatnonzero(bearable & last_of_run & (sure[order] > 0))
    passes = float(sure[order][allowed[-1]]) if len(allowed) else NEVER
    if not len(strange.step):
        return passes
    return max(passes, float(np.quantile(np.where(strange.beyond, 0.0, strange.sure), 1 - LOSS_STRANGE)))


def _right(verdicts: Verdicts, truth: NDArray[np.int64]) -> Flags:
    inside = truth >= 0
    return np.asarray(np.where(inside, (verdicts.best == truth) & ~verdicts.beyond, verdicts.beyond))
