"""Sorting quality and speed on public intent data, beside plain scikit-learn, in one run.

    python -m benchmarks.categorize --data FOLDER

FOLDER holds `banking77/` and `clinc150/`, each with `train.jsonl` and `test.jsonl` (rows `{"text", "label"}`, a null
label is out of scope). The peer is TF-IDF over words and word pairs with logistic regression, and for out of scope its
own highest probability, as most tutorials have it.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ml.small.calibration import expected_calibration_error
from ml.small.evaluation import EvaluationReport, evaluate
from ml.small.labelled import LabelledMail, read_labelled
from ml.small.registry import load
from ml.small.training import train
from models.errors import MailstageError
from models.record import Record


class Peer(Record):
    """The figures of the peer that are comparable; shares in [0, 1]."""

    accuracy: float
    ece: float
    oos_auroc: float | None
    coverage_at_95: float
    """Share of all rows with a probability of at least 0.95."""
    precision_at_95: float
    mails_per_second: float
    train_seconds: float


def peer(learn: Sequence[LabelledMail], test: Sequence[LabelledMail]) -> Peer:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline

    inside = [row for row in learn if row.label is not None]
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=200))
    started = time.perf_counter()
    pipeline.fit([row.text for row in inside], [row.label for row in inside])
    trained = time.perf_counter()
    probabilities = pipeline.predict_proba([row.text for row in test])
    seconds = time.perf_counter() - trained
    best, sure = pipeline.classes_[probabilities.argmax(axis=1)], probabilities.max(axis=1)
    correct = np.array([answer == row.label for answer, row in zip(best, test, strict=True)])
    scope = np.array([row.label is not None for row in test])
    answered = sure >= 0.95
    return Peer(
        accuracy=round(float(correct[scope].mean()), 4),
        ece=round(expected_calibration_error(sure[scope], correct[scope]), 4),
        oos_auroc=None if scope.all() else round(float(roc_auc_score(~scope, 1 - sure)), 4),
        coverage_at_95=round(float(answered.mean()), 4),
        precision_at_95=round(float(correct[answered].mean()), 4) if answered.any() else 0.0,
        mails_per_second=round(len(test) / seconds, 1),
        train_seconds=round(trained - started, 1),
    )


def ours(learn: Sequence[LabelledMail], test: Sequence[LabelledMail]) -> tuple[EvaluationReport, float]:
    """The report, and the seconds that training took, cross-fitting and calibration included."""
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        train(learn, Path(folder), progress=lambda line: print(line, file=sys.stderr))
        seconds = time.perf_counter() - started
        return evaluate(load(Path(folder)), test), round(seconds, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with banking77/ and clinc150/")
    parser.add_argument("--set", action="append", dest="sets", help="only this one (may be repeated)")
    arguments = parser.parse_args()
    try:
        for name in arguments.sets or ("banking77", "clinc150"):
            learn, test = (read_labelled(arguments.data / name / f"{part}.jsonl") for part in ("train", "test"))
            report, seconds = ours(learn, test)
            print(
                json.dumps({"set": name, "by": "mailstage", "train_seconds": seconds, **report.model_dump(mode="json")})
            )
            print(
                json.dumps({"set": name, "by": "scikit-learn", **peer(learn, test).model_dump(mode="json")}), flush=True
            )
    except MailstageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
