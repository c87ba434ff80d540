"""Text out of documents from strangers, within a time and memory that hold: another process reads them."""

import json
import subprocess
import time
from collections.abc import Sequence

from mail.attached.extraction import RTF, packed
from mail.attached.filetypes import DOCX, PDF, XLSX, zip_entries
from mail.beside import start
from models.settings import Limits

READABLE = frozenset({PDF, DOCX, XLSX, RTF})
"""Types that documents_text reads."""
UNPACKED = 10
"""How many times limits.attachment_bytes a document may have once unpacked; office files shrink to a fifth or so."""


def documents_text(documents: Sequence[tuple[str, bytes]], limits: Limits) -> list[str]:
    """The text of each (type, bytes); empty for what is broken, too large, or not done when the time is up."""
    texts = [""] * len(documents)
    waiting = [place for place, (kind, data) in enumerate(documents) if _may_open(kind, data, limits)]
    end = time.monotonic() + limits.extraction_seconds
    while waiting and (left := end - time.monotonic()) > 0:
        answers = _asked([documents[place] for place in waiting], left, limits.extraction_memory)
        for place, text in zip(waiting, answers, strict=False):
            texts[place] = text
        # the one that ended the process is given up, and those behind it get another
        waiting = waiting[len(answers) + 1 :]
    return texts


def _may_open(kind: str, data: bytes, limits: Limits) -> bool:
    if kind not in READABLE or len(data) > limits.attachment_bytes:
        return False
    if kind in (DOCX, XLSX):
        entries = zip_entries(data)
        return bool(entries) and sum(entry.file_size for entry in entries) <= UNPACKED * limits.attachment_bytes
    return True


def _asked(documents: Sequence[tuple[str, bytes]], seconds: float, memory: int) -> list[str]:
    """Answers in order, as many as there are when the process ends or its time is up."""
    process = start("mail.attached.extraction", str(memory), str(int(seconds) + 1))
    try:
        out, _ = process.communicate(b"".join(packed(*one) for one in documents), timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    whole = out[: out.rfind(b"\n") + 1]
    return [str(json.loads(line)) for line in whole.splitlines()]
