"""HTML mail to readable text, to the text it hides, and to HTML that is safe to show.

A tolerant tokenizer of one regex instead of a parser: mail HTML is rarely valid, and this reads it
in linear time, a few times faster than html.parser.
"""

import re
from dataclasses import dataclass, field
from html import escape, unescape

from mail.charsets import clean
from mail.hiding import Element, child, hides_anything, page, without_invisible

MAX_HTML = 2_000_000
"""Characters of HTML that are read; what comes after is dropped."""
MAX_OPEN = 500
"""Open elements that are kept track of."""
_MAX_UNCLOSED = 30
_MAX_QUOTE_DEPTH = 5
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})((?:[^<>\"']+|\"[^\"<]*\"|'[^'<]*'|[\"'])*)>?"
    r"|<[!?][^>]*>?|<+",
    re.DOTALL,
)
_SILENT_END = re.compile(r"</(?:script|style|title|noscript|template|textarea|select)\b[^<>]*>?", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "title", "noscript", "template", "textarea", "select"})
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "param", "source"}
)
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "hr"})
_BLOCK = _SPACED | {
    "address", "article", "aside", "center", "div", "dl", "dt", "dd", "fieldset", "footer", "form", "header", "main",
    "nav", "section", "tbody", "thead", "tr", "li",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class HtmlText:
    visible: str
    hidden: str


def html_text(html: str) -> HtmlText:
    """Visible and hidden text of `html`; never raises, linear time."""
    html = html[:MAX_HTML]
    reader = _Reader(styled=hides_anything(html), opened=[page(html)])
    at = 0
    while token := _TOKEN.search(html, at):
        reader.characters(html[at : token.start()])
        at = token.end()
        name = (token[2] or "").lower()
        if not token[0].strip("<"):
            reader.characters(token[0])
        elif name in _SILENT and not token[1]:
            # as in a browser, one that never closes swallows the rest
            closing = _SILENT_END.search(html, at)
            at = closing.end() if closing else len(html)
        elif name and token[1]:
            reader.close(name)
        elif name:
            reader.open(name, token[3])
    reader.characters(html[at:])
    reader.newline()
    visible, spelled = without_invisible("\n".join(reader.lines))
    hidden = " ".join((*"".join(reader.hidden).split(), *spelled.split()))
    return HtmlText(clean(_BLANK_LINES.sub("\n\n", visible).strip()), clean(hidden))


@dataclass(slots=True)
class _Reader:
    """Collects lines while tags come by; a quoted block gets `> ` in front as in plain text mail."""

    styled: bool
    opened: list[Element]
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    quotes: int = 0
    """Open blockquotes."""

    def characters(self, raw: str) -> None:
        if not raw:
            return
        text = unescape(raw) if "&" in raw else raw
        inside = self.opened[-1]
        if inside.hidden:
            self.hidden.append(_SPACE.sub(" ", text) + " ")
        elif inside.name == "pre":
            first, *more = text.split("\n")
            self.line.append(first)
            for line in more:
                self.newline(forced=True)
                self.line.append(line)
        else:
            text = _SPACE.sub(" ", text)
            if text[0] == " " and (not self.line or self.line[-1][-1:] == " "):
                text = text[1:]
            if text:
                self.line.append(text)

    def open(self, name: str, attributes: str) -> None:
        if name in _BLOCK:
            self.newline(spaced=name in _SPACED)
        if name == "br":
            self.newline(forced=True)
        elif name == "hr":
            self.lines.append(self._mark() + "-" * 20)
        elif name in ("td", "th"):
            self.line.append(" ")
        elif name == "li":
            self.line.append("- ")
        if name not in _VOID and not attributes.endswith("/") and len(self.opened) < MAX_OPEN:
            self.opened.append(child(self.opened[-1], name, attributes if self.styled else ""))
            self.quotes += name == "blockquote"

    def close(self, name: str) -> None:
        if name in _BLOCK:
            self.newline()
        for place in range(len(self.opened) - 1, max(0, len(self.opened) - _MAX_UNCLOSED), -1):
            if self.opened[place].name == name:
                self.quotes -= sum(element.name == "blockquote" for element in self.opened[place:])
                del self.opened[place:]
                break
        if name in _SPACED:
            self.newline(spaced=True)

    def newline(self, spaced: bool = False, forced: bool = False) -> None:
        """Ends the line; `forced` keeps an empty one, `spaced` leaves one blank line after it."""
        text = "".join(self.line).rstrip(" ")
        text = text if self.opened[-1].name == "pre" else text.lstrip(" ")
        self.line.clear()
        if not (text or forced or spaced):
            return
        mark = self._mark()
        if text or forced:
            self.lines.append((mark + text).rstrip(" "))
        if spaced and self.lines:
            if not self.lines[-1].strip("> "):
                self.lines.pop()
            self.lines.append(mark.rstrip(" "))

    def _mark(self) -> str:
        return "> " * min(self.quotes, _MAX_QUOTE_DEPTH)


_SAFE_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_SAFE_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "title",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "select",
}
_MAX_NESTING = 1_000
_LEFT_OPEN = frozenset({"p", "li", "td", "th", "tr", "dd", "dt", "tbody", "thead", "tfoot"})
"""Elements whose end tag may be left out (HTML Living Standard, section 13.1.2.4)."""
MAX_SHOWN = 100_000
"""Characters of HTML that are made safe for a page; sanitizing costs far more than reading."""
_TAG = re.compile(r"<(/?)([a-zA-Z]+)")


def safe_html(html: str) -> str:
    """`html` with links and structure alone: nothing that loads, runs, submits or styles.

    Styles go too, so what a sender hid from the reader becomes visible to the reviewer.
    """
    import nh3

    html = clean(html[:MAX_SHOWN])
    if _too_nested(html):
        return f"<pre>{escape(html_text(html).visible)}</pre>"
    return nh3.clean(
        html,
        tags=_SAFE_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_SAFE_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _too_nested(html: str) -> bool:
    """Deeper than any real mail: a sanitizer takes quadratic time in depth.

    An end tag closes only what stands right above it, save for tags that HTML lets one leave out: any other may be
    ignored by a browser, and then the depth stays.
    """
    opened: list[str] = []
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _VOID:
            continue
        top = len(opened)
        while top and opened[top - 1] in _LEFT_OPEN and opened[top - 1] != name:
            top -= 1
        if top and opened[top - 1] == name and (tag[1] or name in _LEFT_OPEN):
            del opened[top - 1 :]
        if not tag[1]:
            opened.append(name)
        if len(opened) > _MAX_NESTING:
            return True
    return False
