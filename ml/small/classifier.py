"""A trained model at work: messages in, classifications out, in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import Calibration
from ml.small.cascade import ENCODER, LINEAR, Verdicts, cascade, judge
from ml.small.encoder.embedding import Encoder
from ml.small.kernel import KernelModel
from ml.small.labelled import MailText, text_of
from ml.small.linear import LinearModel
from ml.small.novelty import Evidence
from models.classification import Alternative, Classification, DecidedBy
from models.message import Message

DECIDED_BY = (DecidedBy.LINEAR, DecidedBy.ENCODER)


@dataclass(frozen=True, slots=True)
class EncoderStep:
    """The second step: `passes` is how sure the linear model must be for this one not to be asked."""

    encoder: Encoder
    model: KernelModel
    calibration: Calibration
    passes: float


@dataclass(frozen=True, slots=True)
class Classifier:
    """`thresholds` are those chosen in training, by wished precision ("0.95", "0.99") and category."""

    version: str
    labels: tuple[str, ...]
    model: LinearModel
    calibration: Calibration
    thresholds: Mapping[str, Mapping[str, float]]
    second: EncoderStep | None = None
    suggests: bool = False
    """It has seen no labelled mail (`ml.small.zero_shot`): whatever the threshold, a person is asked."""

    def classify(
        self, messages: Sequence[Message], thresholds: Mapping[str, float] | None = None, precision: str = "0.95"
    ) -> list[Classification]:
        """One classification per message. `thresholds` replace, by category, those trained for `precision`."""
        return self.classify_texts([text_of(message) for message in messages], thresholds, precision)

    def classify_texts(
        self, mails: Sequence[MailText], thresholds: Mapping[str, float] | None = None, precision: str = "0.95"
    ) -> list[Classification]:
        """The same for mails already reduced to their features, such as labelled rows."""
        cuts = {**self.thresholds[precision], **(thresholds or {})}
        verdicts = self.judge(mails)
        # sorted once for the batch: the top four are the answer and three alternatives
        order = np.argsort(-verdicts.probability, axis=1, kind="stable")[:, :4]
        return [
            self._unreadable() if mail.empty else self._answer(verdicts, row, order[row], cuts)
            for row, mail in enumerate(mails)
        ]

    def judge(self, mails: Sequence[MailText]) -> Verdicts:
        """Probabilities of all categories, and by which step."""
        margins = self.model.margins(mails)
        first = judge(self.calibration, Evidence((margins,)), LINEAR)
        if self.second is None:
            return first
        step = self.second

        def ask(rows: NDArray[np.int64]) -> Verdicts:
            vectors = step.encoder.embed([mails[row].reading for row in rows])
            read = step.model.read(vectors)
            return judge(step.calibration, Evidence((margins[rows], read.margins), read.nearest), ENCODER)

        return cascade(first, step.passes, ask)

    def _answer(
        self, verdicts: Verdicts, row: int, order: NDArray[np.int64], cuts: Mapping[str, float]
    ) -> Classification:
        probability, outside = verdicts.probability[row], float(verdicts.outside[row])
        by = DECIDED_BY[verdicts.step[row]]
        ranked = tuple(Alternative(category=self.labels[i], probability=_unit(probability[i])) for i in order)
        if verdicts.beyond[row]:
            why = "it is unlike the mail of every category"
            return self._classification(None, outside, ranked[:3], by, why)
        best, cut = ranked[0], cuts.get(ranked[0].category, 1.0)
        why = "" if best.probability >= cut else _under(best, cut)
        if self.suggests:
            why = f"{best.category} is a guess by its description: the model has learned from no mail yet"
        return self._classification(best.category, best.probability, ranked[1:], by, why)

    def _classification(
        self, category: str | None, probability: float, others: tuple[Alternative, ...], by: DecidedBy, why: str
    ) -> Classification:
        return Classification(
            category=category,
            probability=_unit(probability),
            alternatives=others,
            decided_by=by,
            model_version=self.version,
            abstained=bool(why),
            why=why,
        )

    def _unreadable(self) -> Classification:
        return self._classification(None, 0.0, (), DecidedBy.LINEAR, "there is no text to judge by")


def _under(best: Alternative, cut: float) -> str:
    """With as many digits as tell the two apart."""
    digits = 0 if f"{best.probability:.0%}" != f"{cut:.0%}" else 2
    sure = f"{best.probability:.{digits}%}"
    return f"the model is {sure} sure of {best.category}, and a person is asked below {cut:.{digits}%}"


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 6)
