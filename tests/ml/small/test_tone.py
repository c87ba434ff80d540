"""The tone of a mail as probabilities that mean what they say."""

import pytest

from benchmarks.tone import fits, read_rows
from ml.small.tone.probabilities import NEGATIVE, POSITIVE, URGENT, tone_of
from ml.small.tone.signals import read_tone
from tests.ml.small.factories import message


def test_the_curves_are_those_of_the_labelled_rows() -> None:
    """Fitted anew they are the same, and held-out rows bear them out."""
    rows = read_rows()
    assert len(rows) >= 150
    assert len({row.language for row in rows}) == 7
    for fit, kept in zip(fits(rows), (URGENT, NEGATIVE, POSITIVE), strict=True):
        assert (fit.weight, fit.bias) == pytest.approx(kept, abs=0.05)
        assert fit.auroc > 0.7
        assert fit.ece < 0.08


def test_words_of_haste_and_anger_raise_their_probability() -> None:
    """A plain question is neither."""
    plain = tone_of(*read_tone(message("Which filter fits the small can?")))
    hasty = tone_of(*read_tone(message("URGENT: please answer today, it is an emergency.")))
    angry = tone_of(*read_tone(message("You are scammers, this is disgusting and unacceptable.")))
    pleased = tone_of(*read_tone(message("Wonderful, we love it. Perfect, thank you!")))
    assert hasty.urgent > 0.9 > 0.1 > plain.urgent
    assert angry.negative > 0.9 > plain.negative
    assert pleased.positive > 0.9 > 0.1 > plain.positive
