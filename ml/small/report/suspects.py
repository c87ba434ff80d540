"""Labels that are probably wrong, by confident learning (Northcutt, Jiang & Chuang 2021).

A row is suspect where a model that had not seen it is less sure of the given label than it usually is of rows that bear
it, and as sure of another label as it usually is of that one's own rows. Averages, and not fixed bounds, since models
are surer of some labels than of others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.report.held_out import HeldOut
from ml.small.why.excerpts import excerpt
from models.record import Record

EXCERPT = 160


class Suspect(Record):
    """A row whose label a person should look at. A label of None is out of scope; probabilities are in [0, 1]."""

    row: int
    """Which of the rows of the file, the first being 1."""
    label: str | None
    suggested: str | None
    probability: float
    """Of the suggested label, cross-fitted."""
    label_probability: float
    text: str


@dataclass(frozen=True, slots=True)
class Doubts:
    """`rows` (k,) with the label that `suggested` (k,) names instead; the most doubtful first."""

    rows: NDArray[np.int64]
    suggested: NDArray[np.int64]


def find_suspects(held: HeldOut) -> list[Suspect]:
    """Ranked by how far the suggested label is ahead of the given one."""
    probability, targets = held.label_probability, held.examples.targets
    labels, numbers = held.examples.labels, held.examples.numbers
    doubts = confident_disagreement(probability, targets)
    return [
        Suspect(
            row=int(numbers[row]),
            label=labels[targets[row]],
            suggested=labels[other],
            probability=round(float(probability[row, other]), 4),
            label_probability=round(float(probability[row, targets[row]]), 4),
            text=excerpt(held.examples.mails[row], EXCERPT),
        )
        for row, other in zip(doubts.rows.tolist(), doubts.suggested.tolist(), strict=True)
    ]


def confident_disagreement(probability: NDArray[np.float64], targets: NDArray[np.int64]) -> Doubts:
    """Of cross-fitted `probability` (n, labels) and given `targets` (n,)."""
    rows = np.arange(len(targets))
    own, best = probability[rows, targets], probability.argmax(axis=1)
    labels = probability.shape[1]
    counts = np.bincount(targets, minlength=labels)
    # a label that no row bears has no average that a probability could reach
    usual = np.where(counts > 0, np.bincount(targets, own, minlength=labels) / np.maximum(counts, 1), np.inf)
    top = probability[rows, best]
    suspect = np.flatnonzero((best != targets) & (own < usual[targets]) & (top >= usual[best]))
    order = suspect[np.argsort(own[suspect] - top[suspect], kind="stable")]
    return Doubts(order, best[order])
