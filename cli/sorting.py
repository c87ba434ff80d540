"""What `mailstage categorize` says of a file: what the pipeline would, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.reading import read_file
from ml.small.classifier import Classifier
from ml.small.labelled import text_of
from ml.small.registry import load, load_examples
from ml.small.sorting import Terms, sort_mail, terms_of
from ml.small.why.examples import Example
from ml.small.why.explaining import explain
from models.classification import Classification, DecidedBy
from models.errors import MailError
from models.message import Message
from models.settings import Settings


def readable_files(files: Sequence[Path]) -> tuple[list[tuple[Path, Message]], list[tuple[Path, MailError]]]:
    """Those that could be read, and the others with the reason: one broken mail does not keep the rest."""
    read: list[tuple[Path, Message]] = []
    failed: list[tuple[Path, MailError]] = []
    for file in files:
        try:
            read.append((file, read_file(file)))
        except MailError as error:
            failed.append((file, error))
    return read, failed


def sorted_files(
    read: Sequence[tuple[Path, Message]],
    folder: Path,
    settings: Settings | None,
    precision: str | None,
    *,
    why: bool,
) -> Iterator[dict[str, Any]]:
    """A line for each file, as JSON will say it; without settings by what was chosen in training."""
    classifier = load(folder)
    examples = load_examples(folder, classifier.version) if why else {}
    messages = [message for _, message in read]
    terms = terms_of(settings) if settings else Terms()
    answers = sort_mail(classifier, messages, replace(terms, precision=precision or terms.precision))
    for (file, message), answer in zip(read, answers, strict=True):
        spoken = {"language": message.language, "language_probability": message.language_probability}
        line = {"file": str(file), **answer.model_dump(mode="json"), **spoken}
        yield {**line, "reasons": _reasons(classifier, message, answer, examples)} if why else line


def _reasons(
    classifier: Classifier, message: Message, answer: Classification, examples: dict[int, Example]
) -> dict[str, Any] | None:
    """The words and the labelled mails that decided; None where a rule did, or nothing could."""
    if answer.decided_by is DecidedBy.RULE:
        return None
    reasons = explain(classifier, text_of(message), examples)
    return reasons.model_dump(mode="json") if reasons else None
