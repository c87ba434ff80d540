"""Categories known by their descriptions alone: ranked suggestions, and never a decision."""

from pathlib import Path

import pytest

from ml.small.encoder.embedding import Encoder
from ml.small.labelled import features_of
from ml.small.registry import load, load_examples
from ml.small.training import train
from ml.small.zero_shot import described, train_from_descriptions
from models.category import Category
from models.errors import TrainingDataError
from tests.ml.small.factories import TOPICS, labelled

CATEGORIES = tuple(Category(name=name, description=" ".join(words)) for name, words in TOPICS.items())


def test_every_answer_is_a_suggestion(tmp_path: Path, encoder: Encoder) -> None:
    """Ranked, mostly right, and put before a person whatever threshold a category has."""
    report = train_from_descriptions(CATEGORIES, tmp_path, encoder)
    assert report.labels == {"delivery": 2, "billing": 2, "repair": 2}
    assert "no mail is labelled" in report.warnings[0]
    rows = labelled(30)
    answers = load(tmp_path).classify_texts([features_of(row) for row in rows], dict.fromkeys(TOPICS, 0.0))
    assert sum(answer.category == row.label for answer, row in zip(answers, rows, strict=True)) > 0.8 * len(rows)
    assert all(answer.abstained for answer in answers)
    assert all("by its description" in answer.why for answer in answers)
    assert {len(answer.alternatives) for answer in answers} == {2}


def test_labels_make_it_a_model_that_decides(tmp_path: Path, encoder: Encoder) -> None:
    """Training in the same folder replaces it, and it stays there to go back to."""
    first = train_from_descriptions(CATEGORIES, tmp_path, encoder).version
    assert load(tmp_path).version == first
    second = train(labelled(40), tmp_path, encoder=encoder).version
    answers = load(tmp_path).classify_texts([features_of(row) for row in labelled(10, seed=4)])
    assert not all(answer.abstained for answer in answers)
    assert load(tmp_path, first).suggests
    assert not load(tmp_path, second).suggests


def test_it_shows_what_it_compared_with(tmp_path: Path, encoder: Encoder) -> None:
    """The descriptions stand where a trained model has labelled mail."""
    train_from_descriptions(CATEGORIES, tmp_path, encoder)
    assert {example.text for example in load_examples(tmp_path).values()} >= {
        "billing",
        "invoice payment VAT amount charged",
    }


def test_the_same_descriptions_give_the_same_model(tmp_path: Path, encoder: Encoder) -> None:
    """As with labelled rows."""
    versions = {train_from_descriptions(CATEGORIES, tmp_path / name, encoder).version for name in "ab"}
    assert len(versions) == 1


def test_a_category_is_all_that_is_said_of_it() -> None:
    """Title before name, each thing once, nothing without a word."""
    category = Category(name="order_status", title="Where?", description="-", examples=("Where is it?", "Where?", ""))
    assert described(category) == ("Where?", "Where is it?")
    assert described(Category(name="order_status", description="My parcel.")) == ("order status", "My parcel.")


def test_what_cannot_suggest_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    """One line that says what to add."""
    with pytest.raises(TrainingDataError, match="need a sentence encoder"):
        train_from_descriptions(CATEGORIES, tmp_path, None)
    with pytest.raises(TrainingDataError, match="at least two categories"):
        train_from_descriptions(CATEGORIES[:1], tmp_path, encoder)


def test_categories_of_which_nothing_is_said_are_named(tmp_path: Path, encoder: Encoder) -> None:
    """Before anything is fitted; a title is enough."""
    silent = [Category(name=name, description="-") for name in ("a1", "b2")]
    with pytest.raises(TrainingDataError, match="in words of a1, b2: give each a title or a description"):
        train_from_descriptions([*CATEGORIES, *silent], tmp_path, encoder)
    titled = [one.model_copy(update={"title": "Broken pump"}) for one in silent[:1]]
    assert train_from_descriptions([*CATEGORIES, *titled], tmp_path, encoder).labels["a1"] == 1
