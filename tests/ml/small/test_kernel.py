"""Kernel ridge regression over vectors."""

import numpy as np
import pytest
from numpy.typing import NDArray

import ml.small.kernel as kernel
from ml.small.kernel import fit_kernel


def clusters(count: int, *, labels: int = 3, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Unit vectors (n, 16) around one centre a label, and their labels."""
    dice = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(labels, 16))
    targets = dice.integers(0, labels, count)
    vectors = centres[targets] + dice.normal(0, 0.7, (count, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), targets


def test_clusters_are_told_apart() -> None:
    """The label's own margin is the largest, and about +1 in the midst of its mail."""
    model = fit_kernel(*clusters(300), 3, seed=0)
    fresh, truth = clusters(300, seed=1)
    read = model.read(fresh)
    assert (read.margins.argmax(axis=1) == truth).mean() > 0.95
    assert 0.5 < np.median(read.margins.max(axis=1)) < 1.2


def test_a_sample_stands_for_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound a quarter of the rows says nearly what all would, of all rows' labels."""
    rows = clusters(800)
    exact = fit_kernel(*rows, 3, seed=0)
    monkeypatch.setattr(kernel, "LANDMARKS", 400)
    monkeypatch.setattr(kernel, "SAMPLE", 200)
    sampled = fit_kernel(*rows, 3, seed=0)
    assert len(exact.references) == 800
    assert len(sampled.references) == 200
    fresh, _ = clusters(400, seed=1)
    one, other = exact.read(fresh).margins, sampled.read(fresh).margins
    assert (one.argmax(axis=1) == other.argmax(axis=1)).mean() > 0.97
    assert np.abs(one - other).mean() < 0.1


def test_the_same_seed_draws_the_same_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version names one model."""
    monkeypatch.setattr(kernel, "LANDMARKS", 100)
    monkeypatch.setattr(kernel, "SAMPLE", 50)
    first, again, other = (fit_kernel(*clusters(200), 3, seed=seed) for seed in (4, 4, 5))
    assert first.rows.tolist() == again.rows.tolist()
    assert first.rows.tolist() != other.rows.tolist()
    assert np.array_equal(first.weights, again.weights)


def test_neighbours_are_training_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is its own nearest; the others follow by cosine, by the numbers that they had before the sampling."""
    monkeypatch.setattr(kernel, "LANDMARKS", 100)
    monkeypatch.setattr(kernel, "SAMPLE", 50)
    vectors, targets = clusters(200)
    model = fit_kernel(vectors, targets, 3, seed=0)
    row = int(model.rows[7])
    found = model.neighbours(vectors[row], 4)
    assert found[0][0] == row
    for other, likeness in found:
        assert likeness == pytest.approx(float(vectors[other] @ vectors[row]), abs=1e-5)
    assert [likeness for _, likeness in found] == sorted((likeness for _, likeness in found), reverse=True)


def test_foreign_mail_is_no_neighbour() -> None:
    """Being near to known foreign mail must not make a mail seem known."""
    vectors, targets = clusters(120)
    model = fit_kernel(vectors, targets, 3, seed=0, null=2)
    nearest = model.read(vectors).nearest
    known = vectors[targets != 2]
    assert nearest[targets != 2, 0] == pytest.approx(1, abs=1e-5)
    assert nearest[:, 0] == pytest.approx((vectors @ known.T).max(axis=1), abs=1e-5)
    assert (nearest[targets == 2, 0] < 1 - 1e-4).all()


def test_few_references_and_no_vectors_are_no_error() -> None:
    """Fewer labelled mails than neighbours are wished for; no mail to judge."""
    model = fit_kernel(*clusters(3), 3, seed=0)
    assert model.read(clusters(4, seed=1)[0]).nearest.shape == (4, 2)
    assert len(model.neighbours(clusters(1)[0][0], 5)) == 3
    assert model.read(np.empty((0, 16), np.float32)).margins.shape == (0, 3)


def test_wide_vectors_are_cut_to_where_mail_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the numbers keeps what the mail differs in, and one row is still what it is most like."""
    vectors, targets = clusters(300)
    exact = fit_kernel(vectors, targets, 3, seed=0)
    wide = np.repeat(vectors, 4, axis=1) / np.float32(2)
    monkeypatch.setattr(kernel, "NARROW_FROM", 300)
    monkeypatch.setattr(kernel, "NARROW", 16)
    cut = fit_kernel(wide, targets, 3, seed=0)
    assert cut.turn is not None
    assert (cut.turn.shape, cut.references.shape) == ((64, 16), (300, 16))
    assert cut.read(wide).margins == pytest.approx(exact.read(vectors).margins, abs=1e-3)
    [(row, likeness)] = cut.neighbours(wide[7], 1)
    assert (row, round(likeness, 4)) == (7, 1.0)
