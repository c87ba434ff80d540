"""Which labels the models take for which, and how well each label fares."""

from dataclasses import dataclass

import numpy as np

from ml.small.report.held_out import HeldOut, Ints


@dataclass(frozen=True, slots=True)
class Confused:
    """`count` rows labelled `label` were taken for `said`; `share` is that of the rows with the label, in [0, 1]."""

    label: str | None
    said: str | None
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """One category (None: out of scope). Shares are in [0, 1]; None where there is nothing to divide by.

    `precision` is of the rows taken for it, `recall` of the rows that bear it; `thresholds` and `answered` (share of
    its rows answered without a person) go by the wished precision.
    """

    label: str | None
    rows: int
    precision: float | None
    recall: float | None
    thresholds: dict[str, float]
    answered: dict[str, float]

    @property
    def weakness(self) -> float:
        """1 - F1, in [0, 1]."""
        precision, recall = self.precision or 0.0, self.recall or 0.0
        return 1 - 2 * precision * recall / max(precision + recall, 1e-9)


def shown_labels(held: HeldOut) -> list[str | None]:
    """The categories, and out of scope where a row bears it or was taken for it."""
    categories: list[str | None] = list(held.examples.categories)
    foreign = bool((~held.scope).any() or held.verdicts.beyond.any())
    return [*categories, None] if foreign else categories


def confusion(held: HeldOut) -> Ints:
    """Counts (labels, labels): row by the label given, column by the label said; out of scope is the last."""
    size = held.outside + 1
    return np.bincount(held.truth * size + held.said, minlength=size * size).reshape(size, size)


def most_confused(held: HeldOut, limit: int) -> list[Confused]:
    """The pairs that are mistaken most often, at most `limit`.

    Without mail out of scope to learn from, a share of each category is held to be so by design: no pair of note.
    """
    counts = confusion(held)
    rows = counts.sum(axis=1)
    names = (*held.examples.categories, None)
    wrong = counts - np.diag(np.diag(counts))
    if held.scope.all():
        wrong[:, held.outside] = 0
    order = np.argsort(-wrong, axis=None, kind="stable")[:limit]
    pairs = [(int(place) // len(names), int(place) % len(names)) for place in order]
    return [
        Confused(names[given], names[said], int(wrong[given, said]), float(wrong[given, said] / rows[given]))
        for given, said in pairs
        if wrong[given, said]
    ]


def label_figures(held: HeldOut) -> list[LabelFigures]:
    """One for each of `shown_labels`."""
    counts = confusion(held)
    given, said, right = counts.sum(axis=1), counts.sum(axis=0), np.diag(counts)
    answered = {wished: held.answered(wished) for wished in held.thresholds}
    shares = {
        wished: np.bincount(held.truth, flags, minlength=len(given)) / np.maximum(given, 1)
        for wished, flags in answered.items()
    }
    return [
        LabelFigures(
            label,
            int(given[place]),
            _share(right[place], said[place]),
            _share(right[place], given[place]),
            {wished: cuts[label] for wished, cuts in held.thresholds.items() if label is not None},
            {wished: float(share[place]) for wished, share in shares.items()},
        )
        for place, label in enumerate(shown_labels(held))
    ]


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
