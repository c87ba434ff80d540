"""The tests that tell a better model from luck."""

import numpy as np
import pytest

from ml.small.learning.significance import lower_by_chance, mean_interval, more_often, spent


@pytest.mark.parametrize(
    ("gained", "lost", "expected"),
    [(0, 0, 1.0), (5, 0, 1 / 32), (6, 0, 1 / 64), (1, 1, 0.75), (8, 2, 56 / 1024), (2, 8, 1013 / 1024)],
)
def test_mcnemar_is_the_exact_binomial_tail(gained: int, lost: int, expected: float) -> None:
    """Counted by hand: so many heads, or more, of gained + lost tosses of a fair coin."""
    assert more_often(gained, lost) == pytest.approx(expected)


def test_the_sign_flip_test_agrees_with_the_coin_where_all_differences_are_alike() -> None:
    """Six of six to one side: 1 in 64."""
    assert lower_by_chance(np.array([-1.0] * 6 + [0.0] * 40)) == pytest.approx(1 / 64, abs=0.004)
    assert lower_by_chance(np.array([1.0] * 6 + [0.0] * 40)) == pytest.approx(1.0)
    assert lower_by_chance(np.zeros(10)) == 1.0


def test_a_large_difference_weighs_more_than_a_small_one() -> None:
    """Four questions saved do not outweigh one mistake that counts as twenty."""
    assert lower_by_chance(np.array([-1.0] * 4 + [20.0])) > 0.5


def test_models_that_are_alike_seldom_seem_different() -> None:
    """Of 400 comparisons without a difference at most the promised share is taken for one."""
    dice = np.random.default_rng(3)
    alarms = 0
    for _ in range(400):
        right = dice.random((2, 200)) < 0.85
        gained, lost = int((right[1] & ~right[0]).sum()), int((right[0] & ~right[1]).sum())
        alarms += more_often(gained, lost) < 0.025
    assert alarms <= 0.025 * 400 + 6


def test_all_looks_together_spend_no_more_than_the_level() -> None:
    """However many there are; the first takes half."""
    shares = [spent(0.025, look) for look in range(1, 10_000)]
    assert shares[:3] == pytest.approx([0.0125, 0.025 / 6, 0.025 / 12])
    assert 0.0249 < sum(shares) < 0.025


def test_looking_each_week_for_a_year_seldom_finds_a_model_that_is_no_better() -> None:
    """The locked mails grow and each week's challenger is new; at the whole level a third of the years find one."""
    dice = np.random.default_rng(18)
    at_once = at_last = 0
    for _ in range(100):
        moved = dice.binomial(np.arange(120, 120 + 52 * 12, 12), 0.1)
        gained = dice.binomial(moved, 0.5)
        values = [more_often(up, down) for up, down in zip(gained.tolist(), (moved - gained).tolist(), strict=True)]
        at_once += any(p < 0.025 for p in values)
        at_last += any(p < spent(0.025, look) for look, p in enumerate(values, 1))
    assert at_once > 33
    assert at_last <= 5


def test_a_stricter_level_is_told_from_chance_as_well() -> None:
    """After a year of looks the level is under what 20,000 draws can show."""
    level = spent(0.025, 52)
    assert 0 < lower_by_chance(np.array([-1.0] * 40), level) < level
    assert lower_by_chance(np.array([-1.0] * 12 + [1.0]), level) > level


def test_the_interval_holds_the_mean() -> None:
    """In about 95 of 100 samples; the same sample gives the same interval."""
    dice = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        low, high = mean_interval(dice.choice([-1.0, 0.0, 1.0], 300, p=[0.2, 0.7, 0.1]))
        held += low <= -0.1 <= high
    assert 180 <= held <= 199
    sample = dice.choice([-1.0, 0.0], 50)
    assert mean_interval(sample) == mean_interval(sample)
