"""How good a trained model is on mail it has not seen, in the figures that `mailstage evaluate categorize` prints."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ml.small.calibration import expected_calibration_error
from ml.small.classifier import Classifier, Scores
from ml.small.labelled import LabelledMail, features_of
from models.classification import DecidedBy
from models.errors import TrainingDataError
from models.record import Record


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
    oos_auroc: float | None
    coverage: dict[str, float]
    precision: dict[str, float | None]
    answered_by: dict[DecidedBy, int] = Field(default_factory=dict)
    mails_per_second: float


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
    scores = classifier.scores(mails)
    index = {label: number for number, label in enumerate(classifier.labels)}
    # -1 is out of scope; -2 a category that the model never learned, which no answer can match
    truth = np.array([-1 if row.label is None else index.get(row.label, -2) for row in rows])
    best = scores.inside.argmax(axis=1)
    empty = np.array([mail.empty for mail in mails])
    outside = np.array([classifier.is_outside(value) for value in scores.outside])
    coverage, precision = _at_thresholds(classifier, scores, best, truth, outside | empty)
    decided: dict[DecidedBy, int] = dict.fromkeys((DecidedBy.RULE, DecidedBy.LINEAR, DecidedBy.ENCODER), 0)
    for answer in answers:
        if not answer.abstained:
            decided[answer.decided_by] += 1
    return EvaluationReport(
        n=len(rows),
        **_in_scope(scores, best, truth),
        **_out_of_scope(classifier, scores, truth, outside),
        coverage=coverage,
        precision=precision,
        answered_by=decided,
        mails_per_second=round(len(rows) / seconds, 1),
    )


def _in_scope(scores: Scores, best: NDArray[np.int64], truth: NDArray[np.int64]) -> dict[str, float | None]:
    from sklearn.metrics import f1_score

    scope = truth != -1
    if not scope.any():
        return {"accuracy": None, "macro_f1": None, "ece": None}
    correct = best[scope] == truth[scope]
    # with an answer forced, the probability is that of the category given that the mail is in scope
    forced = scores.inside[scope].max(axis=1) / np.maximum(1 - scores.outside[scope], 1e-12)
    return {
        "accuracy": _share(correct),
        "macro_f1": round(float(f1_score(truth[scope], best[scope], average="macro", zero_division=0)), 4),
        "ece": round(expected_calibration_error(forced, correct), 4),
    }


def _out_of_scope(
    classifier: Classifier, scores: Scores, truth: NDArray[np.int64], outside: NDArray[np.bool_]
) -> dict[str, float | None]:
    from sklearn.metrics import roc_auc_score

    foreign = truth == -1
    if not foreign.any():
        return {"oos_recall": None, "oos_auroc": None}
    # without foreign mail in training, a weak best category is the only sign there is
    sign = scores.outside if classifier.calibration.scope else 1 - scores.inside.max(axis=1)
    auroc = None if foreign.all() else round(float(roc_auc_score(foreign, sign)), 4)
    return {"oos_recall": _share(outside[foreign]), "oos_auroc": auroc}


def _at_thresholds(
    classifier: Classifier,
    scores: Scores,
    best: NDArray[np.int64],
    truth: NDArray[np.int64],
    refused: NDArray[np.bool_],
) -> tuple[dict[str, float], dict[str, float | None]]:
    coverage: dict[str, float] = {}
    precision: dict[str, float | None] = {}
    probability = scores.inside.max(axis=1)
    for wished, by_category in classifier.thresholds.items():
        cuts = np.array([by_category[label] for label in classifier.labels])[best]
        answered = (probability >= cuts) & ~refused
        coverage[wished] = _share(answered)
        precision[wished] = _share(best[answered] == truth[answered]) if answered.any() else None
    return coverage, precision


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 4)
