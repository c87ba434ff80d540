"""From margins to probabilities that mean what they say, learned on margins the model did not train on.

One temperature for the choice among categories (Guo et al. 2017): with few rows a curve with more freedom would fit
noise, and with many it gained nothing on BANKING77. A small logistic model says how likely a mail is out of scope.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEPT_IN_SCOPE = 0.95
"""Share of in-scope training mail that the out-of-scope cut must let through."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Logistic model over `_signs` (standardised by `mean` and `scale`), and the cut above which a mail is out."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    cut: float

    def outside(self, margins: Floats, null: int) -> Floats:
        """Probability (n,) of being out of scope."""
        signs = (_signs(margins, null) - np.asarray(self.mean)) / np.asarray(self.scale)
        logit = signs @ np.asarray(self.weights) + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """`null` is the column of the out-of-scope label, or None; with it comes `scope`."""

    temperature: float
    null: int | None = None
    scope: Scope | None = None

    def probabilities(self, margins: Floats) -> tuple[Floats, Floats]:
        """Of each category (n, categories), and of being out of scope (n,); together they sum to 1."""
        inside = softmax(_inside(margins, self.null) / self.temperature)
        if self.scope is None or self.null is None:
            return inside, np.zeros(len(inside))
        outside = self.scope.outside(margins, self.null)
        return inside * (1 - outside)[:, None], outside


def fit_calibration(margins: Floats, targets: NDArray[np.int64], null: int | None) -> Calibration:
    """Learned from cross-fitted `margins` and true `targets` (n,); `null` is the out-of-scope column."""
    inside = targets != null if null is not None else np.ones(len(targets), dtype=bool)
    truth = targets - (targets > null) if null is not None else targets
    temperature = _best_temperature(_inside(margins[inside], null), truth[inside])
    scope = _fit_scope(margins, ~inside, null) if null is not None and (~inside).sum() >= 2 else None
    return Calibration(temperature, null, scope)


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True), dtype=np.float64)


def expected_calibration_error(confidence: Floats, correct: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017, section 2), in [0, 1]."""
    if not len(confidence):
        return 0.0
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(which, confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def _inside(values: Floats, null: int | None) -> Floats:
    return values if null is None else np.delete(values, null, axis=1)


def _best_temperature(logits: Floats, truth: NDArray[np.int64]) -> float:
    """The temperature with the least log loss."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits / np.exp(log_temperature))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    found: Any = minimize_scalar(loss, bounds=(np.log(0.01), np.log(10.0)), method="bounded")
    return float(np.exp(found.x))


def _fit_scope(margins: Floats, outside: NDArray[np.bool_], null: int) -> Scope:
    from sklearn.linear_model import LogisticRegression

    signs = _signs(margins, null)
    mean, scale = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    model: Any = LogisticRegression(C=1.0).fit((signs - mean) / scale, outside)
    scope = Scope(tuple(mean), tuple(scale), tuple(model.coef_[0]), float(model.intercept_[0]), 1.0)
    scores = scope.outside(margins, null)
    # half at the latest: above it, out of scope is the more probable answer, whatever the cut would let through
    cut = min(0.5, float(np.quantile(scores[~outside], KEPT_IN_SCOPE)))
    return Scope(scope.mean, scope.scale, scope.weights, scope.bias, cut)


def _signs(margins: Floats, null: int) -> Floats:
    """What tells a foreign mail: its out-of-scope margin, a weak best category, a close second."""
    ranked = np.sort(_inside(margins, null), axis=1)
    best = ranked[:, -1]
    second = ranked[:, -2] if ranked.shape[1] > 1 else np.full_like(best, -1.0)
    return np.column_stack([margins[:, null], best, best - second])
