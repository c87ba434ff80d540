"""Style sheets and style attributes, read as far as they can hide something.

What may or may not count (a state, a width of the screen) is left out, so that in doubt text can be seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mail.text.selectors import Step, Weight, path_of, weight_of
from mail.text.vanishing import PROPERTIES, is_gone

MAX_SHEET = 100_000
MAX_RULES = 2_000
"""Characters and rules of style sheets that are read."""
MAX_DECLARATIONS = 200
_SHORT = 300
"""Characters of a style that is remembered: mail programs write the same ones again and again."""
_SHEET = re.compile(r"<style\b[^<>]{0,500}>", re.IGNORECASE)
_SHEET_END = re.compile(r"</style", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_SHOWN_EVERYWHERE = re.compile(r"@media\s+(?:only\s+)?(?:all|screen)(?:\s*,\s*(?:all|screen|print))*\s*")
"""Conditions under which every reader is (Media Queries Level 4)."""
_STATE = re.compile(
    r":(?:hover|focus|active|visited|link|target|checked)|::|:(?:before|after)|[^\s\w.#>*+~:()\[\]=\"'^$|-]|^u\s*[+~]"
)
"""Selectors of what a page looks like once somebody has done something, of marks beside text, of one web mailer alone
(`u + .body`, which newsletters aim at Gmail), and what is none."""
_IMPORTANT = re.compile(r"!\s*important")
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_TELLING = PROPERTIES | {"color", "background", "background-color", "font", "font-size", "-webkit-text-fill-color"}
_DRAWN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
_UNDRAWN = "svg desc,svg metadata,svg defs,svg symbol,math annotation{display:none}"
"""What stands in drawings and formulas for programs alone (SVG 2, section 5.8; MathML Core, section 5)."""

Declared = tuple[tuple[str, str, bool], ...]
"""Properties with their values in lower case, and whether they are important; those alone that can hide something."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is declared for the elements at the end of a path."""

    path: tuple[Step, ...]
    weight: Weight
    declared: Declared


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one message in the order of their weight, and what the rest of its sheets leaves unknown."""

    rules: tuple[Rule, ...] = ()
    sets_grounds: bool = False
    """Whether a rule that is not followed to its end sets backgrounds."""
    hides_more: bool = False
    """Whether such a rule takes elements off the page."""
    is_empty: bool = True
    """Whether the message has no style sheet of its own."""


def read_sheet(html: str) -> Sheet:
    """All style sheets of `html`. Linear time."""
    own = "".join(_sheets(html))[:MAX_SHEET]
    css = f"{_UNDRAWN}{own}" if _DRAWN.search(html) else own
    paths: dict[str, tuple[Step, ...]] = {}
    bodies: dict[str, Declared] = {}
    sets_grounds = hides_more = False
    for selectors, body in _rules(_COMMENT.sub(" ", css).lower()) if css else ():
        followed = not selectors.startswith("@")
        declared = declarations(body) if followed else ()
        for selector in map(str.strip, selectors.split(",")):
            path = paths.get(selector) or (path_of(selector) if followed else ())
            sets_grounds |= len(path) != 1 and "background" in body
            if path and declared:
                paths[selector] = path
                # of equal selectors what comes last counts
                bodies[selector] = (*bodies.pop(selector, ()), *declared)[-MAX_DECLARATIONS:]
            elif declared and not _STATE.search(selector):
                hides_more |= is_gone({key: value for key, value, _ in declared})
        if len(bodies) > MAX_RULES:
            break
    rules = [Rule(paths[selector], weight_of(paths[selector]), declared) for selector, declared in bodies.items()]
    return Sheet(tuple(sorted(rules, key=lambda rule: rule.weight)), sets_grounds, hides_more, not own)


def declarations(style: str) -> Declared:
    """What a style (lower case) declares."""
    return _remembered(style) if len(style) < _SHORT else _declarations(style)


def _declarations(style: str) -> Declared:
    found: list[tuple[str, str, bool]] = []
    for declaration in _spelt_out(style).split(";")[:MAX_DECLARATIONS]:
        key, _, value = declaration.partition(":")
        key = key.strip()
        if key in _TELLING:
            bare = _IMPORTANT.sub("", value)
            found.append((key, bare.strip(), len(bare) < len(value)))
    return tuple(found)


_remembered = lru_cache(maxsize=2_000)(_declarations)


def _sheets(html: str) -> Iterator[str]:
    at = 0
    while found := _SHEET.search(html, at):
        end = _SHEET_END.search(html, found.end())
        at = end.end() if end else len(html)
        yield html[found.end() : end.start() if end else at]


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations; of a nested block (@media) all of it at once, unless it counts for every reader."""
    depth, start, selectors, inside = 0, 0, "", 0
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            if depth == 0:
                selectors, inside = sheet[start : brace.start()].rpartition(";")[2].strip(), brace.end()
            # what stands in a block for every reader stands as if outside it
            depth += not (depth == 0 and _SHOWN_EVERYWHERE.fullmatch(selectors))
        elif depth:
            depth -= 1
            if depth == 0:
                yield selectors, sheet[inside : brace.start()]
        start = brace.end()


def _spelt_out(style: str) -> str:
    """Without comments and escapes (CSS Syntax Level 3, sections 4.3.2 and 4.3.7), in which a word can be disguised."""
    if "/*" in style:
        style = _CSS_COMMENT.sub(" ", style)
    if "\\" not in style:
        return style
    return _CSS_ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)) if found[1] else found[2], style).lower()
