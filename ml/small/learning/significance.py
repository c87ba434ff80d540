"""Whether two models differ, or chance alone: tests for answers to the same mails."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 20_000
"""Enough to tell 0.025 from 0.02 (standard error 0.001)."""
HITS, MOST_DRAWS = 50, 2_000_000
"""A stricter level takes more draws, until so many of them are expected to reach it."""


def spent(alpha: float, look: int) -> float:
    """What the `look`-th test of one growing sample, counted from 1, may spend of `alpha`: 1/2, 1/6, 1/12 …

    All shares of α/(k(k+1)) together are α, so by the union bound chance alone wins in α of all cases at most, however
    often and whenever one looks: alpha spending (Lan & DeMets 1983) without a last look.
    """
    return alpha / (look * (look + 1))


def more_often(gained: int, lost: int) -> float:
    """P-value in (0, 1] of McNemar's test (1947), exact and one-sided: that `gained` exceeds `lost` by chance.

    Of mails that only one of two models gets right, each would be the first's or the second's like a coin's toss.
    """
    from scipy.stats import binomtest

    if gained + lost == 0:
        return 1.0
    return float(binomtest(gained, gained + lost, 0.5, alternative="greater").pvalue)


def lower_by_chance(differences: Floats, level: float = 0.025, seed: int = 0) -> float:
    """P-value in (0, 1] of the sign-flip randomisation test (Fisher 1935), one-sided: that the mean is below 0.

    `differences` (n,) are paired; were both models alike, each could as well bear the other sign. The p-value is exact
    enough to be held against `level`.
    """
    draws = min(MOST_DRAWS, max(DRAWS, round(HITS / level)))
    moved = differences[differences != 0]
    sizes, counts = np.unique(np.abs(moved), return_counts=True)
    rng = np.random.default_rng(seed)
    sums = np.zeros(draws)
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        sums += size * (2.0 * rng.binomial(count, 0.5, draws) - count)
    return float((1 + np.count_nonzero(sums <= moved.sum() + 1e-9)) / (1 + draws))


def mean_interval(differences: Floats, seed: int = 0) -> tuple[float, float]:
    """95% interval of the mean of paired differences (n,): the percentile bootstrap (Efron 1979)."""
    size = len(differences)
    values, counts = np.unique(differences, return_counts=True)
    # a resample only says how often each value came: that many fit into memory whatever n is
    drawn = np.random.default_rng(seed).multinomial(size, counts / size, DRAWS)
    low, high = np.quantile(drawn @ values / size, [0.025, 0.975])
    return float(low), float(high)
