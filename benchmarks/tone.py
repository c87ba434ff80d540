"""The probabilities of a mail's tone: `python -m benchmarks.tone` prints weight, bias, AUROC and ECE, the latter two
cross-validated over ten folds of examples/tone.jsonl, and what reading the tone of a mail takes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import expected_calibration_error
from ml.small.tone.signals import read_signals
from models.message import Message
from models.record import Record

ROWS = Path(__file__).parents[1] / "examples" / "tone.jsonl"


class ToneRow(Record):
    text: str
    language: str
    urgent: bool
    sentiment: str


@dataclass(frozen=True)
class Fit:
    """`auroc` and `ece` (5 bins of the probability itself, since the rows are few) are cross-validated."""

    name: str
    hits: int
    weight: float
    bias: float
    auroc: float
    ece: float


def read_rows() -> list[ToneRow]:
    return [ToneRow.model_validate_json(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]


def fits(rows: list[ToneRow]) -> Iterator[Fit]:
    signals = [read_signals(Message(text=row.text, reply_text=row.text)) for row in rows]
    urgency = np.array([one.urgency for one in signals])
    sentiment = np.array([one.sentiment for one in signals])
    yield _fit("urgent", urgency, np.array([row.urgent for row in rows]))
    yield _fit("negative", -sentiment, np.array([row.sentiment == "negative" for row in rows]))
    yield _fit("positive", sentiment, np.array([row.sentiment == "positive" for row in rows]))


def _fit(name: str, score: NDArray[np.float64], truth: NDArray[np.bool_]) -> Fit:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    model: Any = LogisticRegression(C=10.0)
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    said = cross_val_predict(model, score[:, None], truth, cv=folds, method="predict_proba")[:, 1]
    model.fit(score[:, None], truth)
    auroc, ece = float(roc_auc_score(truth, said)), expected_calibration_error(said, truth, bins=5)
    return Fit(name, int(truth.sum()), float(model.coef_[0][0]), float(model.intercept_[0]), auroc, ece)


if __name__ == "__main__":
    labelled = read_rows()
    for fit in fits(labelled):
        print(
            f"{fit.name:9} {fit.hits:3} of {len(labelled)}  weight {fit.weight:.2f}  bias {fit.bias:.2f}  "
            f"AUROC {fit.auroc:.3f}  ECE {fit.ece:.3f}"
        )
    mails = [Message(text=row.text, reply_text=row.text) for row in labelled]
    started = time.perf_counter()
    for mail in mails:
        read_signals(mail)
    print(f"{1000 * (time.perf_counter() - started) / len(mails):.2f} ms a mail")
