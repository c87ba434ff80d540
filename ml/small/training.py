"""Learns a model folder from labelled mail: checks the rows, cross-fits, calibrates, chooses thresholds, fits, saves.

Everything that is measured or tuned here rests on cross-fitted predictions, each made by a model that had not seen the
row. Each label, `None` (out of scope) among them, is one class of the linear model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from ml.small.calibration import Calibration, expected_calibration_error, fit_calibration
from ml.small.cascade import Verdicts, cascade, choose_passes, judge
from ml.small.classifier import DECIDED_BY, Classifier, EncoderStep
from ml.small.encoder import Encoder, Floats
from ml.small.kernel import fit_kernel
from ml.small.labelled import LabelledMail, MailText
from ml.small.linear import fit_linear
from ml.small.ngrams import Counts, count_ngrams
from ml.small.novelty import Evidence
from ml.small.registry import save, write_whole
from ml.small.rows import Examples, checked_examples
from ml.small.thresholds import PRECISIONS, choose_thresholds
from models.classification import DecidedBy
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
    answered_by: dict[DecidedBy, float]
    """Share of all rows that each step had the last word on."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One step, calibrated, and what it says of rows that it had not seen."""

    calibration: Calibration
    verdicts: Verdicts


def train(
    rows: Sequence[LabelledMail],
    out: Path,
    *,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Callable[[str], None] | None = None,
    trained: date | None = None,
) -> TrainingReport:
    """Trains on `rows` and writes the model folder `out`; the same rows, seed and encoder give the same version.

    Without an `encoder` the linear model stands alone. `trained` is the date noted in the model. Raises
    TrainingDataError when the rows cannot be learned from.
    """
    tell = progress or (lambda _: None)
    examples = checked_examples(rows)
    tell(f"reading {len(examples.mails)} mails")
    counts = count_in_batches(examples.mails)
    vectors = encoder.embed([mail.reading for mail in examples.mails]) if encoder else None
    evidence = _cross_fitted(examples, counts, vectors, seed, tell)
    tell("calibrating")
    steps, passes = _calibrated(evidence, examples)
    held = cascade(steps[0].verdicts, passes, lambda rest: steps[-1].verdicts.taken(rest))
    thresholds = {f"{wished:.2f}": _thresholds(held, examples, wished) for wished in PRECISIONS}
    tell("fitting on all mails")
    labels = len(examples.labels)
    model = fit_linear(counts, examples.targets, labels, seed)
    second = None
    if encoder and vectors is not None:
        kernel = fit_kernel(vectors, examples.targets, labels, seed, examples.null)
        second = EncoderStep(encoder, kernel, steps[1].calibration, passes)
    classifier = Classifier("", examples.categories, model, steps[0].calibration, thresholds, second)
    version = save(out, classifier, trained)
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


def _cross_fitted(
    examples: Examples, counts: Counts, vectors: Floats | None, seed: int, tell: Callable[[str], None]
) -> Evidence:
    """What models say of each row that were fitted without it and without its duplicates."""
    size, labels = len(examples.mails), len(examples.labels)
    folds = 3 if size * labels > LARGE else 10 if size < SMALL else 5
    fold_of = examples.folds(folds, seed)
    linear, kernel, nearest = np.empty((size, labels)), np.empty((size, labels)), np.empty((size, 2))
    for fold in range(folds):
        tell(f"cross-validating, part {fold + 1} of {folds}")
        learn, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        targets = examples.targets[learn]
        linear[held] = fit_linear(counts.taken(learn), targets, labels, seed).margins_of(counts.taken(held))
        if vectors is not None:
            read = fit_kernel(vectors[learn], targets, labels, seed, examples.null).read(vectors[held])
            kernel[held], nearest[held] = read.margins, read.nearest
    return Evidence((linear,)) if vectors is None else Evidence((linear, kernel), nearest)


def _calibrated(evidence: Evidence, examples: Examples) -> tuple[list[_Fitted], float]:
    """Each step, and how sure the first must be for the second not to be asked."""
    steps = []
    for number in range(len(evidence.margins)):
        seen = Evidence(evidence.margins[: number + 1], evidence.nearest if number else None)
        calibration = fit_calibration(seen, examples.targets, examples.null)
        steps.append(_Fitted(calibration, judge(calibration, seen, number)))
    passes = choose_passes(steps[0].verdicts, steps[1].verdicts, examples.truth) if len(steps) > 1 else 0.0
    return steps, passes


def _thresholds(held: Verdicts, examples: Examples, wished: float) -> dict[str, float]:
    inside = ~held.beyond
    correct = held.best == examples.truth
    return choose_thresholds(examples.categories, held.best[inside], held.sure[inside], correct[inside], wished)


def _report(
    version: str, examples: Examples, held: Verdicts, thresholds: dict[str, dict[str, float]]
) -> TrainingReport:
    from sklearn.metrics import f1_score

    scope, truth = examples.truth >= 0, examples.truth
    counts = np.bincount(truth[scope], minlength=len(examples.categories))
    coverage = {}
    for wished, by_category in thresholds.items():
        cuts = np.array([by_category[category] for category in examples.categories])[held.best]
        coverage[wished] = round(float(((held.sure >= cuts) & ~held.beyond).mean()), 4)
    correct = held.best[scope] == truth[scope]
    return TrainingReport(
        version=version,
        n=len(truth),
        labels={category: int(count) for category, count in zip(examples.categories, counts, strict=True)},
        out_of_scope=int((~scope).sum()),
        accuracy=round(float(correct.mean()), 4),
        macro_f1=round(float(f1_score(truth[scope], held.best[scope], average="macro", zero_division=0)), 4),
        ece=round(expected_calibration_error(held.forced[scope], correct), 4),
        thresholds=thresholds,
        coverage=coverage,
        answered_by={by: round(float((held.step == step).mean()), 4) for step, by in enumerate(DECIDED_BY)},
        warnings=examples.warnings,
    )
