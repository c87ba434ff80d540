"""The encoder's classifier: kernel ridge regression over its vectors, and the labelled mails nearest to a new one.

A sentence encoder already lays like beside like; a Gaussian kernel makes use of neighbourhoods that a plane cannot
cut, and has a closed solution, the same for every run (Saunders et al. 1998). Of more than LANDMARKS rows a sample
stands for all (Nyström; Williams & Seeger 2001), so that time and memory stay bounded. The vectors of many
rows are turned to where they vary most and cut to NARROW numbers: a mail is compared in a third of the time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LANDMARKS = 16_384
"""Rows that are solved for exactly, in 1 GB; of more than that, SAMPLE. To solve for 8,000 of BANKING77's or 12,000 of
CLINC150's training rows instead of a sample of them is worth 0.8 and 0.2 points of accuracy on others."""
SAMPLE = 3_072
NARROW_FROM, NARROW = 2_000, 384
"""Rows from which vectors are cut, and to how many numbers, in which 98.5% of the length of BANKING77's lies."""
WIDTH = 2.0
"""Of exp(-WIDTH * squared distance); 1 to 3 differ by 0.2 points, cross-validated on BANKING77's training rows."""
RIDGE = 0.1
NEIGHBOURS = 5
_BLOCK = 2_048


@dataclass(frozen=True, slots=True)
class KernelModel:
    """`references` (m, k) are vectors of training mails, `rows` (m,) where they stood, `weights` (m, labels)."""

    references: Floats
    weights: Floats
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    """The label (m,) of each reference."""
    null: int | None = None
    """The label of mail out of scope, which is no neighbour."""
    turn: Floats | None = None
    """From vectors (d,) to where the references lie (d, k), which keeps cosines; None where they lie as they are."""

    def read(self, vectors: Floats) -> "Readings":
        """What speaks for each label, and how near the labelled mail in scope is."""
        margins = np.empty((len(vectors), self.weights.shape[1]))
        nearest = np.empty((len(vectors), 2))
        inside = self.targets != self.null if self.null is not None else slice(None)
        for at in range(0, len(vectors), _BLOCK):
            block = slice(at, at + _BLOCK)
            likeness = np.asarray(_turned(vectors[block], self.turn) @ self.references.T, dtype=np.float32)
            known = likeness[:, inside]
            top = np.partition(known, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:] if known.shape[1] > NEIGHBOURS else known
            nearest[block] = np.column_stack([top.max(axis=1), top.mean(axis=1)])
            margins[block] = _gaussian(likeness) @ self.weights
        return Readings(margins, nearest)

    def neighbours(self, vector: Floats, count: int = NEIGHBOURS) -> list[tuple[int, float]]:
        """Training rows most like it, with their cosine, nearest first."""
        likeness = self.references @ _turned(vector, self.turn)
        order = np.argsort(-likeness, kind="stable")[:count]
        return [(int(self.rows[place]), float(likeness[place])) for place in order]

    def usual_likeness(self, vector: Floats) -> float:
        """Cosine under which a quarter of all training rows lie: of mails that have no more in common than mail has."""
        return float(np.quantile(self.references @ _turned(vector, self.turn), 0.25))


@dataclass(frozen=True, slots=True)
class Readings:
    """`margins` (n, labels), +1 for and -1 against; `nearest` (n, 2) cosines of the nearest reference and of five."""

    margins: NDArray[np.float64]
    nearest: NDArray[np.float64]


def fit_kernel(
    vectors: Floats,
    targets: NDArray[np.int64],
    labels: int,
    seed: int,
    null: int | None = None,
    turn: Floats | None = None,
) -> KernelModel:
    """Fits on unit `vectors` (n, d) and `targets` (n,) in [0, labels). Cubic in n up to LANDMARKS, then linear.

    `turn` (d, k) says which part of the vectors is compared; without it, all of few rows, and where many vary most.
    """
    rows = np.arange(len(vectors))
    if turn is None and len(vectors) >= NARROW_FROM and vectors.shape[1] > NARROW:
        turn = _where_most_vary(vectors)
    vectors = _turned(vectors, turn)
    if len(vectors) <= LANDMARKS:
        weights = _solved(_gaussian(vectors @ vectors.T), _signs(targets, labels))
        return KernelModel(vectors, weights, rows, targets, null, turn)
    chosen = np.sort(np.random.default_rng(seed).permutation(rows)[:SAMPLE])
    references = vectors[chosen]
    square = np.zeros((SAMPLE, SAMPLE), dtype=np.float32)
    right = np.zeros((SAMPLE, labels), dtype=np.float32)
    for at in range(0, len(vectors), _BLOCK):
        block = _gaussian(references @ vectors[at : at + _BLOCK].T)
        square += block @ block.T
        right += block @ _signs(targets[at : at + _BLOCK], labels)
    weights = _solved(square + RIDGE * _gaussian(references @ references.T), right)
    return KernelModel(references, weights, chosen, targets[chosen], null, turn)


def _where_most_vary(vectors: Floats) -> Floats:
    """The NARROW directions (d, NARROW) in which most of the vectors' length lies."""
    from scipy.linalg import eigh

    last = vectors.shape[1] - 1
    _, directions = eigh(vectors.T @ vectors, subset_by_index=(last + 1 - NARROW, last), check_finite=False)
    return np.ascontiguousarray(directions, dtype=np.float32)


def _turned(vectors: Floats, turn: Floats | None) -> Floats:
    return vectors if turn is None else np.asarray(vectors @ turn, dtype=np.float32)


def _solved(matrix: Floats, right: Floats) -> Floats:
    """Of a symmetric `matrix`, which is used up: the largest thing in memory is never copied."""
    from scipy.linalg import cho_factor, cho_solve

    matrix[np.diag_indices_from(matrix)] += RIDGE
    factor = cho_factor(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, right, check_finite=False), dtype=np.float32)


def _gaussian(likeness: Floats) -> Floats:
    """Of cosines, in their place: for unit vectors the squared distance is 2 - 2 cos."""
    likeness -= 1
    likeness *= 2 * WIDTH
    return np.exp(likeness, out=likeness)


def _signs(targets: NDArray[np.int64], labels: int) -> Floats:
    signs = np.full((len(targets), labels), -1, dtype=np.float32)
    signs[np.arange(len(targets)), targets] = 1
    return signs
