"""Labelled mail that does not fit what it is to be sorted into is told before it does harm."""

from pathlib import Path
from typing import Any

import pytest

from cli.labels import check_labels, check_languages
from cli.sorting import readable_files
from ml.small.encoder.embedding import EncoderManifest
from ml.small.labelled import LabelledMail
from models.category import Category
from models.errors import TrainingDataError
from models.settings import Settings
from tests.company import EXAMPLE


def settings(*names: str) -> Settings:
    categories = tuple(Category(name=name, description=name) for name in names)
    return EXAMPLE.model_copy(update={"categories": categories})


def rows(*labels: str | None) -> list[LabelledMail]:
    return [LabelledMail(label=label, text="Where is my order? It has not arrived yet.") for label in labels]


def test_labels_that_no_category_is_called_by_never_replace_the_model_in_use() -> None:
    """One typing error would stop every mailbox; all of them are named at once. Aside, anything may be trained."""
    here = settings("order_status", "refund")
    wrong = rows("order_status", "refnud", "Refund", "Refund", None)
    with pytest.raises(
        TrainingDataError, match=r"Refund \(2 rows\), refnud \(1 rows\); add each under \[\[categories\]\]"
    ):
        check_labels(here, wrong, here.model_dir / ".." / here.model_dir.name)
    assert check_labels(here, wrong, Path("aside")) == []


def test_categories_without_mail_are_named() -> None:
    [warning] = check_labels(settings("order_status", "refund"), rows("order_status"), Path("aside"))
    assert "refund" in warning


def test_an_english_encoder_for_mail_in_other_languages_is_told() -> None:
    """With the name of one that knows them; a few mails are no reason."""

    class Named:
        def __init__(self, name: str) -> None:
            self.manifest = EncoderManifest(name=name, dimensions=1, tokens=128, pooling="mean", sha256="")

    english = rows(*["a"] * 9)
    german = [LabelledMail(label="a", text="Ich habe die Rechnung nicht bekommen, bitte senden Sie sie noch einmal.")]
    encoder: Any = Named("all-MiniLM-L6-v2")
    [warning] = check_languages([*english, *german * 9], encoder)
    assert warning.startswith("50% of the mail is not English")
    assert "encoder pull" in warning
    assert check_languages([*english, *german], encoder) == []
    assert check_languages(german, Named("paraphrase-multilingual-MiniLM-L12-v2")) == []  # type: ignore[arg-type]
    assert check_languages(german, None) == []


def test_one_broken_file_does_not_keep_the_others(tmp_path: Path) -> None:
    good, empty = tmp_path / "good.eml", tmp_path / "empty.eml"
    good.write_text("Subject: order\n\nWhere is it?\n")
    empty.touch()
    read, failed = readable_files([empty, good, tmp_path / "absent.eml"])
    assert [file for file, _ in read] == [good]
    assert [file for file, _ in failed] == [empty, tmp_path / "absent.eml"]
