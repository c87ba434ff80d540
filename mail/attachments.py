"""The text inside attachments. Separate from reading, since opening a PDF costs more than all the rest."""

import io
from typing import Any

from mail.charsets import clean, decode
from mail.content import attachment_parts, describe
from mail.html import html_text
from mail.mime import Part, parse
from models.message import Attachment
from models.settings import Limits

MAX_TEXT = 50_000
"""Characters kept of one attachment."""
_DOCUMENTS = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_DEFAULT_LIMITS = Limits()


def extract_text(raw: bytes, limits: Limits = _DEFAULT_LIMITS) -> tuple[Attachment, ...]:
    """Attachments in the order of `Message.attachments`, with text out of text/*, PDF, DOCX and XLSX.

    One above `limits.attachment_bytes`, or one that cannot be opened, keeps an empty text.
    Raises UnreadableMessage as reading does.
    """
    root, _ = parse(raw, limits.parts)
    return tuple(_with_text(part, limits) for part in attachment_parts(root))


def _with_text(part: Part, limits: Limits) -> Attachment:
    described = describe(part)
    if described.size > limits.attachment_bytes:
        return described
    text = clean(_text(part))[: min(MAX_TEXT, limits.text_chars)]
    return described.model_copy(update={"text": text.strip()})


def _text(part: Part) -> str:
    if part.type == "text/html":
        return html_text(decode(part.payload(), part.params.get("charset", ""))[0]).visible
    if part.type.startswith("text/"):
        return decode(part.payload(), part.params.get("charset", ""))[0]
    suffix = _DOCUMENTS.get(part.type) or next(
        (s for s in _DOCUMENTS.values() if part.filename.lower().endswith(s)), ""
    )
    return _document_text(part.payload(), suffix) if suffix else ""


def _document_text(data: bytes, suffix: str) -> str:
    from markitdown import MarkItDown, MarkItDownException, StreamInfo
    from markitdown.converters import DocxConverter, PdfConverter, XlsxConverter

    reader = MarkItDown(enable_builtins=False, enable_plugins=False)
    # the one converter, or a broken PDF would be taken for plain text
    converters: dict[str, Any] = {".pdf": PdfConverter, ".docx": DocxConverter, ".xlsx": XlsxConverter}
    reader.register_converter(converters[suffix]())
    try:
        converted = reader.convert_stream(io.BytesIO(data), stream_info=StreamInfo(extension=suffix))
    except (MarkItDownException, ValueError, OSError, KeyError, RuntimeError):
        # broken, encrypted or mislabelled: the mail itself is still read
        return ""
    return str(converted.markdown)
