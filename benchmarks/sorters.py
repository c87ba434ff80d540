"""Ways to sort mail that can be measured side by side: ours, its parts, and peers. Each learns, then sorts texts."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import expected_calibration_error
from ml.small.cascade import NEVER
from ml.small.classifier import Classifier
from ml.small.encoder.preparing import AUTO, OFF, encoder_named, find_source
from ml.small.labelled import LabelledMail, MailText
from ml.small.registry import load
from ml.small.training import train
from models.errors import ModelError

PAIRS = 20
"""Pairs of like and of unlike texts that SetFit draws for each row, as its authors did (Tunstall et al. 2022)."""

Rows = Sequence[LabelledMail]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

KEPT = 0.95
"""Share of the mail in scope that passes where it is asked how much of the other is found."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Of n mails: the category (forced), how sure (n,), how foreign (n,), and which are answered for a precision."""

    best: NDArray[np.str_]
    sure: Floats
    foreign: Floats
    answered: Mapping[str, Flags]
    beyond: Flags
    """What is held to be out of scope, by a cut that was chosen in training."""

    def accuracy(self, rows: Rows) -> float:
        return float(self._right(rows)[_scope(rows)].mean())

    def ece(self, rows: Rows) -> float:
        scope = _scope(rows)
        return expected_calibration_error(self.sure[scope], self._right(rows)[scope])

    def auroc(self, rows: Rows) -> float | None:
        from sklearn.metrics import roc_auc_score

        scope = _scope(rows)
        return None if scope.all() else float(roc_auc_score(~scope, self.foreign))

    def found(self, rows: Rows) -> float | None:
        """Share of the mail out of scope that is more foreign than KEPT of the rest; the cut is made on these rows."""
        scope = _scope(rows)
        return None if scope.all() else float((self.foreign[~scope] > np.quantile(self.foreign[scope], KEPT)).mean())

    def found_by_training(self, rows: Rows) -> tuple[float | None, float]:
        """The same at the cut that training chose, and the share of the mail in scope that passes it."""
        scope = _scope(rows)
        return None if scope.all() else float(self.beyond[~scope].mean()), float(1 - self.beyond[scope].mean())

    def at(self, wished: str, rows: Rows) -> tuple[float, float]:
        """Coverage and precision, 0 where nothing is answered."""
        answered = self.answered[wished]
        return float(answered.mean()), float(self._right(rows)[answered].mean()) if answered.any() else 0.0

    def _right(self, rows: Rows) -> Flags:
        return np.array([said == row.label for said, row in zip(self.best, rows, strict=True)])


Sorter = Callable[[Sequence[str]], Answers]


def _scope(rows: Rows) -> Flags:
    return np.array([row.label is not None for row in rows])


def _ours(classifier: Classifier) -> Sorter:
    def sort(texts: Sequence[str]) -> Answers:
        said = classifier.judge([MailText("", text) for text in texts])
        answered = {}
        for wished, by_category in classifier.thresholds.items():
            cuts = np.array([by_category[label] for label in classifier.labels])
            answered[wished] = (said.sure >= cuts[said.best]) & ~said.beyond
        return Answers(np.array(classifier.labels)[said.best], said.forced, said.outside, answered, said.beyond)

    return sort


def cascade(rows: Rows, folder: Path) -> Sorter:
    train(rows, folder, encoder=encoder_named(AUTO))
    return _ours(load(folder))


def encoder_for_all(rows: Rows, folder: Path) -> Sorter:
    train(rows, folder, encoder=encoder_named(AUTO))
    classifier = load(folder)
    assert classifier.second is not None
    return _ours(replace(classifier, second=replace(classifier.second, passes=NEVER)))


def linear_alone(rows: Rows, folder: Path) -> Sorter:
    train(rows, folder, encoder=encoder_named(OFF))
    return _ours(load(folder))


def _by_probability(labels: Sequence[str], probabilities: Floats) -> Answers:
    """What a peer says: it answers where its highest probability reaches the precision wished for."""
    sure = probabilities.max(axis=1)
    answered = {wished: sure >= float(wished) for wished in ("0.95", "0.99")}
    nothing = np.zeros(len(sure), dtype=bool)
    return Answers(np.array(labels)[probabilities.argmax(axis=1)], sure, 1 - sure, answered, nothing)


def scikit_learn(rows: Rows, _: Path) -> Sorter:
    """TF-IDF over words and pairs with logistic regression, as most tutorials have it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    inside = [row for row in rows if row.label is not None]
    pipeline: Any = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=200))
    pipeline.fit([row.text for row in inside], [row.label for row in inside])
    return lambda texts: _by_probability(pipeline.classes_, pipeline.predict_proba(texts))


def fasttext(rows: Rows, folder: Path) -> Sorter:
    """Supervised, with word pairs and character n-grams (Joulin et al. 2017)."""
    from fasttext import train_supervised

    labels = sorted({row.label for row in rows if row.label is not None})
    lines = [f"__label__{labels.index(row.label)} {' '.join(row.text.lower().split())}\n" for row in rows if row.label]
    (folder / "learn.txt").write_text("".join(lines))
    model: Any = train_supervised(
        str(folder / "learn.txt"), lr=0.5, epoch=50, wordNgrams=2, minn=3, maxn=5, dim=100, thread=2, verbose=0
    )

    def sort(texts: Sequence[str]) -> Answers:
        probabilities = np.zeros((len(texts), len(labels)))
        for row, text in enumerate(texts):
            # `predict` of the package fails under numpy 2: it asks for an array without a copy
            for probability, name in model.f.predict(" ".join(text.lower().split()) + "\n", -1, 0.0, "strict"):
                probabilities[row, int(name.removeprefix("__label__"))] = min(probability, 1.0)
        return _by_probability(labels, probabilities)

    return sort


def setfit(rows: Rows, folder: Path, iterations: int = PAIRS) -> Sorter:
    """The installed encoder tuned on pairs, under a logistic regression (Tunstall et al. 2022); minutes a few rows."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    source = find_source(AUTO)
    if source is None:
        raise ModelError("SetFit needs the encoder that is installed beside Mailstage: run `make install`")
    labels = sorted({row.label for row in rows if row.label is not None})
    inside = [row for row in rows if row.label is not None]
    shown = Dataset.from_dict(
        {"text": [row.text for row in inside], "label": [labels.index(str(row.label)) for row in inside]}
    )
    model: Any = SetFitModel.from_pretrained(str(source))
    arguments = TrainingArguments(
        output_dir=str(folder), num_iterations=iterations, save_strategy="no", report_to="none", seed=0
    )
    Trainer(model=model, args=arguments, train_dataset=shown).train()
    return lambda texts: _by_probability(labels, np.asarray(model.predict_proba(list(texts), as_numpy=True)))


WAYS: dict[str, Callable[[Rows, Path], Sorter]] = {
    "mailstage": cascade,
    "encoder for all": encoder_for_all,
    "linear alone": linear_alone,
    "scikit-learn": scikit_learn,
}
if find_spec("fasttext"):
    WAYS["fastText"] = fasttext
if find_spec("setfit"):
    WAYS["SetFit"] = setfit
