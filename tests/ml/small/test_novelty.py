"""Mail unlike any that was learned from."""

from pathlib import Path

import numpy as np
import pytest

from ml.small.classifier import Classifier
from ml.small.encoder.embedding import Encoder
from ml.small.labelled import MailText, features_of
from ml.small.novelty import KEPT_IN_SCOPE, MIN_OUTSIDE, Evidence, fit_novelty
from ml.small.registry import load
from ml.small.report.summary import set_aside
from ml.small.training import train
from tests.ml.small.factories import labelled

UNSEEN = ("solar panels on the roof", "a recipe with lentils", "my violin teacher", "rent of the flat", "train strike")


def trained(folder: Path, foreign: int, encoder: Encoder | None = None) -> Classifier:
    train(labelled(60, foreign=foreign), folder, encoder=encoder)
    return load(folder)


def signs(count: int, lead: float, near: float, seed: int) -> Evidence:
    """Mail whose best label leads by about `lead` and whose nearest neighbour is about `near`."""
    dice = np.random.default_rng(seed)
    margins = dice.normal(-1, 0.1, (count, 3))
    margins[np.arange(count), dice.integers(0, 3, count)] += lead + dice.normal(0, 0.2, count)
    nearest = near + dice.normal(0, 0.08, (count, 2))
    return Evidence((margins,), nearest)


def joined(one: Evidence, other: Evidence) -> Evidence:
    assert one.nearest is not None
    assert other.nearest is not None
    return Evidence((np.vstack([one.margins[0], other.margins[0]]),), np.vstack([one.nearest, other.nearest]))


def inside_of(evidence: Evidence) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    powers = np.exp(3 * evidence.margins[0])
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("foreign", [0, MIN_OUTSIDE - 1, 100])
def test_the_cut_lets_in_scope_mail_through(foreign: int) -> None:
    """With foreign mail to learn from, with too little of it, and with none."""
    known = signs(400, 1.5, 0.7, 1)
    rows = joined(known, signs(foreign, 0.2, 0.2, 2)) if foreign else known
    outside = np.arange(400 + foreign) >= 400
    novelty = fit_novelty(rows, inside_of(rows), outside)
    assert novelty.learned is (foreign >= MIN_OUTSIDE)
    fresh = signs(2_000, 1.5, 0.7, 3)
    passed = (novelty.outside(fresh, inside_of(fresh)) <= novelty.cut).mean()
    assert passed > KEPT_IN_SCOPE - 0.04
    strange = signs(500, 0.2, 0.2, 4)
    assert (novelty.outside(strange, inside_of(strange)) > novelty.cut).mean() > 0.9


def test_what_is_more_probably_out_of_scope_is_set_aside() -> None:
    """Of very much foreign mail that looks like the other: a person is asked rather than most answers be wrong."""
    rows = joined(signs(200, 1.0, 0.5, 1), signs(1_000, 0.9, 0.48, 2))
    outside = np.arange(1_200) >= 200
    novelty = fit_novelty(rows, inside_of(rows), outside)
    assert novelty.cut == 0.5
    kept = novelty.outside(rows, inside_of(rows))[:200] <= novelty.cut
    assert kept.mean() < KEPT_IN_SCOPE
    assert set_aside(~kept)


def test_distance_tells_what_margins_do_not() -> None:
    """Far from all labelled mail is foreign, however sure the model."""
    known = signs(400, 1.5, 0.7, 1)
    novelty = fit_novelty(known, inside_of(known), np.zeros(400, bool))
    far = signs(200, 1.5, 0.1, 2)
    assert (novelty.outside(far, inside_of(far)) > novelty.cut).mean() > 0.9


@pytest.mark.parametrize("foreign", [0, 40])
def test_unseen_topics_are_flagged_and_known_ones_kept(tmp_path: Path, foreign: int, encoder: Encoder) -> None:
    """Topics that are neither in the categories nor in the foreign rows, by the whole cascade."""
    classifier = trained(tmp_path, foreign, encoder)
    known = [features_of(row) for row in labelled(40, seed=8)]
    assert (~classifier.judge(known).beyond).mean() > 0.85
    assert classifier.judge([MailText("", text) for text in UNSEEN]).beyond.mean() >= 0.8
