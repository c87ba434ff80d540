"""Labelled mail to learn from, and the one view (`MailText`) under which training rows and live mail look the same."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import from_json

from ml.small.senders import sender_class
from models.category import NO_CATEGORY
from models.errors import TrainingDataError
from models.message import Message
from models.record import Record

MAX_CHARS = 4_000
"""Characters of a mail that are read: the matter stands at the top, and time per mail stays bounded."""

MAX_ATTACHMENTS = 10
EXAMPLE_ROW = 'write one JSON object a line, such as {"subject": "…", "body": "…", "label": "…"}'
MAX_LINE_BYTES = 5_000_000

_REPLY_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|wg|sv|vs|antw|rif|rv|res|r|tr|odp|ref|fwd?|vb|enc|doorst|i)\s*(?:\[\d+\])?\s*[:\uff1a]\s*)+",
    re.IGNORECASE,
)
_ATTACHMENT_NAME = re.compile(r"[^\W\d_]{3,20}")


@dataclass(frozen=True, slots=True)
class MailText:
    """What the small models see of one mail. `marks` are pseudo-words: sender class, attachments, being an answer."""

    subject: str
    body: str
    marks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True when there is not one letter to judge by."""
        return not any(character.isalpha() for character in f"{self.subject}{self.body}"[:MAX_CHARS])

    @property
    def reading(self) -> str:
        """What an encoder reads."""
        return f"{self.subject}\n{self.body}".strip()


class Attached(Record):
    """What a row says of an attachment; `type` is a media type."""

    name: str = ""
    type: str = ""


class LabelledMail(Record):
    """One row of labelled mail: `text` alone, or a mail's parts. A label of None is out of scope."""

    label: Annotated[str, Field(min_length=1, max_length=200)] | None
    text: str = ""
    sender: str = Field(default="", alias="from")
    to: str = ""
    subject: str = ""
    body: str = ""
    attachments: tuple[Attached, ...] = ()
    answers: bool = False
    """The mail answers another one."""

    @model_validator(mode="before")
    @classmethod
    def _stripped_label(cls, row: Any) -> Any:
        if isinstance(row, dict) and isinstance(row.get("label"), str):
            return {**row, "label": row["label"].strip()}
        return row

    @field_validator("label")
    @classmethod
    def _is_one(cls, label: str | None) -> str | None:
        if label == NO_CATEGORY:
            raise ValueError(f"{label!r} is no category: write null for mail of none, or choose another name")
        if label and any(unicodedata.category(character) in ("Cc", "Cf") for character in label):
            raise ValueError(f"{label!r} holds a character that nobody sees: write it without")
        return label

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if self.text and (self.subject or self.body):
            raise ValueError("give either text, or subject and body")
        return self


def read_labelled(path: Path) -> list[LabelledMail]:
    """The rows of a JSON Lines file, in order; fields that it does not know are left aside.

    Raises TrainingDataError, with file and line number, for a row that cannot be used, and for a file without rows.
    """
    rows = []
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if stripped := line.removeprefix(b"\xef\xbb\xbf").strip():
                    rows.append(_row(stripped, f"{path}, line {number}"))
    except OSError as error:
        raise TrainingDataError(f"{path} cannot be read: {error.strerror or error}") from error
    if not rows:
        raise TrainingDataError(f"{path} holds no rows: {EXAMPLE_ROW}")
    return rows


def features_of(mail: LabelledMail) -> MailText:
    """A training row as the models see it."""
    domain = parseaddr(mail.sender)[1].rpartition("@")[2]
    attached = [(one.name, one.type) for one in mail.attachments[:MAX_ATTACHMENTS]]
    return _mail_text(mail.subject, mail.text or mail.body, domain, attached, mail.answers)


def row_of(message: Message, label: str | None) -> LabelledMail:
    """A mail as a training row: what the models will see when such mail arrives, and of its sender the domain alone."""
    domain = message.sender.address.rpartition("@")[2]
    attached = [Attached(name=one.name, type=one.holds or one.type) for one in message.attachments[:MAX_ATTACHMENTS]]
    return LabelledMail(
        label=label,
        **{"from": f"someone@{domain}" if domain else ""},
        subject=message.subject,
        body=_new_text(message),
        attachments=tuple(attached),
        answers=bool(message.in_reply_to or message.references),
    )


def text_of(message: Message) -> MailText:
    """A live mail as the models see it: what its sender newly wrote or passes on, never the quoted history."""
    return features_of(row_of(message, None))


def _fields(row: dict[str, Any]) -> str:
    return ", ".join(list(row)[:10]) or "none"


def _row(line: bytes, place: str) -> LabelledMail:
    if len(line) > MAX_LINE_BYTES:
        raise TrainingDataError(f"{place}: the row is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        row = from_json(line)
    except ValueError as error:
        raise TrainingDataError(f"{place}: not JSON ({error}); {EXAMPLE_ROW}, in UTF-8") from error
    if not isinstance(row, dict):
        raise TrainingDataError(f"{place}: a row is an object, not {type(row).__name__}")
    if "label" not in row:
        raise TrainingDataError(
            f"{place}: no field 'label' among {_fields(row)}; its value is a category, or null for mail of none"
        )
    if not row.keys() & {"text", "subject", "body"}:
        raise TrainingDataError(f"{place}: no text among {_fields(row)}; a row has text, or subject and body")
    known = {"label", "text", "from", "to", "subject", "body", "attachments", "answers"}
    try:
        return LabelledMail.model_validate(
            {k: v for k, v in row.items() if k in known and (v is not None or k == "label")}
        )
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "row"
        raise TrainingDataError(f"{place}: {where}: {problem['msg'].removeprefix('Value error, ')}") from error


def _new_text(message: Message) -> str:
    """What the sender wrote; where that is nothing, what the first attachment with a text says."""
    written = message.request
    if not written.strip():
        written = next((one.text for one in message.attachments if one.text.strip()), "")
    return written[:MAX_CHARS]


def _mail_text(subject: str, body: str, domain: str, attachments: Iterable[tuple[str, str]], answers: bool) -> MailText:
    bare = _REPLY_PREFIX.sub("", subject[:500])
    if bare != subject[:500] and not body.strip():
        bare = ""  # the subject of an answer is history too: an empty answer says nothing new
    marks = [f"from{sender_class(domain)}"] if domain else []
    marks += ["isanswer"] if answers else []
    for name, type_ in attachments:
        marks.append(f"attached{type_.partition('/')[0]}")
        marks.extend(f"file{word}" for word in _ATTACHMENT_NAME.findall(name[:100])[:3])
    return MailText(bare, body[:MAX_CHARS], tuple(marks))
