"""What is said in brief about a training."""

import numpy as np
import pytest

from ml.small.report.summary import set_aside


@pytest.mark.parametrize(
    ("beyond", "size", "warned"), [(5, 100, False), (9, 100, False), (12, 100, True), (3, 20, False)]
)
def test_mail_in_scope_that_is_set_aside_is_named(beyond: int, size: int, warned: bool) -> None:
    """One in twenty is meant to be; somewhat more may be chance."""
    said = set_aside(np.arange(size) < beyond)
    assert bool(said) is warned
    assert all(warning.startswith(f"{beyond}% of the mail in scope") for warning in said)


def test_where_all_is_let_through_nothing_is_said() -> None:
    assert set_aside(np.zeros(50, bool)) == []
