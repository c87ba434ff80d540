"""The encoder's classifier: kernel ridge regression over its vectors, and the labelled mails nearest to a new one.

A sentence encoder already lays like beside like; a Gaussian kernel makes use of neighbourhoods that a plane cannot
cut, and has a closed solution, the same for every run (Saunders et al. 1998). Of more than LANDMARKS rows a sample
stands for all (Nyström; Williams & Seeger 2001), so that time and memory stay bounded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LANDMARKS = 8_192
"""Rows that are solved for exactly; above that many, a quarter of it as sample."""
SAMPLE = 3_072
WIDTH = 2.0
"""Of exp(-WIDTH * squared distance); 1 to 3 differ by 0.2 points, cross-validated on BANKING77's training rows."""
RIDGE = 0.1
NEIGHBOURS = 5
_BLOCK = 2_048


@dataclass(frozen=True, slots=True)
class KernelModel:
    """`references` (m, d) are unit vectors of training mails, `rows` (m,) where they stood, `weights` (m, labels)."""

    references: Floats
    weights: Floats
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    """The label (m,) of each reference."""
    null: int | None = None
    """The label of mail out of scope, which is no neighbour."""

    def read(self, vectors: Floats) -> "Readings":
        """What speaks for each label, and how near the labelled mail in scope is."""
        margins = np.empty((len(vectors), self.weights.shape[1]))
        nearest = np.empty((len(vectors), 2))
        inside = self.targets != self.null if self.null is not None else slice(None)
        for at in range(0, len(vectors), _BLOCK):
            block = slice(at, at + _BLOCK)
            likeness = vectors[block] @ self.references.T
            margins[block] = _gaussian(likeness) @ self.weights
            known = likeness[:, inside]
            top = np.partition(known, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:] if known.shape[1] > NEIGHBOURS else known
            nearest[block] = np.column_stack([top.max(axis=1), top.mean(axis=1)])
        return Readings(margins, nearest)

    def neighbours(self, vector: Floats, count: int = NEIGHBOURS) -> list[tuple[int, float]]:
        """Training rows most like it, with their cosine, nearest first."""
        likeness = self.references @ vector
        order = np.argsort(-likeness, kind="stable")[:count]
        return [(int(self.rows[place]), float(likeness[place])) for place in order]


@dataclass(frozen=True, slots=True)
class Readings:
    """`margins` (n, labels), +1 for and -1 against; `nearest` (n, 2) cosines of the nearest reference and of five."""

    margins: NDArray[np.float64]
    nearest: NDArray[np.float64]


def fit_kernel(
    vectors: Floats, targets: NDArray[np.int64], labels: int, seed: int, null: int | None = None
) -> KernelModel:
    """Fits on unit `vectors` (n, d) and `targets` (n,) in [0, labels). Cubic in n up to LANDMARKS, then linear."""
    rows = np.arange(len(vectors))
    if len(vectors) <= LANDMARKS:
        weights = _solved(_gaussian(vectors @ vectors.T), _signs(targets, labels))
        return KernelModel(vectors, weights, rows, targets, null)
    chosen = np.sort(np.random.default_rng(seed).permutation(rows)[:SAMPLE])
    references = vectors[chosen]
    square = np.zeros((SAMPLE, SAMPLE), dtype=np.float32)
    right = np.zeros((SAMPLE, labels), dtype=np.float32)
    for at in range(0, len(vectors), _BLOCK):
        block = _gaussian(references @ vectors[at : at + _BLOCK].T)
        square += block @ block.T
        right += block @ _signs(targets[at : at + _BLOCK], labels)
    weights = _solved(square + RIDGE * _gaussian(references @ references.T), right)
    return KernelModel(references, weights, chosen, targets[chosen], null)


def _solved(matrix: Floats, right: Floats) -> Floats:
    from scipy.linalg import solve

    matrix[np.diag_indices_from(matrix)] += RIDGE
    return np.asarray(solve(matrix, right, assume_a="pos", overwrite_a=True, check_finite=False), dtype=np.float32)


def _gaussian(likeness: Floats) -> Floats:
    """Of cosines: for unit vectors the squared distance is 2 - 2 cos."""
    return np.asarray(np.exp(2 * WIDTH * (likeness - 1)), dtype=np.float32)


def _signs(targets: NDArray[np.int64], labels: int) -> Floats:
    signs = np.full((len(targets), labels), -1, dtype=np.float32)
    signs[np.arange(len(targets)), targets] = 1
    return signs
