"""A trained model at work: messages in, classifications out, in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import Calibration
from ml.small.labelled import MailText, text_of
from ml.small.linear import LinearModel
from models.classification import Alternative, Classification, DecidedBy
from models.message import Message


@dataclass(frozen=True, slots=True)
class Scores:
    """`inside` (n, categories) and `outside` (n,) are probabilities that sum to 1 over a row."""

    inside: NDArray[np.float64]
    outside: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classifier:
    """`thresholds` are those chosen in training, by wished precision ("0.95", "0.99") and category."""

    version: str
    labels: tuple[str, ...]
    model: LinearModel
    calibration: Calibration
    thresholds: Mapping[str, Mapping[str, float]]

    def classify(
        self, messages: Sequence[Message], thresholds: Mapping[str, float] | None = None
    ) -> list[Classification]:
        """One classification per message. `thresholds` replace, by category, those trained for precision 0.95."""
        return self.classify_texts([text_of(message) for message in messages], thresholds)

    def classify_texts(
        self, mails: Sequence[MailText], thresholds: Mapping[str, float] | None = None
    ) -> list[Classification]:
        """The same for mails already reduced to their features, such as labelled rows."""
        cuts = {**self.thresholds["0.95"], **(thresholds or {})}
        scores = self.scores(mails)
        # sorted once for the batch: the top four are the answer and three alternatives
        order = np.argsort(-scores.inside, axis=1, kind="stable")[:, :4]
        return [
            self._unreadable() if mail.empty else self._answer(scores, row, order[row], cuts)
            for row, mail in enumerate(mails)
        ]

    def scores(self, mails: Sequence[MailText]) -> Scores:
        inside, outside = self.calibration.probabilities(self.model.margins(mails))
        return Scores(inside, outside)

    def is_outside(self, outside: float) -> bool:
        """True when a mail with this out-of-scope probability is taken for out of scope."""
        return self.calibration.scope is not None and outside > self.calibration.scope.cut

    def _answer(self, scores: Scores, row: int, order: NDArray[np.int64], cuts: Mapping[str, float]) -> Classification:
        inside, outside = scores.inside[row], float(scores.outside[row])
        ranked = tuple(Alternative(category=self.labels[i], probability=_unit(inside[i])) for i in order)
        if self.is_outside(outside):
            why = f"it seems to belong to no category (probability {outside:.2f})"
            return self._classification(None, outside, ranked[:3], why)
        best, cut = ranked[0], cuts.get(ranked[0].category, 1.0)
        why = "" if best.probability >= cut else f"{best.category} at {best.probability:.2f} is under its {cut:.2f}"
        return self._classification(best.category, best.probability, ranked[1:], why)

    def _classification(
        self, category: str | None, probability: float, others: tuple[Alternative, ...], why: str
    ) -> Classification:
        return Classification(
            category=category,
            probability=_unit(probability),
            alternatives=others,
            decided_by=DecidedBy.LINEAR,
            model_version=self.version,
            abstained=bool(why),
            why=why,
        )

    def _unreadable(self) -> Classification:
        return self._classification(None, 0.0, (), "there is no text to judge by")


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 6)
