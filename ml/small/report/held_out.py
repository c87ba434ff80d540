"""What models that had not seen a training row say of it: the one source of every figure of the training report."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.cascade import Verdicts
from ml.small.novelty import MIN_OUTSIDE
from ml.small.rows import Examples

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """`verdicts` are cross-fitted over the n rows of `examples`; `thresholds` go by wished precision and category."""

    examples: Examples
    verdicts: Verdicts
    thresholds: dict[str, dict[str, float]]

    @property
    def outside(self) -> int:
        """The number that stands for out of scope, after those of the categories."""
        return len(self.examples.categories)

    @property
    def truth(self) -> Ints:
        """The label (n,) that each row bears."""
        return self.examples.targets

    @property
    def said(self) -> Ints:
        """The label (n,) that the models give, `outside` among them."""
        return np.where(self.verdicts.beyond, self.outside, self.verdicts.best)

    @property
    def wrong(self) -> Flags:
        return np.asarray(self.said != self.truth)

    @property
    def scope(self) -> Flags:
        return np.asarray(self.truth != self.outside)

    @property
    def label_probability(self) -> Floats:
        """Of each label (n, labels); where out of scope is one, the last column is its."""
        verdicts = self.verdicts
        if self.examples.null is None:
            return verdicts.probability
        # of so few foreign rows no probability was learned: 0 for all is an average that none falls under
        learned = np.count_nonzero(~self.scope) >= MIN_OUTSIDE
        return np.column_stack([verdicts.probability, verdicts.outside if learned else np.zeros_like(verdicts.outside)])

    def answered(self, wished: str) -> Flags:
        """Which rows (n,) would be answered without a person at the thresholds for a precision."""
        cuts = np.array([self.thresholds[wished][category] for category in self.examples.categories])
        return np.asarray((self.verdicts.sure >= cuts[self.verdicts.best]) & ~self.verdicts.beyond)
