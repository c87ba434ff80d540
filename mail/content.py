"""From a tree of parts to what a person reads: text, HTML, and the list of attachments."""

import re
from dataclasses import dataclass, field

from mail.charsets import clean, decode
from mail.hiding import without_invisible
from mail.html import html_text
from mail.mime import Part
from models.message import Attachment
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
_PATH = re.compile(r"^.*[\\/]")
MAX_ATTACHMENTS = 200


@dataclass(slots=True)
class Content:
    text: str = ""
    html: str = ""
    hidden_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    defects: list[str] = field(default_factory=list)


def read_content(root: Part, limits: Limits) -> Content:
    """Text (HTML made readable where no plain part says it), hidden text, attachments without their text."""
    content = Content()
    plain, html, attached = _sorted_parts(root)
    content.text = "\n\n".join(part for part in (_plain_text(p, content, limits) for p in plain) if part.strip())
    content.html = "\n".join(_part_text(part, content)[: limits.text_chars * 5] for part in html)[
        : limits.text_chars * 5
    ]
    if content.html:
        _use_html(content)
    content.text, spelled = without_invisible(content.text)
    content.hidden_text = f"{content.hidden_text} {spelled}".strip()[: limits.text_chars]
    content.text = _cut(content.text, content, limits)
    content.attachments = tuple(describe(part) for part in attached[:MAX_ATTACHMENTS])
    return content


def _use_html(content: Content) -> None:
    needed = not content.text.strip() or (len(content.text) < _STUB_CHARS and bool(_STUB.search(content.text)))
    if needed or _STYLED.search(content.html):
        read = html_text(content.html)
        content.hidden_text = read.hidden
        if needed and (read.visible or not content.text.strip()):
            content.text = read.visible


def _sorted_parts(root: Part) -> tuple[list[Part], list[Part], list[Part]]:
    """Leaves as plain text, HTML and attachments; of an alternative the first of each kind counts."""
    plain: list[Part] = []
    html: list[Part] = []
    attached: list[Part] = []

    def visit(part: Part, alternative: bool) -> None:
        if part.children:
            for child in part.children:
                visit(child, alternative or part.type == "multipart/alternative")
            return
        shown = not part.disposition.startswith("attachment") and (not part.filename or part is root)
        sort = html if part.type == "text/html" else plain
        readable = part.type in ("text/plain", "text/html") or (part is root and _is_odd_text(part))
        if readable and shown and not (alternative and sort):
            sort.append(part)
        elif not (readable and shown):
            attached.append(part)

    visit(root, alternative=False)
    if not plain and not html:
        # a lone text with a file name is the message itself
        lone = next(
            (p for p in attached if p.type == "text/plain" and not p.disposition.startswith("attachment")), None
        )
        if lone is not None:
            attached.remove(lone)
            plain.append(lone)
    return plain, html, attached


def _is_odd_text(part: Part) -> bool:
    """text/enriched and the like, readable as it stands when there is nothing else."""
    return part.type.startswith("text/") and part.type != "text/calendar"


def _part_text(part: Part, content: Content) -> str:
    text, defect = decode(part.payload(), part.params.get("charset", "").strip("\"' "))
    if defect and defect not in content.defects:
        content.defects.append(defect)
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


def attachment_parts(root: Part) -> list[Part]:
    """The parts behind `Message.attachments`, in the same order."""
    return _sorted_parts(root)[2][:MAX_ATTACHMENTS]


def describe(part: Part) -> Attachment:
    """Name without any path, type, and size in bytes once decoded; no text."""
    name = clean(_PATH.sub("", part.filename.replace("\0", "")).strip())
    name = "".join(c for c in name if c.isprintable())[:200]
    return Attachment(name=name, type=clean(part.type)[:100], size=len(part.payload()))
