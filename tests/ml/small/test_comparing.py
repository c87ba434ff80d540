"""When a new model counts as better, as worse, and as neither."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.small.classifier import Classifier
from ml.small.labelled import LabelledMail, features_of
from ml.small.learning.comparing import Contestant, compare
from ml.small.registry import load
from ml.small.sorting import Terms
from ml.small.training import train
from models.challenge import Comparison, Verdict
from models.errors import TrainingDataError
from tests.ml.small.factories import labelled

TERMS = Terms({})
UNSEEN = labelled(25, foreign=20, seed=99)


def learned(folder: Path, rows: Sequence[LabelledMail]) -> Classifier:
    train(rows, folder)
    return load(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """Knows every topic."""
    return learned(tmp_path_factory.mktemp("whole"), labelled(40, foreign=40))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """Has never heard of repairs."""
    rows = [row for row in labelled(40, foreign=40) if row.label != "repair"]
    return learned(tmp_path_factory.mktemp("narrow"), rows)


def compared(
    champion: Classifier,
    challenger: Classifier,
    rows: Sequence[LabelledMail] = UNSEEN,
    terms: Terms = TERMS,
    look: int = 1,
) -> Comparison:
    decided = np.array([row.label == "repair" for row in rows])
    return compare(Contestant(champion, 100), Contestant(challenger, 120), rows, decided, terms, look)


def test_a_model_that_is_surely_more_often_right_is_better(narrow: Classifier, whole: Classifier) -> None:
    """With the figures, the category that it learned, and examples of what changes."""
    found = compared(narrow, whole)
    assert found.verdict is Verdict.BETTER
    assert found.better_p < 0.001
    assert found.challenger.accuracy > found.champion.accuracy + 0.15
    assert found.challenger.cost < found.champion.cost
    assert found.cost_high < 0
    (repair,) = [change for change in found.categories if change.category == "repair"]
    assert (repair.n, repair.before) == (25, 0)
    assert repair.after > 20
    assert any(example.after == "repair" and not example.right_before for example in found.examples)
    assert found.from_decisions == 25


def test_a_model_that_is_surely_less_often_right_is_worse(narrow: Classifier, whole: Classifier) -> None:
    """The same the other way round; what it newly gets wrong comes first."""
    found = compared(whole, narrow)
    assert found.verdict is Verdict.WORSE
    assert found.worse_p < 0.001
    assert found.examples[0].right_before
    assert "less often right" in found.why


def test_a_model_is_not_better_than_itself(whole: Classifier) -> None:
    """Nothing is gained, nothing lost, and nothing shown."""
    found = compared(whole, whole)
    assert found.verdict is Verdict.SAME
    assert (found.gained, found.lost, found.better_p, found.cheaper_p) == (0, 0, 1.0, 1.0)
    assert not found.categories
    assert not found.examples


def test_six_mails_are_luck_and_seven_are_not(narrow: Classifier, whole: Classifier) -> None:
    """At the first look, which spends half of 0.025: 1 in 64, 1 in 128."""
    easy = [row for row in UNSEEN if row.label == "repair" and compared(narrow, whole, [row]).gained]
    assert compared(narrow, whole, easy[:6]).verdict is Verdict.SAME
    assert compared(narrow, whole, easy[:7]).verdict is Verdict.BETTER


def test_the_more_looks_the_less_each_may_prove(narrow: Classifier, whole: Classifier) -> None:
    """What was enough at the first is luck at the second; to be worse the same is enough at each."""
    easy = [row for row in UNSEEN if row.label == "repair" and compared(narrow, whole, [row]).gained]
    second = compared(narrow, whole, easy[:7], look=2)
    assert (second.look, second.verdict) == (2, Verdict.SAME)
    assert second.better_p > second.level == pytest.approx(0.025 / 6)
    assert compared(narrow, whole, easy[:8], look=2).verdict is Verdict.BETTER
    assert compared(whole, narrow, easy[:6], look=52).verdict is Verdict.WORSE


def test_what_was_known_before_must_not_be_forgotten(narrow: Classifier, whole: Classifier) -> None:
    """However much is gained on new mail: losses on old mail are weighed on their own."""
    repairs = [row for row in UNSEEN if row.label == "repair"]
    # to the narrow model these are what it says they are, so the whole one has forgotten them
    answers = narrow.classify_texts([features_of(row) for row in repairs])
    old = [
        row.model_copy(update={"label": answer.category})
        for row, answer in zip(repairs, answers, strict=True)
        if compared(narrow, whole, [row.model_copy(update={"label": answer.category})]).lost
    ]
    rows = [*repairs * 4, *old]
    decided = np.array([True] * len(repairs * 4) + [False] * len(old))
    found = compare(Contestant(narrow, 100), Contestant(whole, 120), rows, decided, TERMS)
    assert len(old) >= 6
    assert found.better_p < 0.025
    assert found.verdict is Verdict.WORSE
    assert "forgotten" in found.why


def test_a_model_that_asks_less_is_better_at_the_same_accuracy(whole: Classifier) -> None:
    """Two versions that answer alike, one of which trusts itself more, and rightly."""
    shy = _with_threshold(whole, 1.01)
    found = compared(shy, whole)
    assert (found.gained, found.lost) == (0, 0)
    assert found.champion.coverage == 0
    assert found.champion.cost == 1
    assert found.champion.precision is None
    assert found.verdict is Verdict.BETTER
    assert "asks less" in found.why


def test_a_model_that_errs_where_nobody_looks_is_worse(narrow: Classifier) -> None:
    """A wrong answer without a person costs as much as 20 questions at a wished precision of 0.95, 100 at 0.99."""
    rows = [row.model_copy(update={"label": "repair"}) for row in UNSEEN if row.label == "billing"]
    bold, shy = _with_threshold(narrow, 0.0), _with_threshold(narrow, 1.01)
    found = compared(shy, bold, rows)
    assert found.wrong_cost == 20
    assert found.challenger.cost > 1
    assert found.verdict is Verdict.WORSE
    assert "cost more" in found.why
    assert compared(shy, bold, rows, Terms({}, "0.99")).wrong_cost == 100


def test_thresholds_of_the_settings_count(whole: Classifier) -> None:
    """The models are compared as they are used."""
    found = compared(whole, whole, terms=Terms(dict.fromkeys(whole.labels, 1.01)))
    assert found.champion.coverage == 0


def test_without_locked_mails_nothing_can_be_said(whole: Classifier) -> None:
    """The message says what to do."""
    with pytest.raises(TrainingDataError, match="label more"):
        compared(whole, whole, [])


def _with_threshold(classifier: Classifier, cut: float) -> Classifier:
    cuts = dict.fromkeys(classifier.labels, cut)
    return replace(classifier, thresholds={"0.95": cuts, "0.99": cuts})
