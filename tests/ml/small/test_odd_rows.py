"""Labelled mail as it comes: few rows, copies, contradictions, other scripts. A clear error, or an honest model."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ml.small.labelled import LabelledMail, MailText
from ml.small.registry import load
from ml.small.rows import checked_examples
from ml.small.training import train
from models.errors import TrainingDataError
from tests.ml.small.factories import labelled


def row(label: str | None, text: str) -> LabelledMail:
    return LabelledMail(label=label, text=text)


@pytest.mark.parametrize("labels", [("A1", "B2"), ("alpha", "beta")])
def test_copies_of_a_few_texts_are_refused(tmp_path: Path, labels: tuple[str, str]) -> None:
    """However many they are, nothing can be measured on them."""
    rows = [row(labels[number % 2], "the same words here") for number in range(40)]
    with pytest.raises(TrainingDataError, match="1 different texts among 40 rows"):
        train(rows, tmp_path)


ONE_WORDING = (
    "Dear team, the order {} that I placed with you has not come yet, please tell me when it will be here at last"
)


@pytest.mark.parametrize("labels", [("A1", "B2"), ("alpha", "beta")])
def test_rows_of_one_wording_are_refused(tmp_path: Path, labels: tuple[str, str]) -> None:
    """Whoever holds it out has nothing left to learn from."""
    rows = [row(labels[number % 2], ONE_WORDING.format(number)) for number in range(40)]
    with pytest.raises(TrainingDataError, match="all 40 rows are of one wording"):
        train(rows, tmp_path)


def test_two_wordings_are_learned(tmp_path: Path) -> None:
    """Labels that say no word make no difference; what can be known of so little is that a person must be asked."""
    other = "We would like to return machine {} since its pump makes a noise that nobody here can bear any longer"
    rows = [row("A1", ONE_WORDING.format(n)) for n in range(20)] + [row("B2", other.format(n)) for n in range(20)]
    assert train(rows, tmp_path).coverage["0.95"] == 0


def test_a_category_that_is_one_text_many_times_is_learned(tmp_path: Path) -> None:
    """Its copies are held out together, so that no fold knows the category; nor does its label say a word."""
    rows = [*(row("A1", "the same words here") for _ in range(10)), *(row("B2", f"{word}s") for word in WORDS)]
    report = train(rows, tmp_path)
    assert report.labels == {"A1": 10, "B2": 12}
    assert report.accuracy < 0.6  # of a text that is held out with all its copies nothing can be known
    assert load(tmp_path).classify_texts([MailText("", "the same words here")])[0].abstained


WORDS = ("lamp", "chair", "table", "shelf", "couch", "stool", "bench", "desk", "rug", "vase", "clock", "frame")


@pytest.mark.parametrize("rows", [5, 8])
def test_a_handful_of_rows_makes_nobody_certain(tmp_path: Path, rows: int) -> None:
    """Ten mails that are told apart without a mistake prove no precision of 0.99, so people are asked."""
    report = train([one for one in labelled(rows) if one.label != "repair"], tmp_path)
    assert report.coverage["0.99"] == 0.0
    assert any("rows in all are few" in warning for warning in report.warnings)
    assert any("fewer than 10 rows for billing, delivery" in warning for warning in report.warnings)


def test_many_categories_of_two_rows(tmp_path: Path) -> None:
    """Each is named or counted in a warning, and the figures are there."""
    report = train([row(f"label{n}", f"subject{n} matter{n} {k}") for n in range(60) for k in range(2)], tmp_path)
    assert any("and 55 more" in warning for warning in report.warnings)
    assert report.accuracy > 0.8


def test_other_scripts_are_learned(tmp_path: Path) -> None:
    """Cyrillic, Japanese without spaces, Arabic, Greek; labels too."""
    texts = {
        "счета": "оплата счета за заказ",
        "配送": "荷物はどこですか",
        "شكوى": "المنتج مكسور",
        "επιστροφή": "θέλω να επιστρέψω",
    }
    train([row(label, f"{text} {n}") for label, text in texts.items() for n in range(8)], tmp_path)
    classifier = load(tmp_path)
    best = classifier.judge([MailText("", text) for text in texts.values()]).best
    assert [classifier.labels[one] for one in best] == list(texts)


def test_contradicting_labels_lower_what_is_claimed(tmp_path: Path) -> None:
    """Half of the labels are drawn: the model says so, and asks."""
    dice = np.random.default_rng(0)
    rows = labelled(40)
    drawn = [one.model_copy(update={"label": dice.choice(["billing", "repair"])}) for one in rows]
    report = train(drawn, tmp_path)
    assert report.coverage["0.95"] < 0.05


@pytest.mark.parametrize("count", [1, 3, 9, 10, 11, 25])
def test_folds_hold_each_label_out_evenly(count: int) -> None:
    """With fewer rows than folds no two rows of a label are in one; copies always are."""
    rows = [row(f"label {n}", f"text {n} {k}") for n in range(12) for k in range(count)]
    examples = checked_examples([*rows, rows[0]])
    folds = examples.folds(10, seed=3)
    assert folds[-1] == folds[0]
    for label in range(12):
        held = Counter(folds[:-1][examples.targets[:-1] == label].tolist())
        assert max(held.values()) <= -(-count // 10)
