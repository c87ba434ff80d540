"""What HTML mail hides from its reader: elements that are styled away, and characters without a glyph.

Where a background cannot be known without a browser, text counts as readable: no word of a customer is lost to a style
that merely looks odd.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import NamedTuple

from mail.text.colours import BLACK, CLEAR, WHITE, Colour, alike, background_of, colour_of
from mail.text.lengths import font_size
from mail.text.sheets import Declared, Rule, Sheet, declarations, read_sheet
from mail.text.vanishing import is_gone

SMALLEST_FONT = 1.5
"""Pixels under which text cannot be read."""
MAX_LOOKS = 10_000
"""Looks that are worked out for one message; beyond them an element looks like the one around it."""
MAX_CLASSES = 20
MAX_TRIED = 100
"""Steps of selectors that are tried on one element."""
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]++)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_TELLING = ("style", "color", "background", "hidden")
"""Words one of which the attributes of an element hold that looks otherwise than its parent."""
_INVISIBLE = re.compile(
    "[\u200b\u200c\u200d\u2060-\u2064\u00ad\u034f\u115f\u180e\u202d\u202e\ufeff\U000e0000-\U000e007f]+"
)
_JOINER = re.compile("(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])")
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")
_UNSHOWN = frozenset({"video", "audio", "canvas", "object", "datalist", "rp", "dialog"})
"""Elements whose text is shown only where they themselves cannot be; a dialog, only once it is opened."""
SHAPED = _UNSHOWN | {"a", "details", "summary"}
"""Elements that look otherwise than their parent without a word in their tags."""
Taken = frozenset[tuple[int, int]]
"""Steps of paths, each as the number of its rule and its own."""


class Look(NamedTuple):
    """What an element has inherited. None for a colour that cannot be known."""

    gone: bool = False
    size: float = 16.0
    """Of the font, in pixels."""
    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    hidden: bool = False
    taken: Taken = frozenset()
    """Steps of selectors that it and the elements around it have taken."""
    here: Taken = frozenset()
    """Those of them that it took itself: its children alone may go on from there."""
    folded: bool = False
    """Whether it stands in details that are closed: nothing but their summary is shown."""


_PAGE = Look()
_GONE = Look(gone=True, hidden=True)


@dataclass(slots=True)
class Styles:
    """The style sheets of one message and the looks that have been worked out from them."""

    page: Look = _PAGE
    telling: tuple[str, ...] = _TELLING
    steps: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """The steps that an element can take, by one of the names that it must have."""
    rules: tuple[Rule, ...] = ()
    hides_more: bool = False
    """Whether a rule that is not followed takes elements off the page."""
    known: dict[tuple[int, str, str], Look] = field(default_factory=dict)
    """By the identity of the parent's look: equal looks are one, and stay alive below."""
    looks: dict[Look, Look] = field(default_factory=dict)

    @property
    def is_exhausted(self) -> bool:
        return len(self.known) >= MAX_LOOKS

    @property
    def are_doubtful(self) -> bool:
        """Whether text that counts as readable may be hidden all the same."""
        return self.hides_more or self.is_exhausted

    def look(self, parent: Look, name: str, attributes: str) -> Look:
        """Of `name` inside `parent`."""
        if parent.gone:
            return parent
        low = attributes.lower()
        # most attributes say nothing about looks, and then all elements of that name are one
        telling = low if low and any(map(low.__contains__, self.telling)) else ""
        plain = name not in SHAPED and name not in self.steps and "*" not in self.steps
        if not telling and plain and not parent.here:
            return parent
        key = (id(parent), name, low if name in SHAPED else telling)
        look = self.known.get(key)
        if look is None:
            if self.is_exhausted:
                return parent
            look = self._worked_out(parent, *key[1:])
            look = self.known[key] = parent if look == parent else self.looks.setdefault(look, look)
        return look

    def _worked_out(self, parent: Look, name: str, attributes: str) -> Look:
        values = _values(attributes) if attributes else {}
        if name in _UNSHOWN and not (name == "dialog" and "open" in values):
            return _GONE
        if name in ("details", "summary"):
            parent = parent._replace(folded=name == "details" and "open" not in values)
        rules: list[Rule] = []
        if self.steps:
            rules, here = self._ruled(parent, name, values)
            if here or parent.here:
                parent = parent._replace(taken=parent.taken | here, here=here)
        declared = _declared(name, values, rules)
        return _inside(parent, name, declared) if declared or name in SHAPED else parent

    def _ruled(self, parent: Look, name: str, values: Mapping[str, str]) -> tuple[list[Rule], Taken]:
        """The rules for an element, the weightiest last, and the steps that it takes towards those of others."""
        classes = values.get("class", "").split()[:MAX_CLASSES]
        names = {"*", name, f"#{values.get('id', '')}", *(f".{one}" for one in classes)}
        ended: list[int] = []
        here: list[tuple[int, int]] = []
        tried = (step for one in names for step in self.steps.get(one, ()))
        for number, place in islice(tried, MAX_TRIED):
            path = self.rules[number].path
            step = path[place]
            if place and (number, place - 1) not in (parent.here if step.direct else parent.taken):
                continue
            if not step.fits(names, values):
                continue
            if place == len(path) - 1:
                ended.append(number)
            else:
                here.append((number, place))
        return [self.rules[number] for number in sorted(ended)], frozenset(here)


