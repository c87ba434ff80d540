"""The text inside attachments. Separate from reading, since opening a PDF costs more than all the rest."""

from mail.attached.calendars import calendar_text
from mail.attached.documents import READABLE, documents_text
from mail.attached.filetypes import danger
from mail.mime.charsets import clean, decode
from mail.mime.content import describe, read_content
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


def extract_text(raw: bytes, limits: Limits = _DEFAULT_LIMITS) -> tuple[Attachment, ...]:
    """Attachments in the order of `Message.attachments`, with text out of text/*, mails, PDF, DOCX, XLSX and RTF.

    One above `limits.attachment_bytes`, one that may run a program, and one that cannot be opened in
    `limits.extraction_seconds` keep an empty text; images are left to a model that sees. Raises UnreadableMessage as
    reading does.
    """
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
    texts = {place: _text(parts[place], kinds[place], limits) for place in harmless}
    asked = [(kinds[place], parts[place].payload()) for place in papers]
    texts |= dict(zip(papers, documents_text(asked, limits), strict=True))
    most = min(MAX_TEXT, limits.text_chars)
    return tuple(
        one.model_copy(update={"text": clean(texts.get(place, ""))[:most].strip()})
        for place, one in enumerate(described)
    )


def _text(part: Part, kind: str, limits: Limits) -> str:
    if kind == "message/rfc822":
        return _mail_text(part.payload(), limits)
    if not kind.startswith("text/") and kind not in _TEXTS:
        return ""
    text = decode(part.payload(), part.params.get("charset", ""))[0]
    if kind in _CALENDARS:
        return calendar_text(text)
    return html_text(text).visible if kind == "text/html" else text


def _mail_text(raw: bytes, limits: Limits) -> str:
    """An attached mail as a person would quote it; its own attachments are not opened."""
    try:
        root, _ = parse(raw, limits)
    except UnreadableMessage:
        return ""
    head = [
        f"{name.title()}: {header_text(root.first(name))}" for name in ("from", "date", "subject") if name in root.index
    ]
    return "\n".join((*head, "", read_content(root, limits).text))
