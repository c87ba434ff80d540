"""Raw messages from files, in the shape that `mailstage parse` promises."""

from pathlib import Path
from typing import Any

from mail.reading import read_message
from models.errors import MailError, UnreadableMessage
from models.message import Message

FIELDS = (
    "message_id",
    "in_reply_to",
    "references",
    "reply_to",
    "to",
    "cc",
    "subject",
    "date",
    "text",
    "reply_text",
    "forwarded",
    "hidden_text",
    "kind",
    "kind_reason",
    "bounce",
    "trust",
    "language",
    "defects",
)


def read_file(file: Path) -> Message:
    """Raises MailError when the file cannot be opened, UnreadableMessage when it is no mail."""
    try:
        return read_message(file.read_bytes())
    except OSError as error:
        raise MailError(f"{file} cannot be read: {error.strerror}") from error
    except UnreadableMessage as error:
        raise UnreadableMessage(f"{file}: {error}") from error


def as_data(file: Path, message: Message) -> dict[str, Any]:
    """The record as scripts may rely on it (its fields are a promise to them)."""
    data = message.model_dump(mode="json")
    attachments = [{key: a[key] for key in ("name", "type", "size")} for a in data["attachments"]]
    told = {key: data[key] for key in FIELDS}
    return {"file": str(file), "from": data["sender"], **told, "attachments": attachments}


def as_failure(file: Path, error: MailError) -> dict[str, Any]:
    """What stands in the place of a file that could not be read, so that each file has its line."""
    return {"file": str(file), "defects": [str(error)], "kind": None}
