"""Colours of style sheets, as far as needed to tell whether text stands out from its background."""

import re
from collections.abc import Mapping
from colorsys import hls_to_rgb

Colour = tuple[int, int, int]
"""Red, green, blue; 0 to 255 each."""
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
CLEAR: Colour = (-1, -1, -1)
"""Transparent."""
LEAST_CONTRAST = 16
"""Steps by which one of the three must differ for text to be seen at all; #f0f0f0 on white is not."""
_NAMES: Mapping[str, Colour] = {
    "white": WHITE, "black": BLACK, "snow": (255, 250, 250), "ivory": (255, 255, 240), "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255), "floralwhite": (255, 250, 240), "azure": (240, 255, 255),
    "mintcream": (245, 255, 250),
    "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "navy": (0, 0, 128), "gray": (128, 128, 128),
    "grey": (128, 128, 128), "silver": (192, 192, 192), "yellow": (255, 255, 0), "orange": (255, 165, 0),
    "purple": (128, 0, 128), "maroon": (128, 0, 0), "teal": (0, 128, 128), "lime": (0, 255, 0), "aqua": (0, 255, 255),
    "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "darkgray": (169, 169, 169), "transparent": CLEAR,
}  # fmt: skip
_HEX = re.compile(r"#?([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![0-9a-z])")
_NUMBER = r"(-?\d{0,5}\.?\d{1,6})"
_FUNCTION = re.compile(
    rf"(rgb|hsl)a?\(\s*{_NUMBER}(%|deg|turn)?[\s,]+{_NUMBER}(%?)[\s,]+{_NUMBER}(%?)(?:[\s,/]+{_NUMBER}(%?))?\s*\)"
)
_PICTURE = re.compile(r"url\(|gradient\(")
_LEAST_ALPHA = 0.05


def colour_of(said: str, otherwise: Colour | None) -> Colour | None:
    """The colour that `said` (lower case) begins with; None when it is none that is known here."""
    said = said.strip()
    if said in ("inherit", "unset", "currentcolor", ""):
        return otherwise
    if found := _HEX.match(said):
        return _from_hex(found[1])
    if found := _FUNCTION.match(said):
        return _from_function(*found.groups(default=""))
    return _NAMES.get(said.split()[0])


def _from_hex(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) == 8 and int(digits[6:], 16) < _LEAST_ALPHA * 255:
        return CLEAR
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _from_function(kind: str, one: str, unit: str, two: str, a: str, three: str, b: str, alpha: str, c: str) -> Colour:
    """rgb() and hsl() in their old and new spellings (CSS Color Level 4, sections 5 and 7)."""
    if alpha and float(alpha) / (100 if c else 1) < _LEAST_ALPHA:
        return CLEAR
    if kind == "hsl":
        turn = float(one) if unit == "turn" else float(one) / 360
        parts = hls_to_rgb(turn % 1, _share(three) / 100, _share(two) / 100)
        return round(parts[0] * 255), round(parts[1] * 255), round(parts[2] * 255)
    red, green, blue = (
        round(_share(value) * 2.55) if percent else min(255, max(0, round(float(value))))
        for value, percent in ((one, unit), (two, a), (three, b))
    )
    return red, green, blue


def _share(percentage: str) -> float:
    return min(100.0, max(0.0, float(percentage)))


def background_of(declared: Mapping[str, str], otherwise: Colour | None) -> Colour | None:
    """The background that is declared; None for a picture or what is not known."""
    ground = otherwise
    for key in ("background", "background-color"):
        if key not in declared:
            continue
        said = declared[key]
        if _PICTURE.search(said):
            ground = None
        elif said and said.split()[0] not in ("none", "transparent", "inherit", "initial", "0", "repeat", "no-repeat"):
            found = colour_of(said, ground)
            ground = ground if found == CLEAR else found
    return ground


def alike(one: Colour, other: Colour) -> bool:
    """Whether no one of the three differs enough for text to be seen."""
    return (
        abs(one[0] - other[0]) < LEAST_CONTRAST
        and abs(one[1] - other[1]) < LEAST_CONTRAST
        and abs(one[2] - other[2]) < LEAST_CONTRAST
    )
