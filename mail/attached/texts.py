"""The text inside attachments. Separate from reading, since opening a PDF costs more than all the rest."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from mail.attached.calendars import calendar_text
from mail.attached.documents import READABLE, documents_text
from mail.attached.filetypes import danger
from mail.mime.charsets import clean, decode
from mail.mime.content import HTML_CHARS, describe, read_content
from mail.mime.headers import header_text
from mail.mime.layout import lay_out
from mail.mime.parsing import parse
from mail.mime.part import Part
from mail.text.html import html_text
from models.errors import UnreadableMessage
from models.message import Attachment
from models.settings import Limits

MAX_TEXT = 50_000
"""Characters kept of one attachment."""
_TEXTS = frozenset({"application/json", "application/xml", "application/csv", "application/ics"})
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_DEFAULT_LIMITS = Limits()


@dataclass
class _Allowance:
    """What all attachments of one mail may cost together: `chars` to be read, and the time `until` (of `clock`)."""

    chars: int
    until: float
    clock: Callable[[], float]

    @property
    def seconds(self) -> float:
        return max(0.0, self.until - self.clock())

    @property
    def is_spent(self) -> bool:
        return self.chars <= 0 or self.seconds == 0

    def taken(self, text: str) -> str:
        """As much of a text as may still be read."""
        text = text[: max(0, self.chars)]
        self.chars -= len(text)
        return text


def extract_text(
    raw: bytes, limits: Limits = _DEFAULT_LIMITS, clock: Callable[[], float] = time.monotonic
) -> tuple[Attachment, ...]:
    """Attachments in the order of `Message.attachments`, with text out of text/*, mails, PDF, DOCX, XLSX and RTF.

    One above `limits.attachment_bytes`, one that may run a program, and one that cannot be opened keep an empty text,
    as do those for which the others have left nothing of `limits.extraction_seconds`, or of HTML_CHARS characters for
    each of `limits.text_chars`; images are left to a model that sees. Raises UnreadableMessage as reading does.
    """
    allowance = _Allowance(limits.text_chars * HTML_CHARS, clock() + limits.extraction_seconds, clock)
    root, _ = parse(raw, limits)
    parts = lay_out(root, limits).attached
    described = [describe(part) for part in parts]
    kinds = [one.holds or one.type for one in described]
    harmless = [
        place
        for place, one in enumerate(described)
        if one.size <= limits.attachment_bytes and not danger(one.name, kinds[place], parts[place].payload())
    ]
    papers = [place for place in harmless if kinds[place] in READABLE]
    texts = {place: _text(parts[place], kinds[place], limits, allowance) for place in harmless}
    asked = [(kinds[place], parts[place].payload()) for place in papers]
    left = limits.model_copy(update={"extraction_seconds": allowance.seconds})
    texts |= dict(zip(papers, documents_text(asked, left), strict=True))
    most = min(MAX_TEXT, limits.text_chars)
    return tuple(
        one.model_copy(update={"text": clean(texts.get(place, ""))[:most].strip()})
        for place, one in enumerate(described)
    )


def _text(part: Part, kind: str, limits: Limits, allowance: _Allowance) -> str:
    if allowance.is_spent:
        return ""
    if kind == "message/rfc822":
        return _mail_text(part.payload(), limits, allowance)
    if not kind.startswith("text/") and kind not in _TEXTS:
        return ""
    text = decode(part.payload(), part.params.get("charset", ""))[0]
    if kind in _CALENDARS:
        return calendar_text(allowance.taken(text))
    # much of HTML is markup, so more of it is read than is kept
    return html_text(allowance.taken(text)).visible if kind == "text/html" else allowance.taken(text[:MAX_TEXT])


def _mail_text(raw: bytes, limits: Limits, allowance: _Allowance) -> str:
    """An attached mail as a person would quote it; its own attachments are not opened."""
    chars = min(limits.text_chars, -(-allowance.chars // HTML_CHARS))
    try:
        root, _ = parse(raw, limits)
        content = read_content(root, limits.model_copy(update={"text_chars": chars}))
    except UnreadableMessage:
        return ""
    allowance.chars -= max(len(content.html), len(content.text))
    head = [
        f"{name.title()}: {header_text(root.first(name))}" for name in ("from", "date", "subject") if name in root.index
    ]
    return "\n".join((*head, "", content.text))
