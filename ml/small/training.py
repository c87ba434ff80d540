"""Learns a model folder from labelled mail: checks the rows, cross-fits, calibrates, chooses thresholds, fits, saves.

Everything that is measured or tuned here rests on cross-fitted predictions, each made by a model that had not seen the
row; rows that the encoder itself was tuned on are learned from and never measured. Each label, `None` (out of scope)
among them, is one class of the linear model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import Calibration, fit_calibration
from ml.small.cascade import LINEAR, Verdicts, cascade, choose_passes, judge
from ml.small.classifier import Classifier, EncoderStep
from ml.small.drift import reference_of
from ml.small.encoder.embedding import Encoder, Floats
from ml.small.encoder.tuned import seen_rows
from ml.small.kernel import fit_kernel
from ml.small.labelled import LabelledMail, MailText
from ml.small.linear import fit_linear
from ml.small.manifest import report_folder
from ml.small.names import with_names
from ml.small.ngrams import Counts, count_ngrams
from ml.small.novelty import Evidence
from ml.small.registry import Learned, save
from ml.small.registry import activate as put_to_use
from ml.small.report.held_out import HeldOut
from ml.small.report.page import write_report
from ml.small.report.summary import TrainingReport, summarised
from ml.small.rows import MIN_ROWS, Examples, checked_examples
from ml.small.strangers import strange_margins
from ml.small.thresholds import PRECISIONS, Chosen, choose_thresholds
from ml.small.why.examples import Example, example_of
from models.errors import ModelError, TrainingDataError

SMALL, LARGE = 2_000, 500_000
"""Under SMALL rows ten folds, since a fifth less to learn from would cost 3 points of accuracy on the example company;
from LARGE rows times labels three, which halve the time and leave evidence enough; else five."""

MANY, HELD_OUT = 50_000, 20_000
"""From MANY rows on, HELD_OUT of them are evidence enough: they are held out once, which spares two fits."""

PARTS = 100
"""Into at least so many those many are dealt, so that those held out are HELD_OUT but for one in a hundred."""

PORTION = 1_024
"""Mails between two words about how far the encoder is: some seconds."""


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
    embedded: Callable[[int, int], None] | None = None,
    trained: date | None = None,
    activate: bool = True,
) -> TrainingReport:
    """Trains on `rows` and writes the model folder `out`; the same rows, seed and encoder give the same version.

    Without an `encoder` the linear model stands alone. `trained` is the date noted in the model. Not activated, the
    version only lies there. `progress` is told each step, `embedded` how many mails of how many the encoder has read,
    which is most of the time where there are many. Raises TrainingDataError when the rows cannot be learned from.
    """
    tell = progress or (lambda _: None)
    examples = checked_examples(rows)
    taught = with_names(examples)
    tell(f"reading {len(examples.mails)} mails")
    counts = count_in_batches(taught.mails)
    vectors = _embedded(encoder, taught.mails, embedded) if encoder else None
    possible = measurable(examples, encoder)
    rows_measured = enough(examples, possible, seed)
    folds = 1 if len(rows_measured) < len(possible) else _folds(len(taught.mails), len(examples.labels))
    measured = examples.taken(rows_measured)
    evidence = _cross_fitted(taught, rows_measured, measured.folds(folds, seed), counts, vectors, seed, tell)
    tell("calibrating")
    strange = strange_margins(examples, counts, seed) if encoder else np.empty((0, len(examples.labels)))
    steps, passes = _calibrated(evidence, measured, strange)
    held = cascade(steps[0].verdicts, passes, lambda rest: steps[-1].verdicts.taken(rest))
    chosen = {f"{wished:.2f}": _chosen(held, measured, wished) for wished in PRECISIONS}
    thresholds = {wished: one.thresholds for wished, one in chosen.items()}
    tell("fitting on all mails")
    labels = len(examples.labels)
    model = fit_linear(counts, taught.targets, labels, seed)
    second = None
    if encoder and vectors is not None:
        kernel = fit_kernel(vectors, taught.targets, labels, seed, taught.null)
        second = EncoderStep(encoder, kernel, steps[1].calibration, passes)
    classifier = Classifier("", examples.categories, model, steps[0].calibration, thresholds, second)
    held_out = HeldOut(measured, held, thresholds)
    proven = {wished: one.proven for wished, one in chosen.items()}
    report = summarised(examples, held_out, proven, _on_fewer(len(measured.mails), len(examples.mails)))
    learned = Learned(rows, report.n, report.accuracy, reference_of(held_out))
    shown = _compared_with(classifier, examples)
    version = save(out, classifier, trained, examples=shown, learned=learned, activate=False)
    report = report.model_copy(update={"version": version})
    write_report(report_folder(out, version), report, held_out, trained)
    if activate:
        try:
            put_to_use(out, version)
        except OSError as error:
            raise ModelError(f"{out} cannot be written: {error.strerror or error}; the model in use stays") from error
    return report


def _embedded(encoder: Encoder, mails: Sequence[MailText], tell: Callable[[int, int], None] | None) -> Floats:
    """Vectors (n, d), in portions, so that it can be told how far it is."""
    parts = []
    for at in range(0, len(mails), PORTION):
        parts.append(encoder.embed([mail.reading for mail in mails[at : at + PORTION]]))
        if tell:
            tell(min(at + PORTION, len(mails)), len(mails))
    return np.concatenate(parts)


def count_in_batches(mails: Sequence[MailText], batch: int = 512) -> Counts:
    """The n-grams of all mails, counted in batches, so that the code point arrays stay small."""
    starts = range(0, len(mails), batch)
    parts = [(start, count_ngrams(mails[start : start + batch])) for start in starts]
    return Counts(
        len(mails),
        np.concatenate([part.rows + np.int32(start) for start, part in parts]),
        np.concatenate([part.buckets for _, part in parts]),
        np.concatenate([part.counts for _, part in parts]),
    )


def measurable(examples: Examples, encoder: Encoder | None) -> NDArray[np.int64]:
    """The rows (k,) that the encoder was not tuned on. Raises TrainingDataError where they are too few."""
    seen = seen_rows(encoder.folder, examples.keys) if encoder else np.zeros(len(examples.keys), dtype=bool)
    rows = np.flatnonzero(~seen)
    if seen.any() and (len(rows) < MIN_ROWS or not (examples.truth[rows] >= 0).any()):
        raise TrainingDataError(
            f"the encoder was tuned on all but {len(rows)} of these {len(seen)} rows, too few to measure on: "
            "train on the whole file that it was tuned with, or add rows that it has not seen"
        )
    return rows


def enough(examples: Examples, rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """All `rows` (k,), or of very many a part that shares no text with the others."""
    if len(rows) < MANY:
        return rows
    parts = PARTS * (len(rows) // HELD_OUT)
    # evenly among the parts, since a label with few rows lies in some that follow each other
    held = np.diff(np.floor(np.arange(parts + 1) * HELD_OUT / len(rows))) > 0
    return np.asarray(rows[held[examples.taken(rows).folds(parts, seed)]])


def _folds(rows: int, labels: int) -> int:
    return 3 if rows * labels > LARGE else 10 if rows < SMALL else 5


def _cross_fitted(
    examples: Examples,
    measured: NDArray[np.int64],
    fold_of: NDArray[np.int64],
    counts: Counts,
    vectors: Floats | None,
    seed: int,
    tell: Callable[[str], None],
) -> Evidence:
    """What models say of each `measured` row (k,) that were fitted without its fold (k,), hence without its copies."""
    size, labels, folds = len(examples.mails), len(examples.labels), int(fold_of.max()) + 1
    linear, kernel = (np.empty((len(measured), labels)) for _ in range(2))
    nearest = np.empty((len(measured), 2))
    for fold in range(folds):
        tell(f"cross-validating, part {fold + 1} of {folds}" if folds > 1 else f"measuring on {len(measured)} mails")
        places = np.flatnonzero(fold_of == fold)
        held, learn = measured[places], np.delete(np.arange(size), measured[places])
        targets = examples.targets[learn]
        linear[places] = fit_linear(counts.taken(learn), targets, labels, seed).margins_of(counts.taken(held))
        if vectors is not None:
            read = fit_kernel(vectors[learn], targets, labels, seed, examples.null).read(vectors[held])
            kernel[places], nearest[places] = read.margins, read.nearest
    return Evidence((linear,)) if vectors is None else Evidence((linear, kernel), nearest)


def _calibrated(evidence: Evidence, examples: Examples, strange: NDArray[np.float64]) -> tuple[list[_Fitted], float]:
    """Each step, and how sure the first must be for the second not to be asked."""
    steps = []
    for number in range(len(evidence.margins)):
        seen = Evidence(evidence.margins[: number + 1], evidence.nearest if number else None)
        calibration = fit_calibration(seen, examples.targets, examples.null)
        steps.append(_Fitted(calibration, judge(calibration, seen, number)))
    if len(steps) == 1:
        return steps, 0.0
    unseen = judge(steps[0].calibration, Evidence((strange,)), LINEAR)
    return steps, choose_passes(steps[0].verdicts, steps[1].verdicts, examples.truth, unseen)


def _chosen(held: Verdicts, examples: Examples, wished: float) -> Chosen:
    """Copies of one mail are no further evidence: of each wording one row counts."""
    inside = np.intersect1d(examples.first_of_group, np.flatnonzero(~held.beyond))
    correct = held.best == examples.truth
    return choose_thresholds(examples.categories, held.best[inside], held.sure[inside], correct[inside], wished)


def _compared_with(classifier: Classifier, examples: Examples) -> list[Example]:
    """The mails that the encoder's step may name as the nearest; the names of categories, behind them, are none."""
    known = classifier.second.model.rows.tolist() if classifier.second else []
    rows = [row for row in known if row < len(examples.mails)]
    return [example_of(row, examples.labels[examples.targets[row]], examples.mails[row]) for row in rows]


def _on_fewer(measured: int, rows: int) -> list[str]:
    if measured == rows:
        return []
    if rows >= MANY:
        return [f"measured on {measured} of {rows} rows, which no model had seen; suspect labels are sought among them"]
    return [f"measured on {measured} of {rows} rows: the encoder was tuned on the others, which look too easy to it"]
