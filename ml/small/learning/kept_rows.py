"""The labelled mail that a model learned from, kept beside it: what reviewers decide later is added to it.

Kept is what the models read of a mail and no more: subject, the first characters of the text, the sender's domain,
the names and types of attachments, and of a mail without a word of its own what the first of them says.
"""

import hashlib
import json
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from ml.small.labelled import MAX_CHARS, LabelledMail, read_labelled
from models.errors import ModelError


def packed_rows(rows: Sequence[LabelledMail]) -> tuple[str, bytes]:
    """The name of the file, a hash of its content, and the content."""
    content = "".join(f"{json.dumps(_bare(row), ensure_ascii=True)}\n" for row in rows).encode()
    return f"rows-{hashlib.sha256(content).hexdigest()[:16]}.jsonl", content


def read_rows(folder: Path, name: str) -> list[LabelledMail]:
    """The rows of the file `name` of a model folder. Raises ModelError where none are kept, or others than these."""
    again = "train it again with `mailstage train --data …`"
    if not name:
        raise ModelError(f"the model in {folder} does not know what it learned from: {again}")
    path = folder / Path(name).name
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"the mail that the model in {folder} learned from cannot be read: {again}") from error
    if f"rows-{hashlib.sha256(content).hexdigest()[:16]}.jsonl" != name:
        raise ModelError(f"the mail that the model in {folder} learned from has been changed: {again}")
    return read_labelled(path)


def _bare(row: LabelledMail) -> dict[str, Any]:
    domain = parseaddr(row.sender)[1].rpartition("@")[2]
    parts = {
        "text": row.text[:MAX_CHARS],
        "from": f"someone@{domain}" if domain else "",
        "subject": row.subject[:500],
        "body": row.body[:MAX_CHARS],
    }
    # a lone surrogate has no place in a JSON file
    filled: dict[str, str | None] = {
        name: part.encode(errors="replace").decode() for name, part in parts.items() if part
    }
    marks: dict[str, Any] = {"answers": True} if row.answers else {}
    if row.attachments:
        marks["attachments"] = [one.model_dump() for one in row.attachments]
    return {"label": row.label, **marks, **(filled if filled.keys() & {"text", "subject", "body"} else {"text": ""})}
