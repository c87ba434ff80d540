"""The probabilities of a mail's tone: `python -m benchmarks.tone` prints weight, bias, AUROC and ECE, the latter two
cross-validated over ten folds of examples/tone.jsonl, and what reading the tone of a mail takes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mail.reading import read_message
from ml.small.calibration import expected_calibration_error
from ml.small.tone.signals import read_tone
from models.message import Message
from models.record import Record

EXAMPLES = Path(__file__).parents[1] / "examples"
ROWS, INBOX = EXAMPLES / "tone.jsonl", EXAMPLES / "inbox"


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
    tones = [read_tone(Message(text=row.text, reply_text=row.text)) for row in rows]
    urgency, sentiment = np.array(tones).T
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


def milliseconds(messages: list[Message], rounds: int = 5) -> float:
    """Of reading the tone of one, the quickest round."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        for message in messages:
            read_tone(message)
        taken.append(time.perf_counter() - started)
    return 1000 * min(taken) / len(messages)


if __name__ == "__main__":
    labelled = read_rows()
    for fit in fits(labelled):
        print(
            f"{fit.name:9} {fit.hits:3} of {len(labelled)}  weight {fit.weight:.2f}  bias {fit.bias:.2f}  "
            f"AUROC {fit.auroc:.3f}  ECE {fit.ece:.3f}"
        )
    rows = [Message(text=row.text, reply_text=row.text) for row in labelled]
    mails = [read_message(file.read_bytes()) for file in sorted(INBOX.rglob("*.eml"))]
    for what, messages in (("row", rows), ("mail of examples/inbox", mails)):
        print(f"{milliseconds(messages):.3f} ms a {what}")
