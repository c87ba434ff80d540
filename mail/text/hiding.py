"""What HTML mail hides from its reader: elements that are styled away, and characters without a glyph.

Only styles that stand alone (in the element, or on a tag, class or id) are followed. Where a background cannot be known
without a browser, text counts as readable: no word of a customer is lost to a style that merely looks odd.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

from mail.text.colours import BLACK, CLEAR, WHITE, Colour, alike, background_of, colour_of

SMALLEST_FONT = 1.5
"""Pixels under which text cannot be read."""
MAX_SHEET = 100_000
MAX_RULES = 2_000
"""Characters and rules of style sheets that are read."""
MAX_RULE = 2_000
"""Characters kept of what is declared for one selector; what comes last counts."""
_HINT = re.compile(
    r"none|hidden|collapse|mso-hide|opacity|font|height|width|indent|left|top|margin|clip|transform|colou?r|background"
    r"|zoom|scale|\\",
    re.IGNORECASE,
)
_SHEET = re.compile(r"<style\b[^<>]{0,500}>", re.IGNORECASE)
_SHEET_END = re.compile(r"</style", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_SELECTOR = re.compile(r"(?:\*|[a-z][a-z0-9]*)?(?:[.#][\w-]+)?")
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]++)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_RELEVANT = ("style", "color", "background", "hidden")
_RELEVANT_WITH_RULES = (*_RELEVANT, "class", "id")
_LENGTH = re.compile(r"(-?\d{0,6}\.?\d{1,6})\s*(px|pt|em|rem|%|vw|vh|in|cm)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "vw": 6.0, "vh": 6.0, "in": 96.0, "cm": 38.0, "": 1.0}
_FONT_WORDS = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0}
_INVISIBLE = re.compile(
    "[\u200b\u200c\u200d\u2060-\u2064\u00ad\u034f\u115f\u180e\u202d\u202e\ufeff\U000e0000-\U000e007f]+"
)
_JOINER = re.compile("(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])")
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")
_EXTENTS = ("max-height", "height", "max-width", "width")
UNSHOWN = frozenset({"video", "audio", "canvas", "object", "datalist", "rp", "dialog"})
"""Elements whose text is shown only where they themselves cannot be; a dialog, only once it is opened."""
_GOING = frozenset({"display", "visibility", "mso-hide", "opacity", "overflow", "overflow-y", "text-indent", "position",
                    "margin-left", "margin-top", "clip", "clip-path", "transform", "filter", "scale", "zoom",
                    "content-visibility"})  # fmt: skip
_NOTHING = re.compile(r"rect\(\s*[01](?:px)?(?:[\s,]+[01](?:px)?){3}|inset\(\s*(?:50|100)%|circle\(\s*0")
"""Clips of which nothing is left to see."""
_TO_NOTHING = re.compile(r"scale(?:[xy]|3d)?\(\s*0*\.?0+\s*[,)]")
_FILTERED_OUT = re.compile(r"opacity\(\s*0*\.?0+%?\s*\)")
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_IMPORTANT = re.compile(r"!\s*important")
_FAR = 400.0
"""Pixels to the left or above from which an element lies off the page."""


class Look(NamedTuple):
    """What an element has inherited. None for a colour that cannot be known."""

    gone: bool = False
    size: float = 16.0
    """Of the font, in pixels."""
    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    hidden: bool = False


_GONE = Look(gone=True, hidden=True)


@dataclass(slots=True)
class Styles:
    """The style sheets of one message and the looks that have been worked out from them."""

    rules: Mapping[str, str]
    page: Look
    declared: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    known: dict[tuple[int, str, str], Look] = field(default_factory=dict)
    """By the identity of the parent's look: all looks stay alive in here."""

    def look(self, parent: Look, name: str, attributes: str) -> Look:
        """Of `name` inside `parent`."""
        if parent.gone:
            return parent
        if name in UNSHOWN and "open" not in attributes.lower():
            return _GONE
        # most attributes say nothing about looks, and then all elements of that name are one
        low = attributes.lower()
        if not any(map(low.__contains__, _RELEVANT_WITH_RULES if self.rules else _RELEVANT)):
            attributes = ""
            if name != "a" and not self.rules:
                return parent
        key = (id(parent), name, attributes)
        look = self.known.get(key)
        if look is None:
            declared = self.declared.get(key[1:])
            if declared is None:
                declared = self.declared[key[1:]] = _declared(name, attributes, self.rules)
            look = _inside(parent, name, declared) if declared or name == "a" else parent
            self.known[key] = parent if look == parent else look
        return self.known[key]


def read_styles(html: str) -> Styles:
    """All style sheets of `html`. Linear time."""
    sheets = "".join(_sheets(html))[:MAX_SHEET]
    rules: dict[str, str] = {}
    page = Look(colour=None if sheets else BLACK)
    for selectors, body in _rules(_COMMENT.sub(" ", sheets)):
        for selector in selectors.lower().split(","):
            bare = selector.strip()
            if bare and not selectors.startswith("@") and _SELECTOR.fullmatch(bare):
                rules[bare] = f"{rules.get(bare, '')};{body.lower()}"[-MAX_RULE:]
            elif "background" in body:
                page = page._replace(ground=None)
        if len(rules) > MAX_RULES:
            break
    return Styles({one: body for one, body in rules.items() if _HINT.search(body)}, page)


