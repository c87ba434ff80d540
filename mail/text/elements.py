"""What the elements of HTML mean for a page of plain text, by their names and by how their start tags are written."""

import re
from dataclasses import dataclass
from html import unescape

from mail.text.hiding import UNSHOWN, Look, Styles
from mail.text.links import target_of
from mail.text.structure import Mark, mark_of

MAX_ATTRIBUTES = 4_000
"""Characters of the attributes of one element that are looked at."""
_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9:]{0,30})")
VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "param", "source"})
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "dl"})
_BLOCK = _SPACED | {
    "address", "article", "aside", "center", "div", "dt", "dd", "fieldset", "footer", "form", "header", "main", "nav",
    "section", "tbody", "thead", "tr", "li", "caption", "figure", "body",
}  # fmt: skip
GAPS = {name: 2 if name in _SPACED else 1 for name in _BLOCK}
"""What stands around a block: 1 the end of the line, 2 a blank line as well."""
PLACED = frozenset({"a", "tr", "li", "td", "th", "ul", "ol"})
_APART = frozenset({"blockquote", "pre"})
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)


@dataclass(slots=True)
class Element:
    """An element as its start tag describes it; those that have the same tag and stand in the same look are one."""

    name: str
    look: Look
    inside: dict[str, "Element"]
    """What start tags mean in this look, by how they are written."""
    attributes: str = ""
    mark: Mark | None = None
    said: str = ""
    """Where a link leads, or what an image says instead of being seen."""
    is_apart: bool = False
    """Whether it begins with a line of its own: it holds earlier mail, a signature or preformatted text."""
    line: int = 0
    """The lines above it, where it stands apart."""

    @property
    def quotes(self) -> bool:
        return self.name == "blockquote" or self.mark is Mark.QUOTE


def understood(tag: str, parent: Element, styles: Styles) -> Element:
    """What a start tag means inside `parent`."""
    found = _NAME.match(tag)
    name = found[1].lower() if found else ""
    attributes = tag[len(name) + 1 :].removesuffix(">")[:MAX_ATTRIBUTES]
    look, mark = parent.look, mark_of(attributes) if attributes else None
    if attributes or styles.rules or name == "a" or name in UNSHOWN:
        look = styles.look(look, name, attributes)
    inside = parent.inside if look is parent.look else {}
    element = Element(name, look, inside, attributes, mark, is_apart=mark is not None or name in _APART)
    if name == "a" and not look.hidden:
        element.said = target_of(attributes)
    elif name == "img" and not (look.hidden or parent.look.hidden) and (found := _ALT.search(attributes)):
        element.said = " ".join(unescape(found[1] or found[2] or found[3] or "").split())
    return element
