"""Raw messages from files, in the shape that `mailstage parse` promises."""

from pathlib import Path
from typing import Any

from mail.reading import read_message
from models.errors import MailError, UnreadableMessage
from models.message import Message


def read_file(file: Path) -> Message:
    """Raises MailError when the file cannot be opened, UnreadableMessage when it is no mail."""
    try:
        return read_message(file.read_bytes())
    except OSError as error:
        raise MailError(f"{file} cannot be read: {error.strerror}") from error
    except UnreadableMessage as error:
        raise UnreadableMessage(f"{file}: {error}") from error


def parsed(file: Path) -> dict[str, Any]:
    """The record as scripts may rely on it (its fields are a promise to them)."""
    try:
        message = read_file(file)
    except UnreadableMessage as error:
        return {"file": str(file), "defects": [str(error)], "kind": None}
    data = message.model_dump(mode="json")
    shape = [
        "message_id",
        "in_reply_to",
        "references",
        "to",
        "cc",
        "subject",
        "date",
        "text",
        "reply_text",
        "kind",
        "bounce",
        "language",
        "defects",
    ]
    attachments = [{key: a[key] for key in ("name", "type", "size")} for a in data["attachments"]]
    return {
        "file": str(file),
        "from": data["sender"],
        **{key: data[key] for key in shape},
        "attachments": attachments,
    }
