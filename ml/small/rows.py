"""Labelled rows made fit for learning: what cannot be learned from is refused, what is doubtful is named."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.small.labelled import LabelledMail, MailText, features_of
from ml.small.learning.wordings import wordings
from ml.small.ngrams import folded
from models.errors import TrainingDataError

MIN_ROWS = 10
FEW_ROWS = 10
"""Under this many rows a category is named in a warning: its threshold rests on others."""

FEW_IN_ALL = 100
"""With fewer a share of 0.95 that was measured may as well be 0.89 (Clopper & Pearson 1934, at 0.95)."""
MANY_LABELS = 200
FEW_GROUPS = 0.5
"""Share of the rows that differ in wording, under which it is said how many do."""


@dataclass(frozen=True, slots=True)
class Examples:
    """`targets` (n,) index `labels`; `null` is the index of the out-of-scope label, always the last, or None."""

    mails: tuple[MailText, ...]
    keys: tuple[str, ...]
    """The folded text of each mail: equal for duplicates."""
    labels: tuple[str | None, ...]
    targets: NDArray[np.int64]
    warnings: tuple[str, ...]
    groups: NDArray[np.int64]
    """Equal (n,) for duplicates and for mails of one wording, which names and numbers alone set apart."""
    numbers: NDArray[np.int64]
    """Which of the given rows (n,) each was, the first being 1: rows without text are left out."""

    @property
    def null(self) -> int | None:
        return len(self.labels) - 1 if self.labels[-1] is None else None

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(label for label in self.labels if label is not None)

    @property
    def truth(self) -> NDArray[np.int64]:
        """Category index (n,), -1 when out of scope."""
        return np.where(self.targets == len(self.categories), -1, self.targets)

    def taken(self, rows: NDArray[np.int64]) -> "Examples":
        """Those rows (k,) alone, of the same labels."""
        return replace(
            self,
            mails=tuple(self.mails[row] for row in rows),
            keys=tuple(self.keys[row] for row in rows),
            targets=self.targets[rows],
            groups=self.groups[rows],
            numbers=self.numbers[rows],
        )

    def folds(self, count: int, seed: int) -> NDArray[np.int64]:
        """A fold in [0, count) for each row, even over labels; a group shares one."""
        fold_of: dict[int, int] = {}
        dealt: dict[int, int] = defaultdict(int)
        for row in np.random.default_rng(seed).permutation(len(self.groups)).tolist():
            group, label = int(self.groups[row]), int(self.targets[row])
            if group not in fold_of:
                fold_of[group] = (dealt[label] + label) % count
                dealt[label] += 1
        return np.array([fold_of[group] for group in self.groups.tolist()], dtype=np.int64)

    @property
    def first_of_group(self) -> NDArray[np.int64]:
        """One row of each group (groups,): copies are no further evidence."""
        return np.sort(np.unique(self.groups, return_index=True)[1])


def checked_examples(rows: Sequence[LabelledMail]) -> Examples:
    """Raises TrainingDataError for too few rows, a single label, or labels that differ only in case."""
    texts = [features_of(row) for row in rows]
    filled = [place for place, text in enumerate(texts) if not text.empty]
    kept = [(texts[place], rows[place].label) for place in filled]
    if rows and not kept:
        raise TrainingDataError("no row has any text: fill in text, or subject and body")
    if len(kept) < MIN_ROWS:
        raise TrainingDataError(
            f"{len(kept)} rows with text are too few: label at least {MIN_ROWS}, better 20 a category"
        )
    counts: dict[str | None, int] = defaultdict(int)
    for _, label in kept:
        counts[label] += 1
    labels = _labels(counts)
    index = {label: number for number, label in enumerate(labels)}
    keys = tuple(folded(f"{text.subject} {text.body}") for text, _ in kept)
    if (different := len(set(keys))) < MIN_ROWS:
        raise TrainingDataError(
            f"{different} different texts among {len(kept)} rows are too few: add at least {MIN_ROWS}"
        )
    targets = np.array([index[label] for _, label in kept], dtype=np.int64)
    warnings = (*_count_warnings(counts, len(rows) - len(kept)), *_conflicts(keys, targets))
    numbers = np.array(filled, dtype=np.int64) + 1
    mails = tuple(text for text, _ in kept)
    groups = wordings(mails, keys)
    if (different := len(np.unique(groups))) < 2:
        raise TrainingDataError(
            f"all {len(kept)} rows are of one wording, which names and numbers alone set apart: add mails of others"
        )
    if different < FEW_GROUPS * len(kept):
        said = f"{len(kept)} rows are of {different} wordings: to the thresholds, copies of one count as one"
        warnings = (*warnings, said)
    return Examples(mails, keys, labels, targets, warnings, groups, numbers)


def _labels(counts: dict[str | None, int]) -> tuple[str | None, ...]:
    names = sorted(label for label in counts if label is not None)
    if not names:
        raise TrainingDataError("every row is out of scope: label rows of at least two categories")
    if len(names) < 2:
        raise TrainingDataError(f"all labelled rows are {names[0]!r}: add rows of at least one other category")
    seen: dict[str, str] = {}
    for name in names:
        same = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        if other := seen.get(same):
            how = "case" if other.casefold() == name.casefold() else "spaces or the coding of letters"
            raise TrainingDataError(f"labels {other!r} and {name!r} differ only in {how}: use one of them")
        seen[same] = name
    return (*names, None) if None in counts else tuple(names)


def _count_warnings(counts: dict[str | None, int], empty: int) -> list[str]:
    warnings = []
    if empty:
        warnings.append(f"{empty} rows have no text and were left out")
    few = sorted(label for label, count in counts.items() if label is not None and count < FEW_ROWS)
    if few:
        named = ", ".join(few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
        warnings.append(f"fewer than {FEW_ROWS} rows for {named}: what is measured of them says little")
    if (single := sum(count == 1 for count in counts.values())) > 1:
        warnings.append(f"{single} categories have one row: nothing can be measured of them")
    rows = sum(counts.values())
    if rows < FEW_IN_ALL:
        warnings.append(f"{rows} rows in all are few: accuracy and thresholds are rough until there are {FEW_IN_ALL}")
    if None not in counts:
        warnings.append(
            "no row is out of scope (label null): mail of no category is told by its distance alone, "
            "and about 5% of good mail is asked about with it"
        )
    if len(counts) > MANY_LABELS:
        warnings.append(f"{len(counts)} labels are many: merge those that are answered alike")
    return warnings


def _conflicts(keys: Sequence[str], targets: NDArray[np.int64]) -> list[str]:
    labels_of: dict[str, set[int]] = defaultdict(set)
    for key, target in zip(keys, targets.tolist(), strict=True):
        labels_of[key].add(target)
    conflicting = [key for key, labels in labels_of.items() if len(labels) > 1]
    if not conflicting:
        return []
    return [f"{len(conflicting)} texts bear different labels in different rows, first: {conflicting[0][:60]!r}"]
