"""Colours of style sheets, as far as needed to tell whether text stands out from its background."""

import re
from collections.abc import Mapping

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
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]{1,6})(%?))?\s*\)")
_PICTURE = re.compile(r"url\(|gradient\(")
_LEAST_ALPHA = 0.05


def colour_of(said: str, otherwise: Colour | None) -> Colour | None:
    """The colour that `said` (lower case) begins with; None when it is none that is known here."""
    said = said.strip()
    if said in ("inherit", "unset", "currentcolor", ""):
        return otherwise
    if found := _HEX.match(said):
        return _from_hex(found[1])
    if found := _RGB.match(said):
        alpha = (
            float(found[4].strip(".") or 1) / (100 if found[5] else 1) if found[4] and found[4].count(".") < 2 else 1.0
        )
        return CLEAR if alpha < _LEAST_ALPHA else (int(found[1]), int(found[2]), int(found[3]))
    return _NAMES.get(said.split()[0])


def _from_hex(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) == 8 and int(digits[6:], 16) < _LEAST_ALPHA * 255:
        return CLEAR
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def background_of(declared: Mapping[str, str], otherwise: Colour | None) -> Colour | None:
    """The background that is declared; None for a picture or what is not known."""
    ground = otherwise
    for key in ("background", "background-color"):
        said = declared.get(key, "")
        if _PICTURE.search(said):
            ground = None
        elif said and said.split()[0] not in ("none", "transparent", "inherit", "initial", "0", "repeat", "no-repeat"):
            found = colour_of(said, ground)
            ground = ground if found == CLEAR else found
    return ground


def alike(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < LEAST_CONTRAST