def _sheets(html: str) -> Iterator[str]:
    at = 0
    while found := _SHEET.search(html, at):
        end = _SHEET_END.search(html, found.end())
        at = end.end() if end else len(html)
        yield html[found.end() : end.start() if end else at]


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations; of a nested block (@media) all of it at once, since nobody knows when it counts."""
    depth, start, selectors, inside = 0, 0, "", 0
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            if depth == 0:
                selectors, inside = sheet[start : brace.start()].rpartition(";")[2].strip(), brace.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield selectors, sheet[inside : brace.start()]
        start = brace.end()


def _declared(name: str, attributes: str, rules: Mapping[str, str]) -> dict[str, str]:
    """Properties with their values, what counts most last; attributes of old HTML under the names of their styles."""
    values: dict[str, str] = {}
    for key, *quoted in _ATTRIBUTE.findall(attributes):
        values.setdefault(key.lower(), unescape("".join(quoted)).lower())
    properties: dict[str, str] = {}
    if "bgcolor" in values:
        properties["background-color"] = values["bgcolor"]
    if values.get("background"):
        properties["background"] = "url()"
    if name == "font" and "color" in values:
        properties["color"] = values["color"]
    names = [f".{one}" for one in values.get("class", "").split()[:20]] + [f"#{values.get('id', '')}"]
    styles = [rules[key] for key in ("*", name, *names, *(name + one for one in names)) if key in rules]
    for declaration in _spelt_out(";".join((*styles, values.get("style", "")))).split(";")[:200]:
        key, colon, value = declaration.partition(":")
        if colon:
            properties[key.strip()] = _IMPORTANT.sub("", value).strip()
    if "-webkit-text-fill-color" in properties:
        properties["color"] = properties["-webkit-text-fill-color"]
    if "hidden" in values:
        properties["display"] = "none"
    return properties


def _spelt_out(style: str) -> str:
    """Without comments and escapes (CSS Syntax Level 3, sections 4.3.2 and 4.3.7), in which a word can be disguised."""
    if "/*" in style:
        style = _CSS_COMMENT.sub(" ", style)
    if "\\" not in style:
        return style
    return _CSS_ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)) if found[1] else found[2], style).lower()


def _inside(parent: Look, name: str, declared: Mapping[str, str]) -> Look:
    size = _font_size(declared, parent.size)
    # a link has its own colour unless told otherwise
    colour = colour_of(declared["color"], parent.colour) if "color" in declared else parent.colour
    if name == "a" and "color" not in declared:
        colour = None
    ground = background_of(declared, parent.ground)
    gone = parent.gone or _is_gone(declared)
    unseen = colour == CLEAR or (colour is not None and ground is not None and alike(colour, ground))
    return Look(gone, size, colour, ground, gone or size < SMALLEST_FONT or unseen)


def _is_gone(declared: Mapping[str, str]) -> bool:
    """Whether nothing inside can be seen, whatever it declares itself."""
    if _GOING.isdisjoint(declared):
        return False
    said = declared.get
    if said("display") == "none" or said("visibility") in ("hidden", "collapse") or said("mso-hide") == "all":
        return True
    if "opacity" in declared and _length(said("opacity", ""), 1.0) < 0.05:
        return True
    if said("overflow", said("overflow-y", "")) in ("hidden", "clip") and any(
        key in declared and _length(said(key, ""), 99.0) < SMALLEST_FONT for key in _EXTENTS
    ):
        return True
    if "text-indent" in declared and _length(said("text-indent", ""), 0.0) < -99:
        return True
    placed = said("position") in ("absolute", "fixed", "relative")
    sides = ("margin-left", "margin-top", "left", "top") if placed else ("margin-left", "margin-top")
    if any(key in declared and _length(said(key, ""), 0.0) <= -_FAR for key in sides):
        return True
    clipped = _NOTHING.match(said("clip", "")) or _NOTHING.match(said("clip-path", ""))
    shrunk = _TO_NOTHING.search(said("transform", "")) or said("scale") == "0" or said("zoom") in ("0", "0%")
    unpainted = _FILTERED_OUT.search(said("filter", "")) or said("content-visibility") == "hidden"
    return bool(clipped or shrunk or unpainted)


def _font_size(declared: Mapping[str, str], parent: float) -> float:
    said = declared.get("font-size")
    if said is None and "font" in declared:
        found = re.search(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%)?)(?:\s|/|$)", declared["font"])
        said = found[1] if found else None
    if not said:
        return parent
    if said in _FONT_WORDS:
        return _FONT_WORDS[said]
    found = _LENGTH.match(said)
    if not found:
        return parent
    unit = found[2] or ""
    if unit in ("em", "%"):
        return float(found[1]) * parent / (100 if unit == "%" else 1)
    return float(found[1]) * _PIXELS[unit]


def _length(said: str, otherwise: float) -> float:
    """Pixels; for a percentage its number."""
    found = _LENGTH.match(said)
    return float(found[1]) * _PIXELS.get(found[2] or "", 16.0 if found[2] == "em" else 1.0) if found else otherwise


def without_invisible(text: str) -> tuple[str, str]:
    """Text without characters that have no glyph, and what tag characters among them spell (U+E0000 block)."""
    if text.isascii() or not _INVISIBLE.search(text):
        return text, ""
    # the flags of England, Scotland and Wales are spelled with tags
    spelled = "".join(chr(ord(c) - 0xE0000) for c in _FLAG.sub("", text) if 0xE0020 <= ord(c) <= 0xE007E)
    # joiners between letters or emoji are part of the writing
    kept = _JOINER.sub(lambda found: "\0" if found[0] == "\u200d" else "\1", text)
    return _INVISIBLE.sub("", kept).replace("\0", "\u200d").replace("\1", "\u200c"), spelled
