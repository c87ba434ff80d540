import numpy as np
import pytest

from ml.small.calibration import expected_calibration_error, softmax
from ml.small.thresholds import NEVER, Chosen, Flags, Floats, choose_thresholds, lower_bound


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    """With n of n right, the one-sided bound at 90% is 0.1 to the power of 1/n."""
    bound = lower_bound(np.array([45, 0]), np.array([45, 10]))
    assert bound[0] == pytest.approx(0.1 ** (1 / 45))
    assert bound[1] == 0


def said(probability: Floats, correct: Flags, precision: float) -> Chosen:
    return choose_thresholds(["a"], np.zeros(len(probability), int), probability, correct, precision)


def chosen(probability: list[float], correct: list[bool], precision: float = 0.95) -> float:
    return said(np.array(probability), np.array(correct, bool), precision).thresholds["a"]


MAIL = np.random.default_rng(99).beta(6, 0.25, 100_000)
"""How sure a model is of very much mail: of most of it very."""


def precisions(size: int, wished: float, too_sure: float, draws: int = 60) -> tuple[Floats, Floats, Flags]:
    """Of as many trainings on `size` rows: the share of mail answered, how much of that is right, whether proven.

    The model says of each mail that it is `too_sure` more probably right than it is; of no answer the precision is 1.
    """
    found = []
    for seed in range(draws):
        dice = np.random.default_rng(seed)
        probability = dice.beta(6, 0.25, size)
        right = dice.uniform(size=size) < probability - too_sure
        choice = said(probability, right, wished)
        sure = MAIL[choice.thresholds["a"] <= MAIL]
        found.append((len(sure) / len(MAIL), sure.mean() - too_sure if len(sure) else 1.0, choice.proven))
    coverage, precision, proven = zip(*found, strict=True)
    return np.array(coverage), np.array(precision), np.array(proven)


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


@pytest.mark.parametrize(("size", "wished", "least"), [(200, 0.95, 0.9), (2_000, 0.95, 0.98), (2_000, 0.99, 0.67)])
def test_a_calibrated_model_keeps_its_word_and_answers_much(size: int, wished: float, least: float) -> None:
    """In one of ten trainings the precision may end below what was wished, by little."""
    coverage, precision, _ = precisions(size, wished, 0.0)
    assert (precision < wished).mean() <= 0.15
    assert precision.min() > wished - 0.01
    assert coverage.mean() > least


@pytest.mark.parametrize(("size", "wished"), [(1_000, 0.95), (10_000, 0.95), (10_000, 0.99)])
def test_of_many_answers_the_errors_decide(size: int, wished: float) -> None:
    """A model that is too sure by a point is hardly ever believed."""
    _, precision, _ = precisions(size, wished, 0.01)
    assert (precision < wished).mean() <= 0.2


def test_few_answers_lean_on_the_probabilities() -> None:
    """The same model on 200 rows: errs by no more than it is too sure."""
    coverage, precision, _ = precisions(200, 0.99, 0.01)
    assert precision.min() > 0.98
    assert 0 < coverage.mean() < 0.5


def test_where_answers_contradict_a_person_is_asked() -> None:
    """Thousands of answers of 0.99 are right in 96 of 100 cases: no handful above them is picked as better."""
    coverage, _, _ = precisions(10_000, 0.99, 0.03)
    assert coverage.max() < 0.01


def test_what_is_proven_holds() -> None:
    """On very many rows the tests alone decide, and say so."""
    _, precision, proven = precisions(10_000, 0.95, 0.0)
    assert proven.mean() > 0.9
    assert (precision[proven] < 0.95).mean() <= 0.1


def test_little_evidence_proves_nothing() -> None:
    """Nor does a threshold that no answer reaches."""
    assert not said(np.full(20, 0.99), np.ones(20, bool), 0.95).proven
    assert not said(np.full(500, 0.99), np.zeros(500, bool), 0.95).proven


def test_a_precision_that_the_answers_refute_is_not_assumed() -> None:
    """A model that is six points too sure: what is still answered is right as often as wished."""
    dice = np.random.default_rng(5)
    said_so = dice.uniform(0.9, 1, 8_000)
    correct = dice.uniform(size=8_000) < said_so - 0.06
    cut = chosen(said_so[:4_000].tolist(), correct[:4_000].tolist())
    answered = said_so[4_000:] >= cut
    assert not answered.any() or correct[4_000:][answered].mean() >= 0.95


def test_of_a_few_answers_nobody_can_tell() -> None:
    """Three errors of sixty are no reason to doubt probabilities of 0.95 and more."""
    probability = np.random.default_rng(5).uniform(0.9, 1, 60)
    assert chosen(probability.tolist(), [True] * 57 + [False] * 3) <= 0.95


def test_calibration_error_is_zero_when_confidence_is_right() -> None:
    """Three of four right at 0.75."""
    assert expected_calibration_error(np.full(4, 0.75), np.array([True, True, True, False])) == pytest.approx(0)
    assert expected_calibration_error(np.ones(4), np.zeros(4, bool)) == pytest.approx(1)
    assert expected_calibration_error(np.empty(0), np.empty(0, bool)) == 0


def test_softmax_survives_extremes() -> None:
    """No overflow, and rows sum to one."""
    assert softmax(np.array([[1e9, 0.0], [-1e9, -1e9]])).sum(axis=1) == pytest.approx([1, 1])
