"""From a tree of parts to what a person reads: text, HTML, and the list of attachments."""

import re
from dataclasses import dataclass, field

from mail.attached.filetypes import NO_TYPE, danger, same_type, type_by_content
from mail.mime.charsets import clean, decode
from mail.mime.layout import Layout, file_name, is_html, lay_out
from mail.mime.part import Part
from mail.text.hiding import without_invisible
from mail.text.html import html_text
from mail.text.links import may_deceive
from models.message import UNSEEN_CHARACTERS, Attachment
from models.settings import Limits

_STUB = re.compile(
    r"(?:does|can) ?not (?:support|display) html|html[- ](?:capable|enabled|compatible)|view (?:this|"
    r"it) (?:e-?mail |message )?in (?:a|your) browser|"
    r"this is a multi-?part message|kein(?:e)? html|version html",
    re.IGNORECASE,
)
_STUB_CHARS = 300
"""A plain part up to this long that points at the HTML part is no text of its own."""
_STYLED = re.compile(
    r"display|visibility|font-size|opacity|mso-hide|max-height|#fff|white|255|hidden|\u200b|&#820[3-5]", re.IGNORECASE
)
HTML_CHARS = 5
"""Characters of HTML that are kept for each of limits.text_chars: most of it is markup."""


@dataclass(slots=True)
class Content:
    text: str = ""
    html: str = ""
    hidden_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()
    """What in the HTML deceives its reader, as sentences."""
    defects: list[str] = field(default_factory=list)


def read_content(root: Part, limits: Limits) -> Content:
    """Text (HTML made readable where no plain part says it), hidden text, attachments without their text."""
    layout = lay_out(root, limits)
    content = Content(defects=layout.defects)
    pages = _pages(layout, content, limits)
    content.html = "\n".join(pages.values())
    plain = [_plain_text(part, content, limits) for part in layout.text if not is_html(part)]
    needed = len(plain) < len(layout.text) or (bool(pages) and _says_nothing(plain))
    read = {}
    if needed or (pages and (_STYLED.search(content.html) or may_deceive(content.html))):
        read = {place: html_text(page) for place, page in pages.items()}
        content.hidden_text = " ".join(page.hidden for page in read.values() if page.hidden)
        content.warnings = tuple(dict.fromkeys(one for page in read.values() for one in page.warnings))
    if needed:
        shown = [read[id(part)].visible if is_html(part) else plain.pop(0) for part in layout.text]
        instead = [page.visible for page in read.values() if page.visible]
        plain = instead if instead and _says_nothing(shown) else shown
    content.text = plain[0] if len(plain) == 1 else "\n\n".join(text for text in plain if text.strip())
    content.text, spelled = without_invisible(content.text)
    if spelled:
        content.hidden_text = f"{content.hidden_text} {spelled}".strip()
        content.warnings = tuple(dict.fromkeys((*content.warnings, UNSEEN_CHARACTERS)))
    content.hidden_text = content.hidden_text[: limits.text_chars]
    content.text = _cut(content.text, content, limits)
    content.attachments = tuple(describe(part, content) for part in layout.attached)
    return content


def _pages(layout: Layout, content: Content, limits: Limits) -> dict[int, str]:
    """The HTML of each part by its identity, up to a bound for all of them together."""
    left = limits.text_chars * HTML_CHARS
    pages: dict[int, str] = {}
    for part in (*layout.text, *layout.html):
        if is_html(part) and id(part) not in pages:
            pages[id(part)] = _part_text(part, content)[:left] if left else ""
            left -= len(pages[id(part)])
    return pages


def _says_nothing(texts: list[str]) -> bool:
    """Empty, or a short note that one should look at the HTML."""
    whole = "".join(texts)
    return not whole.strip() or (len(whole) < _STUB_CHARS and bool(_STUB.search(whole)))


def _part_text(part: Part, content: Content) -> str:
    data, damage = part.decoded()
    text, defect = decode(data, part.params.get("charset", ""))
    content.defects += [one for one in (damage, defect) if one and one not in content.defects]
    return text


def _plain_text(part: Part, content: Content, limits: Limits) -> str:
    """Cut before its lines are joined, which takes many times the memory of the text."""
    text = _cut(_part_text(part, content), content, limits)
    if part.params.get("format", "").lower() == "flowed":
        return _unflowed(text, part.params.get("delsp", "").lower() == "yes")
    return text


def _cut(text: str, content: Content, limits: Limits) -> str:
    if len(text) <= limits.text_chars:
        return text
    defect = f"text cut after {limits.text_chars} characters"
    if defect not in content.defects:
        content.defects.append(defect)
    return text[: limits.text_chars]


def _unflowed(text: str, delete_space: bool) -> str:
    """Joins soft line breaks of equal quote depth (RFC 3676 section 4)."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")
        if open_depth == depth and out and body != "-- ":
            out[-1] += body
        else:
            out.append(f"{'>' * depth} {body}" if depth else body)
        flows = body.endswith(" ") and body != "-- "
        if flows and delete_space:
            out[-1] = out[-1][:-1]
        open_depth = depth if flows else -1
    return "\n".join(out)


def describe(part: Part, content: Content | None = None) -> Attachment:
    """Name without any path, type as stated and as proved, and size in bytes once decoded; no text."""
    data, defect = part.decoded()
    name = file_name(part)
    said = clean(part.type)[:100]
    proved = type_by_content(data)
    holds = proved if proved and not same_type(said, proved) else ""
    if content is not None:
        shown = name or "without a name"
        found = [defect] if defect else []
        if holds and said not in NO_TYPE:
            found.append(f"attachment {shown!r} is called {said}, but holds {holds}")
        if why := danger(name, holds or said, data):
            found.append(f"attachment {shown!r} {why}: it is never opened")
        content.defects += found
    return Attachment(name=name, type=said, holds=holds, size=len(data))
