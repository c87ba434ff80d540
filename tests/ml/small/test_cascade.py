"""Who answers: the linear model, the encoder, or neither."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.small.calibration import Calibration
from ml.small.cascade import ENCODER, LINEAR, LOSS, NEVER, Verdicts, cascade, choose_passes, judge
from ml.small.novelty import Evidence


def verdicts(*probability: tuple[float, float], step: int = LINEAR, beyond: tuple[int, ...] = ()) -> Verdicts:
    """Of two categories; `beyond` are the rows that are held to be out of scope."""
    flags = np.isin(np.arange(len(probability)), beyond)
    return Verdicts(np.array(probability), flags.astype(float), flags, np.full(len(probability), step))


NOBODY = judge(Calibration((1.0,)), Evidence((np.empty((0, 2)),)), LINEAR)
"""No mail of a category unseen was read."""


def test_what_the_first_step_is_sure_of_is_never_asked_again() -> None:
    """Only the rest costs time, and its answer is the second step's."""
    first = verdicts((0.95, 0.05), (0.6, 0.4), (0.1, 0.9))
    asked: list[list[int]] = []

    def ask(rows: NDArray[np.int64]) -> Verdicts:
        asked.append(rows.tolist())
        return verdicts((0.2, 0.8), step=ENCODER)

    joined = cascade(first, 0.9, ask)
    assert asked == [[1]]
    assert joined.best.tolist() == [0, 1, 1]
    assert joined.step.tolist() == [LINEAR, ENCODER, LINEAR]
    assert first.best.tolist() == [0, 0, 1]  # what the first step said stays as it was


def test_when_all_are_sure_the_second_step_is_not_run() -> None:
    """An encoder that need not be loaded is not."""

    def ask(_: NDArray[np.int64]) -> Verdicts:
        raise AssertionError("asked for nothing")

    first = verdicts((0.95, 0.05), (0.1, 0.9))
    assert cascade(first, 0.9, ask) is first


def test_what_seems_foreign_is_always_asked_again() -> None:
    """However sure the category, and the second step may bring it back."""
    joined = cascade(verdicts((0.99, 0.01), beyond=(0,)), 0.5, lambda _: verdicts((0.97, 0.03), step=ENCODER))
    assert not joined.beyond.any()
    assert joined.step.tolist() == [ENCODER]


def test_a_forced_answer_leaves_out_of_scope_aside() -> None:
    """0.3 of the 0.4 that is left for the categories is three in four."""
    assert verdicts((0.3, 0.1)).forced == pytest.approx([0.75])
    assert verdicts((0.0, 0.0)).forced.tolist() == [0]


def test_the_first_step_passes_as_far_down_as_it_loses_nothing() -> None:
    """Below its first error that the second step would not make, it is asked no more."""
    sure = np.linspace(0.99, 0.6, 40)
    truth = np.zeros(40, dtype=np.int64)
    right = [(value, 1 - value) for value in sure]
    first = verdicts(*right[:30], (0.2, 0.69), *right[31:])
    second = verdicts(*right, step=ENCODER)
    assert choose_passes(second, second, truth, NOBODY) == pytest.approx(0.6)
    assert choose_passes(first, second, truth, NOBODY) == pytest.approx(sure[29])


def test_a_few_losses_of_thousands_are_allowed() -> None:
    """LOSS is a share of all mail."""
    count = int(2 / LOSS)
    first = verdicts(*[(0.2, 0.8)] * 2, *[(0.9, 0.1)] * (count - 2))
    second = verdicts(*[(0.9, 0.1)] * count, step=ENCODER)
    truth = np.zeros(count, dtype=np.int64)
    assert choose_passes(first, second, truth, NOBODY) == pytest.approx(0.8)
    worse = verdicts(*[(0.05, 0.95)] * 3, *[(0.9, 0.1)] * (count - 3))
    assert choose_passes(worse, second, truth, NOBODY) == NEVER


@pytest.mark.parametrize(("count", "passes"), [(333, 0.9), (334, 0.8)])
def test_one_loss_is_allowed_as_soon_as_it_is_a_small_share(count: int, passes: float) -> None:
    """LOSS of hundreds of mails is less than one, which would send all of them on for the sake of one."""
    first = verdicts(*[(0.9, 0.1)] * (count - 1), (0.2, 0.8))
    second = verdicts(*[(0.9, 0.1)] * count, step=ENCODER)
    assert choose_passes(first, second, np.zeros(count, dtype=np.int64), NOBODY) == pytest.approx(passes)


def test_foreign_mail_is_right_only_when_it_is_held_for_such() -> None:
    """A first step that answers what the second knows to be foreign may not pass it."""
    first, second = verdicts((0.9, 0.1)), verdicts((0.9, 0.1), step=ENCODER, beyond=(0,))
    assert choose_passes(first, second, np.array([-1]), NOBODY) == NEVER
    assert choose_passes(first, first, np.array([-1]), NOBODY) == pytest.approx(0.9)


def test_the_first_step_may_not_answer_much_of_what_no_category_is_for() -> None:
    """However right it is about the mail of the categories that there are."""
    second = verdicts(*[(0.9, 0.1)] * 100, step=ENCODER)
    truth = np.zeros(100, dtype=np.int64)
    strange = verdicts(*[(0.95, 0.05)] * 40, *[(0.2, 0.3)] * 60)
    assert choose_passes(second, second, truth, NOBODY) == pytest.approx(0.9)
    assert choose_passes(second, second, truth, strange) == pytest.approx(0.95)
    held_for_strange = verdicts(*[(0.95, 0.05)] * 40, beyond=tuple(range(40)))
    assert choose_passes(second, second, truth, held_for_strange) == pytest.approx(0.9)


def test_nothing_is_certain() -> None:
    """A threshold of 1 asks a person always, even of a model that never erred and has margins to match."""
    said = judge(Calibration((100.0,)), Evidence((np.array([[1.0, -1.0], [-1.0, 1.0]]),)), LINEAR)
    assert (said.sure < 1).all()
    assert said.sure == pytest.approx([1, 1], abs=1e-5)


def test_the_first_step_may_not_take_in_much_foreign_mail() -> None:
    """Such mail is so rare in training that a share of all mail would let most of it through."""
    count, foreign = 10_000, 8
    truth = np.append(np.zeros(count, dtype=np.int64), np.full(foreign, -1))
    first = verdicts(*[(0.99, 0.01)] * count, *[(0.95, 0.05)] * foreign)
    second = verdicts(*[(0.99, 0.01)] * (count + foreign), step=ENCODER, beyond=tuple(range(count, count + foreign)))
    assert foreign < LOSS * count
    assert choose_passes(first, second, truth, NOBODY) == pytest.approx(0.99)
