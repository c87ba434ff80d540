"""Learns a model folder from labelled mail: checks the rows, cross-fits, calibrates, chooses thresholds, fits, saves.

Everything that is measured or tuned here rests on cross-fitted predictions, each made by a model that had not seen the
row. Each label, `None` (out of scope) among them, is one class of the linear model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import Calibration, expected_calibration_error, fit_calibration
from ml.small.labelled import LabelledMail, MailText
from ml.small.linear import fit_linear
from ml.small.ngrams import Counts, count_ngrams
from ml.small.registry import save, write_whole
from ml.small.rows import Examples, checked_examples
from ml.small.thresholds import PRECISIONS, choose_thresholds
from models.errors import ModelError
from models.record import Record

SMALL, LARGE = 2_000, 500_000
"""Under SMALL rows ten folds, since a fifth less to learn from would cost 3 points of accuracy on the example company;
from LARGE rows times labels three, which halve the time and leave evidence enough; else five."""

REPORT = "report.json"


class TrainingReport(Record):
    """Shares are in [0, 1] and cross-validated. `thresholds` and `coverage` go by wished precision."""

    version: str
    n: int
    labels: dict[str, int]
    """Rows by label; those out of scope are counted in `out_of_scope`."""
    out_of_scope: int
    accuracy: float
    """Of in-scope rows, with an answer forced."""
    macro_f1: float
    ece: float
    thresholds: dict[str, dict[str, float]]
    coverage: dict[str, float]
    """Share of all rows that would be answered without a person."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """Cross-fitted answers: `best` and `truth` (n,) are category indices, truth -1 when out of scope."""

    best: NDArray[np.int64]
    truth: NDArray[np.int64]
    probability: NDArray[np.float64]
    outside: NDArray[np.bool_]

    @property
    def correct(self) -> NDArray[np.bool_]:
        return np.asarray(self.best == self.truth)


def train(
    rows: Sequence[LabelledMail],
    out: Path,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    trained: date | None = None,
) -> TrainingReport:
    """Trains on `rows` and writes the model folder `out`; the same rows and seed give the same version.

    `trained` is the date noted in the model. Raises TrainingDataError when the rows cannot be learned from.
    """
    tell = progress or (lambda _: None)
    examples = checked_examples(rows)
    tell(f"reading {len(examples.mails)} mails")
    margins = _cross_fitted(examples, seed, tell)
    tell("calibrating")
    calibration = fit_calibration(margins, examples.targets, examples.null)
    held = _held(margins, calibration, examples)
    thresholds = {
        f"{wished:.2f}": choose_thresholds(
            examples.categories, held.best[~held.outside], held.probability[~held.outside],
            held.correct[~held.outside], wished,
        )
        for wished in PRECISIONS
    }  # fmt: skip
    tell("fitting on all mails")
    model = fit_linear(count_in_batches(examples.mails), examples.targets, len(examples.labels), seed)
    version = save(out, examples.categories, model, calibration, thresholds, trained)
    report = _report(version, examples, held, thresholds)
    try:
        write_whole(out / REPORT, report.model_dump_json(indent=1).encode())
    except OSError as error:
        raise ModelError(f"the report cannot be written to {out}: {error.strerror or error}") from error
    return report


def count_in_batches(mails: Sequence[MailText], batch: int = 512) -> Counts:
    """The n-grams of all mails, counted in batches, so that the code point arrays stay small."""
    starts = range(0, len(mails), batch)
    parts = [(start, count_ngrams(mails[start : start + batch])) for start in starts]
    return Counts(
        len(mails),
        np.concatenate([part.rows + start for start, part in parts]),
        np.concatenate([part.buckets for _, part in parts]),
        np.concatenate([part.counts for _, part in parts]),
    )


def _cross_fitted(examples: Examples, seed: int, tell: Callable[[str], None]) -> NDArray[np.float64]:
    """Margins (n, labels) of each row by a model that was fitted without it and without its duplicates."""
    size = len(examples.mails)
    folds = 3 if size * len(examples.labels) > LARGE else 10 if size < SMALL else 5
    fold_of = examples.folds(folds, seed)
    margins = np.empty((size, len(examples.labels)))
    for fold in range(folds):
        tell(f"cross-validating, part {fold + 1} of {folds}")
        learn, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        counts = count_in_batches([examples.mails[i] for i in learn])
        model = fit_linear(counts, examples.targets[learn], len(examples.labels), seed)
        margins[held] = model.margins([examples.mails[i] for i in held])
    return margins


def _held(margins: NDArray[np.float64], calibration: Calibration, examples: Examples) -> _Held:
    inside, outside = calibration.probabilities(margins)
    best = inside.argmax(axis=1)
    cut = calibration.scope.cut if calibration.scope else 1.0
    return _Held(best, examples.truth, inside[np.arange(len(best)), best], outside > cut)


def _report(version: str, examples: Examples, held: _Held, thresholds: dict[str, dict[str, float]]) -> TrainingReport:
    from sklearn.metrics import f1_score

    scope = held.truth >= 0
    counts = np.bincount(held.truth[scope], minlength=len(examples.categories))
    coverage = {}
    for wished, by_category in thresholds.items():
        cuts = np.array([by_category[category] for category in examples.categories])[held.best]
        coverage[wished] = round(float(((held.probability >= cuts) & ~held.outside).mean()), 4)
    return TrainingReport(
        version=version,
        n=len(held.truth),
        labels={category: int(count) for category, count in zip(examples.categories, counts, strict=True)},
        out_of_scope=int((~scope).sum()),
        accuracy=round(float(held.correct[scope].mean()), 4),
        macro_f1=round(float(f1_score(held.truth[scope], held.best[scope], average="macro", zero_division=0)), 4),
        ece=round(expected_calibration_error(held.probability, held.correct), 4),
        thresholds=thresholds,
        coverage=coverage,
        warnings=examples.warnings,
    )