def read_styles(html: str) -> Styles:
    """All style sheets of `html`. Linear time."""
    sheet = read_sheet(html)
    if not sheet.rules and sheet.is_empty:
        return Styles()
    page = Look(colour=BLACK if sheet.is_empty else None, ground=None if sheet.sets_grounds else WHITE)
    steps: dict[str, list[tuple[int, int]]] = {}
    for number, rule in enumerate(sheet.rules):
        for place, step in enumerate(rule.path):
            steps.setdefault(step.key, []).append((number, place))
    return Styles(page, _telling(sheet), steps, sheet.rules, sheet.hides_more)


def _telling(sheet: Sheet) -> tuple[str, ...]:
    """The words in attributes by which an element may look otherwise, with those that the sheet names."""
    if not sheet.rules:
        return _TELLING
    asked = {asked.attribute for rule in sheet.rules for step in rule.path for asked in step.asked}
    return (*_TELLING, "class", "id", *sorted(asked)[:20])


def _values(attributes: str) -> dict[str, str]:
    """Attributes with their values; `attributes` is in lower case."""
    values: dict[str, str] = {}
    for key, *quoted in _ATTRIBUTE.findall(attributes):
        value = "".join(quoted)
        values.setdefault(key, unescape(value).lower() if "&" in value else value)
    return values


def _declared(name: str, values: Mapping[str, str], rules: list[Rule]) -> dict[str, str]:
    """Properties with their values; attributes of old HTML under the names of their styles."""
    properties: dict[str, str] = {}
    if values:
        if "bgcolor" in values:
            properties["background-color"] = values["bgcolor"]
        if values.get("background"):
            properties["background"] = "url()"
        if name == "font" and "color" in values:
            properties["color"] = values["color"]
    own: Declared = declarations(values["style"]) if "style" in values else ()
    said = [one for rule in rules for one in rule.declared] if rules else []
    said += own
    properties.update((key, value) for key, value, _ in said)
    properties.update((key, value) for key, value, important in said if important)
    if "-webkit-text-fill-color" in properties:
        properties["color"] = properties["-webkit-text-fill-color"]
    if "hidden" in values:
        properties["display"] = "none"
    return properties


def _inside(parent: Look, name: str, declared: Mapping[str, str]) -> Look:
    said = declared.get
    size = font_size(said("font-size"), said("font"), parent.size)
    # a link has its own colour unless told otherwise
    colour = colour_of(declared["color"], parent.colour) if "color" in declared else parent.colour
    if name == "a" and "color" not in declared:
        colour = None
    ground = background_of(declared, parent.ground)
    gone = parent.gone or is_gone(declared)
    unseen = colour == CLEAR or (colour is not None and ground is not None and alike(colour, ground))
    hidden = gone or parent.folded or size < SMALLEST_FONT or unseen
    return Look(gone, size, colour, ground, hidden, parent.taken, parent.here, parent.folded)


def without_invisible(text: str) -> tuple[str, str]:
    """Text without characters that have no glyph, and what tag characters among them spell (U+E0000 block)."""
    if text.isascii() or not _INVISIBLE.search(text):
        return text, ""
    # the flags of England, Scotland and Wales are spelled with tags
    spelled = "".join(chr(ord(c) - 0xE0000) for c in _FLAG.sub("", text) if 0xE0020 <= ord(c) <= 0xE007E)
    # joiners between letters or emoji are part of the writing
    kept = _JOINER.sub(lambda found: "\0" if found[0] == "\u200d" else "\1", text)
    return _INVISIBLE.sub("", kept).replace("\0", "\u200d").replace("\1", "\u200c"), spelled
