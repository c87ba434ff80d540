"""What the elements of HTML mean for a page of plain text, by their names and by how their start tags are written."""

import re
from dataclasses import dataclass, field
from html import unescape

from mail.text.hiding import SHAPED, Look, Styles, read_styles
from mail.text.links import target_of
from mail.text.structure import Mark, mark_of, may_hold_marks

MAX_ATTRIBUTES = 4_000
"""Characters of the attributes of one element that are looked at."""
MAX_KNOWN = 20_000
"""Start tags whose meaning is remembered."""
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
    gap: int = 0
    """As in GAPS."""
    is_plain: bool = True
    """Whether nothing has to be done for it but to know that it is open."""
    is_apart: bool = False
    """Whether it begins with a line of its own: it holds earlier mail, a signature or preformatted text."""
    line: int = 0
    """The lines above it, where it stands apart."""

    @property
    def quotes(self) -> bool:
        return self.name == "blockquote" or self.mark is Mark.QUOTE


@dataclass(slots=True)
class Elements:
    """What start tags mean in one message, worked out once for each look they stand in: mail repeats few of them."""

    styles: Styles
    are_marked: bool
    """Whether some of them may bear marks of mail programs."""
    inside: dict[int, dict[str, Element]] = field(default_factory=dict)
    """By the identity of the look, which `styles` keeps alive."""
    known: int = 0

    @classmethod
    def of(cls, html: str) -> "Elements":
        return cls(read_styles(html), may_hold_marks(html))

    def page(self) -> Element:
        """What stands around everything else."""
        return Element("", self.styles.page, self._inside(self.styles.page))

    def understood(self, tag: str, parent: Element) -> Element:
        """What a start tag means inside `parent`."""
        found = _NAME.match(tag)
        name = found[1].lower() if found else ""
        attributes = tag[len(name) + 1 :].removesuffix(">")[:MAX_ATTRIBUTES]
        element = self._void(name, attributes, parent) if name in VOID else self._open(name, attributes, parent)
        if self.known < MAX_KNOWN:
            self.known += 1
            parent.inside[tag] = element
        return element

    def _void(self, name: str, attributes: str, parent: Element) -> Element:
        """It holds nothing, so its look matters only where it says something itself."""
        said = ""
        if name == "img" and not parent.look.hidden and (found := _ALT.search(attributes)):
            said = " ".join(unescape(found[1] or found[2] or found[3] or "").split())
            if said and self.styles.look(parent.look, name, attributes).hidden:
                said = ""
        return Element(name, parent.look, parent.inside, attributes, said=said, is_plain=False)

    def _open(self, name: str, attributes: str, parent: Element) -> Element:
        look, mark = parent.look, mark_of(attributes) if attributes and self.are_marked else None
        if attributes or self.styles.steps or name in SHAPED:
            look = self.styles.look(look, name, attributes)
        inside = parent.inside if look is parent.look else self._inside(look)
        said = target_of(attributes) if name == "a" and not look.hidden else ""
        apart = mark is not None or name in _APART
        plain = not (apart or name in PLACED or attributes[-1:] == "/")
        return Element(name, look, inside, attributes, mark, said, GAPS.get(name, 0), plain, apart)

    def _inside(self, look: Look) -> dict[str, Element]:
        return self.inside.setdefault(id(look), {})
