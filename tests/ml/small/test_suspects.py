"""Confident learning: labels that are probably wrong."""

from pathlib import Path

import numpy as np

from ml.small.labelled import LabelledMail
from ml.small.manifest import SUSPECTS
from ml.small.report.suspects import Suspect, confident_disagreement
from ml.small.training import train
from tests.ml.small.factories import labelled


def suspects_in(folder: Path) -> list[Suspect]:
    return [Suspect.model_validate_json(line) for line in (folder / SUSPECTS).read_bytes().splitlines()]


def test_wrong_labels_are_found_and_the_right_one_is_named(tmp_path: Path) -> None:
    """Of nine swapped labels most head the list, with the row of the file that they stand in."""
    rows = labelled(40, foreign=6)
    other = {"delivery": "billing", "billing": "repair", "repair": "delivery"}
    swapped = set(range(0, 120, 14))
    spoilt = [
        row.model_copy(update={"label": other[str(row.label)]}) if n in swapped else row for n, row in enumerate(rows)
    ]
    train([LabelledMail(label="billing", text=""), *spoilt], tmp_path)  # an empty row first, which shifts the others
    found = suspects_in(tmp_path)
    assert len(found) > len(swapped) / 2
    for suspect in found:
        original = suspect.row - 2
        assert original in swapped
        assert (suspect.label, suspect.suggested) == (spoilt[original].label, rows[original].label)
        assert suspect.probability > suspect.label_probability


def test_clean_rows_are_seldom_suspected(tmp_path: Path) -> None:
    """A list full of false alarms is read once and never again."""
    train(labelled(40, foreign=40), tmp_path)
    assert len(suspects_in(tmp_path)) <= 3


def test_foreign_mail_with_a_category_is_suspected(tmp_path: Path) -> None:
    """Out of scope may be the right label too."""
    rows = labelled(40, foreign=40)
    wrong = set(range(121, 160, 8))
    train([row.model_copy(update={"label": "repair"}) if n in wrong else row for n, row in enumerate(rows)], tmp_path)
    found = suspects_in(tmp_path)
    assert found
    assert {(suspect.label, suspect.suggested) for suspect in found} == {("repair", None)}
    assert {suspect.row - 1 for suspect in found} <= wrong


def test_what_is_unusual_depends_on_the_label() -> None:
    """0.6 is little where a label usually gets 0.9, and much where it usually gets 0.5."""
    probability = np.array(
        [[0.9, 0.1], [0.9, 0.1], [0.35, 0.65], [0.45, 0.55], [0.5, 0.5], [0.45, 0.55]],
    )
    doubts = confident_disagreement(probability, np.array([0, 0, 0, 1, 1, 1]))
    assert doubts.rows.tolist() == [2]
    assert doubts.suggested.tolist() == [1]


def test_a_label_without_rows_is_never_suggested() -> None:
    """There is no average that its probability could reach."""
    probability = np.array([[0.2, 0.1, 0.7], [0.8, 0.2, 0.0], [0.1, 0.9, 0.0]])
    assert not len(confident_disagreement(probability, np.array([0, 0, 1])).rows)
