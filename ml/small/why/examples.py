"""The labelled mails that a model keeps a line of, so that it can show which ones a new mail is like.

One JSON line a mail, in a file of its own beside the weights: it decides nothing, and is read only to explain.
"""

from collections.abc import Iterable

from pydantic import ValidationError

from ml.small.labelled import MailText
from ml.small.why.excerpts import excerpt
from models.errors import ModelError
from models.record import Record


class Example(Record):
    """`row` is the place in training, as `KernelModel.neighbours` names it; a label of None is out of scope."""

    row: int
    label: str | None
    text: str


def example_of(row: int, label: str | None, mail: MailText) -> Example:
    return Example(row=row, label=label, text=excerpt(mail))


def packed_examples(examples: Iterable[Example]) -> bytes:
    return "".join(f"{example.model_dump_json()}\n" for example in examples).encode()


def unpacked_examples(lines: bytes) -> dict[int, Example]:
    """By row. Raises ModelError for lines that are damaged."""
    try:
        read = [Example.model_validate_json(line) for line in lines.splitlines()]
    except ValidationError as error:
        raise ModelError("the model's examples cannot be read: train it again") from error
    return {example.row: example for example in read}
