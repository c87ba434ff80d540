import numpy as np
import pytest

from ml.small.calibration import expected_calibration_error, softmax
from ml.small.thresholds import NEVER, choose_thresholds, lower_bound


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    """With n of n right, the one-sided bound at 90% is 0.1 to the power of 1/n."""
    bound = lower_bound(np.array([45, 0]), np.array([45, 10]))
    assert bound[0] == pytest.approx(0.1 ** (1 / 45))
    assert bound[1] == 0


def chosen(probability: list[float], correct: list[bool], precision: float = 0.95) -> float:
    size = len(probability)
    return choose_thresholds(["a"], np.zeros(size, int), np.array(probability), np.array(correct, bool), precision)["a"]


def test_much_good_evidence_lowers_the_threshold() -> None:
    """A hundred right answers prove a category down to its lowest one."""
    assert chosen([0.6 + n / 1000 for n in range(100)], [True] * 100) == 0.6


def test_little_evidence_falls_back_to_caution() -> None:
    """Ten right answers of ten prove nothing: the wished precision is the threshold."""
    assert chosen([0.5] * 10, [True] * 10) == 0.95
    assert chosen([], [], 0.99) == 0.99


def test_seen_errors_raise_the_threshold() -> None:
    """A category that errs among its surest answers is always asked about."""
    assert chosen([0.999] * 20, [False] * 20) == NEVER


def test_the_threshold_keeps_its_word_on_calibrated_data() -> None:
    """On fresh answers of a calibrated model, precision is what was wished for."""
    dice = np.random.default_rng(3)
    probability = dice.uniform(0.3, 1, 4_000)
    correct = dice.uniform(size=4_000) < probability
    cut = choose_thresholds(["a"], np.zeros(2_000, int), probability[:2_000], correct[:2_000], 0.95)["a"]
    fresh = probability[2_000:] >= cut
    assert correct[2_000:][fresh].mean() >= 0.94


def test_a_precision_that_the_answers_refute_is_not_assumed() -> None:
    """A model that is six points too sure is asked about; of a few answers nobody can tell."""
    dice = np.random.default_rng(5)
    said = dice.uniform(0.9, 1, 4_000)
    correct = dice.uniform(size=4_000) < said - 0.06
    cut = chosen(said.tolist(), correct.tolist())
    assert (said >= cut).mean() < 0.2
    assert chosen(said[:60].tolist(), [True] * 57 + [False] * 3) == 0.95


def test_calibration_error_is_zero_when_confidence_is_right() -> None:
    """Three of four right at 0.75."""
    assert expected_calibration_error(np.full(4, 0.75), np.array([True, True, True, False])) == pytest.approx(0)
    assert expected_calibration_error(np.ones(4), np.zeros(4, bool)) == pytest.approx(1)
    assert expected_calibration_error(np.empty(0), np.empty(0, bool)) == 0


def test_softmax_survives_extremes() -> None:
    """No overflow, and rows sum to one."""
    assert softmax(np.array([[1e9, 0.0], [-1e9, -1e9]])).sum(axis=1) == pytest.approx([1, 1])
