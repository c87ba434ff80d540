"""Which parts of a mail are its text, which its HTML and which are attached, with wrapped files taken out."""

import re
from dataclasses import dataclass, field, replace

from mail.attached.filetypes import type_by_content
from mail.mime.charsets import clean, decode
from mail.mime.parsing import parse
from mail.mime.part import Part
from mail.mime.signed import signed_content
from mail.mime.tnef import SIGNATURE, read_tnef
from mail.mime.uuencode import without_files
from models.errors import UnreadableMessage
from models.settings import Limits

_TEXT = "text/plain"
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_ENVELOPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_ENCRYPTED = _ENVELOPES | {"application/pgp-encrypted"}
MAX_ENVELOPES = 3
"""Envelopes in one another that are opened: "triple wrapping" has two signatures (RFC 2634 section 1.1)."""
_INLINE_FILE = re.compile(rb"^(?:begin(?:-base64)? [0-7]{3,4} |=ybegin )", re.MULTILINE)
_PATH = re.compile(r"^.*[\\/]", re.DOTALL)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
MAX_NAME = 200


@dataclass(slots=True)
class Layout:
    """Parts to show in place of a plain text, and in place of HTML: both lists may hold either kind."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def lay_out(root: Part, limits: Limits) -> Layout:
    """Sorts the leaves of a mail as JMAP does (RFC 8621 section 4.1.4), then takes wrapped files out."""
    layout = Layout()
    root = _unsealed(root, layout, limits)
    if root.children:
        _sort(layout, root, layout.text, layout.html, in_alternative=False)
    elif not root.disposition.startswith("attachment") and _is_readable(root):
        layout.text.append(root)
        layout.html.append(root)
    else:
        layout.attached.append(root)
    _take_inline_files(layout)
    _unwrap_tnef(layout, limits)
    if not layout.text and any(part.type in _ENCRYPTED for part in layout.attached):
        layout.defects.append("the mail is encrypted, or signed inside a closed envelope: only its header was read")
    if len(layout.attached) > limits.attachments:
        layout.defects.append(f"more than {limits.attachments} attachments; the rest is not listed")
        del layout.attached[limits.attachments :]
    return layout


def file_name(part: Part) -> str:
    """The file name of a part without any path, control character or mark that turns its letters around."""
    return clean(_UNSEEN.sub("", _PATH.sub("", part.filename)).strip())[:MAX_NAME]


def is_html(part: Part) -> bool:
    return part.type in _HTML


def _unsealed(root: Part, layout: Layout, limits: Limits) -> Part:
    """The mail inside a signed envelope. Whose the signature is, is not looked at here."""
    for _ in range(MAX_ENVELOPES):
        content = signed_content(root.payload()) if root.type in _ENVELOPES else b""
        if not content:
            break
        try:
            root, defects = parse(content, limits)
        except UnreadableMessage:
            break
        layout.defects += defects
    return root


def _is_readable(root: Part) -> bool:
    """A lone part in text/enriched and the like is read as it stands, since there is nothing else."""
    return is_html(root) or (root.type.startswith("text/") and root.type != "text/calendar")


def _sort(
    layout: Layout, parent: Part, text: list[Part] | None, html: list[Part] | None, *, in_alternative: bool
) -> None:
    """`text` and `html` are None below an alternative that serves the other one of them."""
    alternative, related = parent.type == "multipart/alternative", parent.type == "multipart/related"
    texts, htmls = len(text or ()), len(html or ())
    for place, part in enumerate(parent.children):
        if part.children:
            _sort(layout, part, text, html, in_alternative=in_alternative or alternative)
            continue
        plain = part.type == _TEXT
        named = bool(part.filename) or related
        if part.disposition.startswith("attachment") or not (plain or is_html(part)) or (place and named):
            layout.attached.append(part)
            continue
        if in_alternative and not alternative:
            text, html = (text, None) if plain else (None, html)
        if text is not None and (plain or not alternative):
            text.append(part)
        if html is not None and not (plain and alternative):
            html.append(part)
    if alternative and text is not None and html is not None:
        _fill(text, texts, html, htmls)


def _fill(text: list[Part], texts: int, html: list[Part], htmls: int) -> None:
    """An alternative with one kind alone serves for both."""
    if len(text) == texts:
        text += html[htmls:]
    elif len(html) == htmls:
        html += text[texts:]


def _take_inline_files(layout: Layout) -> None:
    for place, part in enumerate(layout.text):
        # encoded text has no such line, and who encodes twice?
        if b"begin" not in part.body or is_html(part) or not _INLINE_FILE.search(part.body):
            continue
        text, files = without_files(part.payload())
        if files:
            layout.text[place] = replace(part, body=text, index={}, fields=())
            named = [(decode(one.name)[0], one.data) for one in files]
            layout.attached += [_file(name, "", data) for name, data in named]
            layout.defects.append("files written into the text (uuencode or yEnc) were taken for attachments")


def _unwrap_tnef(layout: Layout, limits: Limits) -> None:
    wrapped = [one for one in layout.attached if one.type in _TNEF or one.filename.lower() == "winmail.dat"]
    for place, part in enumerate(wrapped):
        data = part.payload()
        found = read_tnef(data, limits.attachments, files_alone=place > 0 or bool(layout.text))
        if found is None:
            if data[:4] != SIGNATURE and part.type in _TNEF:
                layout.defects.append("winmail.dat cannot be read")
            continue
        at = layout.attached.index(part)
        files = [one for one in found.files if one.data or one.name]
        layout.attached[at : at + 1] = [_file(f.name, f.type, f.data) for f in files]
        if not layout.text:
            html = [_text(found.html, "text/html")] if found.html.strip() else []
            layout.text += [_text(found.text, _TEXT)] if found.text.strip() else html
            layout.html += html or layout.text


def _file(name: str, kind: str, data: bytes) -> Part:
    """An attachment without a header; where nothing states its type, its bytes do."""
    kind = kind or type_by_content(data) or "application/octet-stream"
    return Part((), data, kind, {}, "attachment", name, (), {})


def _text(text: str, kind: str) -> Part:
    return Part((), text.encode("utf-8", "replace"), kind, {"charset": "utf-8"}, "", "", (), {})
