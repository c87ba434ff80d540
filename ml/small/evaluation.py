"""How good a trained model is on mail it has not seen, in the figures that `mailstage evaluate categorize` prints."""

import re
import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ml.small.calibration import expected_calibration_error
from ml.small.cascade import Verdicts
from ml.small.classifier import Classifier
from ml.small.labelled import LabelledMail, features_of
from models.classification import DecidedBy
from models.errors import TrainingDataError
from models.record import Record

NAMED = 5
"""Unknown labels that a person is told of; the report has all."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class EvaluationReport(Record):
    """Shares are in [0, 1]; a figure that the rows do not allow (no foreign mail, no answer given) is None.

    `accuracy`, `macro_f1` and `ece` force an answer on in-scope rows. `coverage` and `precision` go by the precision
    wished for: the share of all rows answered at the thresholds chosen in training, and the share of those answers
    that were right.
    """

    n: int
    accuracy: float | None
    macro_f1: float | None
    ece: float | None
    oos_recall: float | None
    scope_kept: float | None
    """Share of the mail in scope that was not held to be out of it: without it `oos_recall` says little."""
    oos_auroc: float | None
    coverage: dict[str, float]
    precision: dict[str, float | None]
    answered_by: dict[DecidedBy, int] = Field(default_factory=dict)
    mails_per_second: float
    unknown_labels: tuple[str, ...] = ()
    """Labels of the rows that the model never learned: no answer can match them."""


def evaluate(
    classifier: Classifier, rows: Sequence[LabelledMail], clock: Callable[[], float] = time.perf_counter
) -> EvaluationReport:
    """Raises TrainingDataError when there are no rows."""
    if not rows:
        raise TrainingDataError("there are no rows to evaluate on: give a file with labelled mail")
    mails = [features_of(row) for row in rows]
    started = clock()
    answers = classifier.classify_texts(mails)
    seconds = max(clock() - started, 1e-9)
    verdicts = classifier.judge(mails)
    index = {label: number for number, label in enumerate(classifier.labels)}
    # -1 is out of scope; -2 a category that the model never learned, which no answer can match
    truth = np.array([-1 if row.label is None else index.get(row.label, -2) for row in rows])
    empty = np.array([mail.empty for mail in mails])
    coverage, precision = _at_thresholds(classifier, verdicts, truth, verdicts.beyond | empty)
    decided: dict[DecidedBy, int] = dict.fromkeys((DecidedBy.RULE, DecidedBy.LINEAR, DecidedBy.ENCODER), 0)
    for answer in answers:
        if not answer.abstained:
            decided[answer.decided_by] += 1
    return EvaluationReport(
        n=len(rows),
        **_in_scope(verdicts, truth),
        **_out_of_scope(verdicts, truth),
        coverage=coverage,
        precision=precision,
        answered_by=decided,
        mails_per_second=round(len(rows) / seconds, 1),
        unknown_labels=tuple(sorted({row.label for row in rows if row.label is not None} - index.keys())),
    )


def unknown_said(unknown: Sequence[str], known: Sequence[str]) -> str:
    """A line about labels that the model never learned, the first few with the known one that each may stand for."""
    count, folded = len(unknown), {_folded(label): label for label in known}
    parts = []
    for label in unknown[:NAMED]:
        near = get_close_matches(_folded(label), folded, 1)
        parts.append(f"{label} (did you mean {folded[near[0]]}?)" if near else label)
    more = " …" * (count > NAMED)
    return f"{count} {'label' if count == 1 else 'labels'} unknown to the model: {', '.join(parts)}{more}"


def _folded(label: str) -> str:
    return _BETWEEN_WORDS.sub(" ", label.casefold())


def _in_scope(verdicts: Verdicts, truth: NDArray[np.int64]) -> dict[str, float | None]:
    from sklearn.metrics import f1_score

    scope = truth != -1
    if not scope.any():
        return {"accuracy": None, "macro_f1": None, "ece": None}
    best = verdicts.best[scope]
    correct = best == truth[scope]
    return {
        "accuracy": _share(correct),
        "macro_f1": round(float(f1_score(truth[scope], best, average="macro", zero_division=0)), 4),
        "ece": round(expected_calibration_error(verdicts.forced[scope], correct), 4),
    }


def _out_of_scope(verdicts: Verdicts, truth: NDArray[np.int64]) -> dict[str, float | None]:
    from sklearn.metrics import roc_auc_score

    foreign = truth == -1
    kept = None if foreign.all() else _share(~verdicts.beyond[~foreign])
    if not foreign.any():
        return {"oos_recall": None, "oos_auroc": None, "scope_kept": kept}
    auroc = None if foreign.all() else round(float(roc_auc_score(foreign, verdicts.outside)), 4)
    return {"oos_recall": _share(verdicts.beyond[foreign]), "oos_auroc": auroc, "scope_kept": kept}


def _at_thresholds(
    classifier: Classifier, verdicts: Verdicts, truth: NDArray[np.int64], refused: NDArray[np.bool_]
) -> tuple[dict[str, float], dict[str, float | None]]:
    coverage: dict[str, float] = {}
    precision: dict[str, float | None] = {}
    best = verdicts.best
    for wished, by_category in classifier.thresholds.items():
        cuts = np.array([by_category[label] for label in classifier.labels])[best]
        answered = (verdicts.sure >= cuts) & ~refused
        coverage[wished] = _share(answered)
        precision[wished] = _share(best[answered] == truth[answered]) if answered.any() else None
    return coverage, precision


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 4)
