"""Mail unlike any that was learned from: how far it lies from it, not only how unsure the models are.

Where training mail out of scope was given, a logistic model weighs the signs; without it their plain sum is compared
with what training mail itself shows (one-class; Hendrycks & Gimpel 2017 for the margins, Sun et al. 2022 for distances
to the nearest). Both cut where KEPT_IN_SCOPE of the in-scope training mail passes, the first earlier where what passed
would more probably be out of scope than in it: less is kept then, and training warns (`ml.small.report.summary`).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEPT_IN_SCOPE = 0.95
"""Share of in-scope training mail that the cut lets through, unless out of scope is the more probable answer."""
LEAST_CUT = 0.001
"""Where the two are told apart without an error, the cut must not fall to where rounding decides."""
MIN_OUTSIDE = 5
"""Fewer rows out of scope teach nothing about the rest of the world."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the models say of n mails: `margins` (n, labels) of each, and `nearest` (n, 2) cosines to training mail."""

    margins: tuple[Floats, ...]
    nearest: Floats | None = None
    null: int | None = None

    def with_null(self, null: int | None) -> "Evidence":
        return replace(self, null=null)

    def taken(self, rows: NDArray[Any]) -> "Evidence":
        nearest = None if self.nearest is None else self.nearest[rows]
        return Evidence(tuple(margins[rows] for margins in self.margins), nearest, self.null)


@dataclass(frozen=True, slots=True)
class Novelty:
    """Logistic model over signs that are standardised by `mean` and `scale`; above `cut` a mail is out of scope."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    cut: float
    null: int | None
    learned: bool
    """From mail out of scope; else `outside` orders mails but is no probability."""

    def outside(self, evidence: Evidence, inside: Floats) -> Floats:
        """Of being out of scope (n,), in [0, 1]."""
        signs = (_signs(evidence.with_null(self.null), inside) - np.asarray(self.mean)) / np.asarray(self.scale)
        logit = signs @ np.asarray(self.weights) + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), dtype=np.float64)


def fit_novelty(evidence: Evidence, inside: Floats, outside: NDArray[np.bool_]) -> Novelty:
    """From cross-fitted evidence; `outside` (n,) marks the training mail that is out of scope."""
    signs = _signs(evidence, inside)
    mean, scale = signs[~outside].mean(axis=0), np.maximum(signs[~outside].std(axis=0), 1e-6)
    standard = (signs - mean) / scale
    learned = int(outside.sum()) >= MIN_OUTSIDE
    weights, bias = _fitted(standard, outside) if learned else (-np.ones(signs.shape[1]), 0.0)
    if not learned and evidence.null is not None:
        weights[: len(evidence.margins)] = 1.0
    logit = standard @ weights
    if not learned:
        bias = -float(np.quantile(logit[~outside], KEPT_IN_SCOPE))
    scores = 1 / (1 + np.exp(-np.clip(logit + bias, -30, 30)))
    # half at the latest: above it, out of scope is the more probable answer, whatever the cut would let through
    cut = min(0.5, max(LEAST_CUT, float(np.quantile(scores[~outside], KEPT_IN_SCOPE))))
    return Novelty(tuple(mean), tuple(scale), tuple(weights.tolist()), float(bias), cut, evidence.null, learned)


def _fitted(signs: Floats, outside: NDArray[np.bool_]) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(C=1.0, max_iter=1_000).fit(signs, outside)
    return np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])


def _signs(evidence: Evidence, inside: Floats) -> Floats:
    """Columns: each model's out-of-scope margin (if that label exists), its best and its lead; then what is near."""
    null = evidence.null
    columns: list[Floats] = [] if null is None else [margins[:, null] for margins in evidence.margins]
    for margins in evidence.margins:
        best, second = _two_best(margins if null is None else np.delete(margins, null, axis=1))
        columns += [best, best - second]
    columns.append(np.log(np.maximum(inside.max(axis=1), 1e-9)))
    if evidence.nearest is not None:
        columns += list(evidence.nearest.T)
    return np.column_stack(columns)


def _two_best(margins: Floats) -> tuple[Floats, Floats]:
    if margins.shape[1] < 2:
        return margins[:, 0], np.full(len(margins), -1.0)
    ranked = np.partition(margins, -2, axis=1)
    return ranked[:, -1], ranked[:, -2]
