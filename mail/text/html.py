"""HTML mail to readable text, and to the text it hides.

A tolerant tokenizer of one regex instead of a parser: mail HTML is rarely valid, and this reads it in linear time and
without depth. Mail repeats few tags many times, so what a tag means is worked out once for each look it stands in.
"""

import re
from dataclasses import dataclass, field, replace
from html import unescape

from mail.mime.charsets import clean
from mail.text.elements import GAPS, PLACED, VOID, Element, Elements
from mail.text.hiding import without_invisible
from mail.text.links import deception, told
from mail.text.paper import Paper
from mail.text.structure import Mark
from models.message import STYLE_NOT_FOLLOWED, UNSEEN_CHARACTERS, UNSEEN_TEXT

MAX_HTML = 2_000_000
"""Characters of HTML that are read; what comes after is dropped."""
MAX_OPEN = 500
"""Open elements that are kept track of."""
MAX_WARNINGS = 5
MAX_ALT = 200
MAX_UNSEEN = 20
"""Characters of hidden text that are too few to matter."""
MAX_PREVIEW = 300
"""Characters of hidden text that may stand before everything else: the preview line of newsletters."""
_MAX_UNCLOSED = 30
_ATTRIBUTES = r"(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+"
_SILENT = "script|style|title|noscript|template|textarea|select|xml|iframe|noframes|noembed"
"""Elements of which a reader sees nothing; one that never closes swallows the rest, as in a browser."""
_TOKEN = re.compile(
    rf"""
    ([^<]*+)  # words, and what ends them:
    (?: </([a-zA-Z][a-zA-Z0-9:]{{0,30}}){_ATTRIBUTES}>?
      | <(?i:{_SILENT})(?![a-zA-Z0-9:]){_ATTRIBUTES}>?.*?(?:</(?i:{_SILENT})\b[^<>]*>?|\Z)
      | (<[a-zA-Z]{_ATTRIBUTES}>?)
      | <!--(?:-?>|.*?(?:--!?>|\Z))
      | <[!?][^>]*+>?
      | (<++)
      | \Z
    )""",
    re.DOTALL | re.VERBOSE,
)
_OVERRIDE = re.compile("[\u202d\u202e]")
_TURNED = "The message turns the direction of its writing around, so that it reads otherwise."


@dataclass(frozen=True, slots=True)
class HtmlText:
    """`visible` reads like plain mail; `hidden` is what a person would not see; `warnings` are for the reviewer."""

    visible: str
    hidden: str
    warnings: tuple[str, ...] = ()


def html_text(html: str) -> HtmlText:
    """Text, hidden text and warnings of `html`; never raises, linear time."""
    # the commonest reference by far, and to replace all of them at once costs next to nothing
    html = html[:MAX_HTML].replace("&nbsp;", "\xa0")
    elements = Elements.of(html)
    reader = _Reader(elements, [elements.page()])
    line = reader.paper.line
    for token in _TOKEN.finditer(html):
        words, closed, opened, stray = token.groups()
        # most of what stands between two tags is an indent of the source: it means nothing where no line has begun
        if words and (line or not words.isspace() or reader.opened[-1].name == "pre"):
            reader.characters(words)
        if opened:
            reader.open(opened)
        elif closed:
            reader.close(closed.lower())
        elif stray:
            reader.characters(stray)
    return reader.finish()


