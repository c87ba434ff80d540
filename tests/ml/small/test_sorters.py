"""The benchmark's ways to sort mail, and the figures it reads off their answers."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.sorters import Answers, linear_alone, scikit_learn
from ml.small.labelled import LabelledMail
from tests.ml.small.factories import labelled

ROWS = [LabelledMail(label=label, text="x") for label in ("a", "a", "b", None, None)]
SAID = Answers(
    np.array(["a", "b", "b", "a", "b"]),
    np.array([0.9, 0.6, 0.9, 0.9, 0.5]),
    np.array([0.1, 0.3, 0.2, 0.05, 0.8]),
    {"0.95": np.array([True, False, True, True, False]), "0.99": np.zeros(5, dtype=bool)},
    np.array([False, False, True, False, True]),
)


def test_figures() -> None:
    """Accuracy is of mail in scope; an answer to mail out of scope is wrong; 0 where nothing is answered."""
    assert SAID.accuracy(ROWS) == pytest.approx(2 / 3)
    assert SAID.at("0.95", ROWS) == pytest.approx((3 / 5, 2 / 3))
    assert SAID.at("0.99", ROWS) == (0.0, 0.0)
    assert SAID.auroc(ROWS) == pytest.approx(0.5)
    assert SAID.found(ROWS) == pytest.approx(0.5)
    assert SAID.found_by_training(ROWS) == pytest.approx((0.5, 2 / 3))
    first = Answers(SAID.best[:3], SAID.sure[:3], SAID.foreign[:3], {}, SAID.beyond[:3])
    assert (first.auroc(ROWS[:3]), first.found(ROWS[:3])) == (None, None)


@pytest.mark.parametrize("way", [linear_alone, scikit_learn])
def test_ways_that_learn_sort_what_is_easy(way: object, tmp_path: Path) -> None:
    """Each is given texts alone, so that none has more to go by than another."""
    rows = [LabelledMail(label=row.label, text=f"{row.subject} {row.body}") for row in labelled(30)]
    said = way(rows[::2], tmp_path)([row.text for row in rows[1::2]])  # type: ignore[operator]
    assert said.accuracy(rows[1::2]) > 0.9
    assert ((said.sure > 0) & (said.sure <= 1)).all()
