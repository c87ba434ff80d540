"""What categories are called is learned from, and never measured."""

import json
from pathlib import Path

import pytest

from ml.small.labelled import LabelledMail, MailText
from ml.small.names import with_names, words_of
from ml.small.registry import load
from ml.small.rows import checked_examples
from ml.small.training import train
from tests.ml.small.factories import labelled


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("order_status", "order status"),
        ("Order-Status", "Order Status"),
        ("orderStatus", "order Status"),
        ("Rückgabe & Erstattung", "Rückgabe Erstattung"),
        ("配送", "配送"),
        ("A1", ""),
        ("17", ""),
        ("🔥", ""),
    ],
)
def test_a_label_is_read_as_words(label: str, words: str) -> None:
    """However it is written; what is no word says nothing."""
    assert words_of(label) == words


def test_each_category_is_an_example_of_itself() -> None:
    """After the rows, so that their numbers stay; out of scope has no name to learn from."""
    examples = checked_examples(labelled(5, foreign=5))
    taught = with_names(examples)
    assert taught.mails[: len(examples.mails)] == examples.mails
    assert taught.mails[len(examples.mails) :] == tuple(MailText("", name) for name in examples.categories)
    assert [taught.labels[target] for target in taught.targets[-3:]] == ["billing", "delivery", "repair"]
    assert taught.numbers[-3:].tolist() == [0, 0, 0]


def test_names_are_not_counted_as_mail(tmp_path: Path) -> None:
    """Figures are those of the rows that were given."""
    report = train(labelled(10, foreign=7), tmp_path)
    assert report.n == 37
    assert report.labels == {"billing": 10, "delivery": 10, "repair": 10}
    assert report.out_of_scope == 7
    assert json.loads((tmp_path / "model.json").read_bytes())["rows"] == 37


def test_a_mail_that_only_names_its_category_is_recognised(tmp_path: Path) -> None:
    """Though no labelled mail has the word."""
    words = {"zither": "strings", "quarry": "stones", "orchid": "flowers"}
    rows = [LabelledMail(label=f"matter_{name}", text=f"{word} {n}") for name, word in words.items() for n in range(6)]
    train(rows, tmp_path)
    classifier = load(tmp_path)
    best = classifier.judge([MailText("about my zither", ""), MailText("the orchid", "")]).best
    assert [classifier.labels[one] for one in best] == ["matter_zither", "matter_orchid"]
