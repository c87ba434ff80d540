"""Probabilities that mean what they say."""

import numpy as np
import pytest

from ml.small.calibration import CURVE_FROM, Calibration, Curve, expected_calibration_error, fit_calibration
from ml.small.cascade import judge
from ml.small.novelty import Evidence

Margins = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def drawn(count: int, labels: int = 4, *, steep: float = 3.0, seed: int = 0) -> tuple[Margins, np.ndarray]:
    """Margins whose softmax at scale `steep` is the true chance of each label, and labels drawn by it."""
    dice = np.random.default_rng(seed)
    margins = dice.normal(0, 0.8, (count, labels))
    chances = np.exp(steep * margins)
    chances /= chances.sum(axis=1, keepdims=True)
    return margins, (chances.cumsum(axis=1) > dice.uniform(size=(count, 1))).argmax(axis=1)


def test_the_scale_is_found() -> None:
    """It is the one that the labels were drawn with."""
    margins, truth = drawn(CURVE_FROM - 1)
    calibration = fit_calibration(Evidence((margins,)), truth, None)
    assert calibration.scales[0] == pytest.approx(3.0, rel=0.1)
    assert calibration.curve is None


def test_of_two_models_the_better_one_weighs_more() -> None:
    """Stacking: one that guesses adds next to nothing."""
    margins, truth = drawn(1_500)
    noise = np.random.default_rng(5).normal(0, 0.8, margins.shape)
    good, guess = fit_calibration(Evidence((margins, noise)), truth, None).scales
    assert good > 10 * guess


def test_much_data_bends_what_scaling_leaves_wrong() -> None:
    """A model that is overconfident at the top only is corrected, and keeps its order."""
    margins, truth = drawn(6_000)
    dice = np.random.default_rng(1)
    spoilt = np.where(dice.uniform(size=6_000) < 0.1, dice.integers(0, 4, 6_000), truth)  # no answer is surer than 0.9
    half = Evidence((margins[:3_000],)), Evidence((margins[3_000:],))
    calibration = fit_calibration(half[0], spoilt[:3_000], None)
    assert calibration.curve is not None
    inside = calibration.scores(half[1]).inside
    error = expected_calibration_error(inside.max(axis=1), inside.argmax(axis=1) == spoilt[3_000:])
    plain = Calibration(calibration.scales).scores(half[1]).inside
    assert (inside.argmax(axis=1) == plain.argmax(axis=1)).all()
    assert error < 0.03
    assert error < expected_calibration_error(plain.max(axis=1), plain.argmax(axis=1) == spoilt[3_000:])


def test_who_leads_by_little_is_trusted_less() -> None:
    """Of two answers at the same odds the one with a single strong rival may be right less often: that is learned."""
    said = np.log([[0.6, 0.37, 0.01, 0.01, 0.01], [0.6, 0.1, 0.1, 0.1, 0.1], [0.96, 0.01, 0.01, 0.01, 0.01]])
    group = np.arange(1_800) % 3
    truth = np.where(np.random.default_rng(0).uniform(size=1_800) < np.array([0.45, 0.2, 0.05])[group], 1, 0)
    evidence = Evidence((said[group],))
    sure = fit_calibration(evidence, truth, None).scores(evidence).inside.max(axis=1)
    assert [sure[group == one].mean() for one in range(3)] == pytest.approx([0.55, 0.8, 0.95], abs=0.05)


def test_few_rows_leave_what_is_said_as_it_is() -> None:
    """A dozen rows must not make a model surer of itself than its margins do."""
    margins, truth = drawn(12)
    trust = fit_calibration(Evidence((margins,)), truth, None).trust
    assert (trust.odds, trust.lead, trust.bias) == pytest.approx((1, 0, 0), abs=0.3)


def test_the_curve_rises() -> None:
    """Who was surer stays surer, so that thresholds keep their sense."""
    margins, truth = drawn(3_000)
    curve = fit_calibration(Evidence((margins,)), truth, None).curve
    assert curve is not None
    assert list(curve.said) == sorted(curve.said)
    assert list(curve.holds) == sorted(curve.holds)
    assert (curve.holds[0], curve.holds[-1]) == (0.0, 1.0)


def test_a_corrected_row_still_sums_to_one_and_keeps_its_best() -> None:
    """Even where the curve would put the best below the second."""
    curve = Curve((0.0, 1.0), (0.0, 0.3))
    corrected = curve.corrected(np.array([[0.6, 0.3, 0.1], [0.4, 0.35, 0.25]]))
    assert corrected.sum(axis=1) == pytest.approx([1, 1])
    assert corrected.argmax(axis=1).tolist() == [0, 0]
    assert np.isfinite(Curve((0.0, 1.0), (0.0, 1.0)).corrected(np.array([[1.0, 0.0], [0.5, 0.5]]))).all()


@pytest.mark.parametrize("foreign", [0, 3, 200])
def test_probabilities_sum_to_one_at_most(foreign: int) -> None:
    """What is missing is the chance that the mail belongs nowhere."""
    margins, truth = drawn(600, labels=5)
    truth[:foreign] = 4
    truth[foreign:] %= 4
    null = 4 if foreign else None
    calibration = fit_calibration(Evidence((margins if foreign else margins[:, :4],)), truth, null)
    verdicts = judge(calibration, Evidence((margins if foreign else margins[:, :4],)), 0)
    assert verdicts.probability.shape == (600, 4)
    assert (verdicts.probability >= 0).all()
    assert (verdicts.probability.sum(axis=1) <= 1 + 1e-9).all()
