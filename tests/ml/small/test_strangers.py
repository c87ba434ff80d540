"""Mail of categories left out, which stands for that of categories that nobody has named yet."""

import numpy as np
import pytest

from ml.small import strangers
from ml.small.labelled import LabelledMail
from ml.small.rows import checked_examples
from ml.small.strangers import strange_margins
from ml.small.training import count_in_batches
from tests.ml.small.factories import labelled


def numbered(categories: int, each: int = 12) -> list[LabelledMail]:
    return [
        LabelledMail(label=f"c{number}", text=f"about thing{number} and its part{number} number {row}")
        for number in range(categories)
        for row in range(each)
    ]


def test_each_mail_is_read_once_and_never_by_a_model_that_knows_its_category() -> None:
    """What is out of scope belongs to no category and stands for none."""
    rows = numbered(7) + [LabelledMail(label=None, text=f"far away {row}") for row in range(9)]
    examples = checked_examples(rows)
    margins = strange_margins(examples, count_in_batches(examples.mails), seed=0)
    assert margins.shape == (7 * 12, 8)
    left_out = margins < -50
    assert set(left_out.sum(axis=1)) <= {2, 3}
    assert not left_out[:, examples.null].any()
    assert all(left_out[:, column].sum() >= 12 for column in range(7))


def test_few_categories_cannot_spare_any() -> None:
    examples = checked_examples(labelled())
    assert len(strange_margins(examples, count_in_batches(examples.mails), seed=0)) == 0


def test_of_very_many_mails_a_part_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "MOST_ROWS", 40)
    examples = checked_examples(numbered(8))
    margins = strange_margins(examples, count_in_batches(examples.mails), seed=0)
    assert len(margins) == 40
    assert np.isfinite(margins).all()