@dataclass(slots=True)
class _Reader:
    """Puts what tags and text mean on paper, and what is hidden aside."""

    elements: Elements
    opened: list[Element]
    paper: Paper = field(default_factory=Paper)
    hidden: list[str] = field(default_factory=list)
    hidden_chars: int = 0
    unseen: int = 0
    """Characters of hidden text that are no preview and stand in no quoted mail."""
    warnings: dict[str, None] = field(default_factory=dict)
    link: str = ""
    link_words: list[str] = field(default_factory=list)

    def characters(self, raw: str) -> None:
        inside = self.opened[-1]
        text = unescape(raw) if "&" in raw else raw
        if inside.look.hidden:
            self._hide(text)
        elif inside.name == "pre":
            self.paper.write_exactly(text)
        else:
            words = self.paper.write(text)
            if self.link and words:
                self.link_words.append(words)

    def _hide(self, text: str) -> None:
        text = " ".join(without_invisible(text)[0].split())
        if not text:
            return
        self.hidden.append(text)
        self.hidden_chars += len(text)
        if not self.paper.quotes and (not self.paper.is_blank or self.hidden_chars > MAX_PREVIEW):
            self.unseen += len(text)

    def open(self, tag: str) -> None:
        parent = self.opened[-1]
        element = parent.inside.get(tag) or self.elements.understood(tag, parent)
        if element.gap:
            self.paper.want(1 if self.paper.shelf.depth else element.gap)
        if not element.is_plain:
            if element.name in VOID:
                self._open_void(element)
                return
            if element.name in PLACED:
                self._place(element)
            if element.attributes[-1:] == "/":
                return
        if len(self.opened) >= MAX_OPEN:
            return
        if element.is_apart:
            self._begin(element)
        else:
            self.opened.append(element)

    def _place(self, element: Element) -> None:
        name = element.name
        if name == "a":
            self._end_link()
            self.link = element.said
        elif name == "tr":
            self.paper.row.begin()
        elif name == "li":
            self.paper.shelf.item()
        elif name in ("td", "th"):
            self.paper.begin_cell()
        else:
            self.paper.shelf.open(name, element.attributes)

    def _begin(self, element: Element) -> None:
        self.paper.end_line()
        if element.mark is Mark.HISTORY and not element.look.hidden:
            self.paper.draw_history()
        self.opened.append(replace(element, line=len(self.paper.lines)))
        self.paper.quotes += element.quotes

    def _open_void(self, element: Element) -> None:
        if element.name == "br":
            self.paper.break_line()
        elif element.name == "hr":
            self.paper.draw("-" * 20)
        elif len(element.said) > 1:
            words = self.paper.write(f"[{element.said[:MAX_ALT]}]")
            self.link_words += [words] if self.link else []

    def close(self, name: str) -> None:
        if name == "a":
            self._end_link()
        inside = self.opened[-1]
        if inside.name == name and not inside.is_apart:
            self.opened.pop()
        else:
            self._leave(name)
        if name in GAPS or name in PLACED:
            self._end(name)

    def _end(self, name: str) -> None:
        if gap := GAPS.get(name):
            lists = self.paper.shelf.depth - (name in ("ul", "ol"))
            self.paper.want(1 if lists > 0 else gap)
        if name == "tr":
            self.paper.end_row()
        elif name in ("ul", "ol"):
            self.paper.shelf.close()
        elif name in ("td", "th"):
            self.paper.fresh = False

    def _leave(self, name: str) -> None:
        """Closes the innermost element of that name and all within it; an end tag that closes nothing is ignored."""
        opened = self.opened
        for place in range(len(opened) - 1, max(0, len(opened) - _MAX_UNCLOSED), -1):
            if opened[place].name == name:
                break
        else:
            return
        while len(opened) > place:
            element = opened.pop()
            if element.is_apart:
                self.paper.flush()
                self.paper.quotes -= element.quotes
            if element.mark is Mark.SIGNATURE:
                self.paper.sign(element.line)

    def _end_link(self) -> None:
        if not self.link:
            return
        shown = "".join(self.link_words).strip()
        if address := told(self.link, shown):
            self.paper.add(address)
        if len(self.warnings) < MAX_WARNINGS and not self.paper.quotes and (warning := deception(self.link, shown)):
            self.warnings[warning] = None
        self.link, self.link_words = "", []

    def finish(self) -> HtmlText:
        self._end_link()
        written = self.paper.text()
        visible, spelled = without_invisible(written)
        if self.unseen > MAX_UNSEEN:
            self.warnings[UNSEEN_TEXT] = None
        elif self.elements.styles.are_doubtful:
            self.warnings[STYLE_NOT_FOLLOWED] = None
        if spelled:
            self.warnings[UNSEEN_CHARACTERS] = None
        if not written.isascii() and _OVERRIDE.search(written):
            self.warnings[_TURNED] = None
        hidden = " ".join((*self.hidden, *spelled.split()))
        return HtmlText(clean(visible.strip()), clean(hidden), tuple(self.warnings))
