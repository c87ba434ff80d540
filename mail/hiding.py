"""What HTML mail hides from its reader: elements that are styled away, and characters without a glyph."""

import re
from dataclasses import dataclass
from html import unescape

SMALLEST_FONT = 1.5
"""Pixels under which text cannot be read; newsletters use 1px for their hidden preview line."""
_HINT = re.compile(
    r"none|hidden|mso-hide|opacity|font-size|max-height|indent|left\s*:|fff|white|255|transparent|fefefe",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{4}"
)
_SIZE = re.compile(r"font-size\s*:\s*([\d.]{1,8})\s*(px|pt|em|rem|%)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "%": 0.16, "em": 16.0, "rem": 16.0}
_WHITE = re.compile(
    r"(?<!-)color\s*:\s*(?:#fff(?:fff)?\b|#fefefe\b|white\b|transparent\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;]+)")
_LIGHT = re.compile(
    r"#f[a-f0-9]f[a-f0-9]f[a-f0-9]\b(?!.*url\()|#fff\b|white|none|transparent|inherit"
    r"|rgba?\(\s*25\d\s*,\s*25\d\s*,\s*25\d"
)
_STYLE = re.compile(r"\bstyle\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_BGCOLOR = re.compile(r"\bbgcolor\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_FONT_COLOR = re.compile(r"\bcolor\s*=\s*[\"']?(#fff(?:fff)?|white)\b", re.IGNORECASE)
_HIDDEN_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?=[\s=/]|$)", re.IGNORECASE)
_SHEET_BACKGROUND = re.compile(r"<style\b[^<]{0,20000}?background", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060-\u2064\u00ad\u034f\u180e\ufeff\U000e0000-\U000e007f]+")
_JOINER = re.compile("(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])")


@dataclass(frozen=True, slots=True)
class Element:
    """An open element with what it inherits."""

    name: str
    gone: bool = False
    tiny: bool = False
    white: bool = False
    dark: bool = False
    """Its background is not light, so white text on it can be read."""

    @property
    def hidden(self) -> bool:
        return self.gone or self.tiny or (self.white and not self.dark)


def hides_anything(html: str) -> bool:
    """A cheap test whether looking at styles can be worth it."""
    return _HINT.search(html) is not None


def page(html: str) -> Element:
    """What all elements inherit. A background from a style sheet is out of sight: then white is no sign."""
    return Element("html", dark=_SHEET_BACKGROUND.search(html) is not None)


def child(parent: Element, name: str, attributes: str) -> Element:
    """`name` inside `parent`; size and colour may be set anew further in, the rest may not."""
    if not attributes or parent.gone:
        return Element(name, parent.gone, parent.tiny, parent.white, parent.dark)
    found = _STYLE.search(attributes)
    style = unescape(found[1] or found[2] or found[3] or "").lower() if found else ""
    tiny, white, dark = parent.tiny, parent.white, parent.dark
    if ground := _BACKGROUND.search(style) or _BGCOLOR.search(attributes):
        dark = not _LIGHT.match(ground[1].strip().lower())
    if "color" in style or name == "font":
        white = bool(_WHITE.search(style) or _FONT_COLOR.search(attributes)) or (white and "color" not in style)
    if size := _SIZE.search(style):
        tiny = _pixels(size[1], size[2] or "px") < SMALLEST_FONT
    gone = bool(_GONE.search(style)) or bool(_HIDDEN_ATTRIBUTE.search(attributes))
    return Element(name, gone, tiny, white, dark)


def _pixels(number: str, unit: str) -> float:
    digits = number.strip(".")
    return float(digits) * _PIXELS[unit] if digits.count(".") <= 1 and digits else 16.0


def without_invisible(text: str) -> tuple[str, str]:
    """Text without characters that have no glyph, and what tag characters among them spell (U+E0000 block)."""
    if text.isascii() or not _INVISIBLE.search(text):
        return text, ""
    spelled = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    # joiners between letters or emoji are part of the writing
    kept = _JOINER.sub("\0", text)
    return _INVISIBLE.sub("", kept).replace("\0", "\u200d"), spelled
