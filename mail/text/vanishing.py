"""Which styles take an element off the page with all that stands in it, whatever that declares itself."""

import re
from collections.abc import Mapping

from mail.text.lengths import length

LEAST_EXTENT = 1.5
"""Pixels under which a box that cuts off its content shows nothing."""
_FAR = 400.0
"""Pixels to the left or above from which an element lies off the page."""
EXTENTS = ("max-height", "height", "max-width", "width")
SIDES = ("margin-left", "margin-top", "left", "top")
"""The last two count for what is placed."""
_GOING = frozenset({"display", "visibility", "mso-hide", "opacity", "overflow", "overflow-y", "text-indent", "position",
                    "margin-left", "margin-top", "clip", "clip-path", "transform", "filter", "scale", "zoom",
                    "content-visibility"})  # fmt: skip
PROPERTIES = _GOING | {*EXTENTS, *SIDES}
"""All that is looked at here."""
_NOTHING = re.compile(r"rect\(\s*[01](?:px)?(?:[\s,]+[01](?:px)?){3}|inset\(\s*(?:50|100)%|circle\(\s*0")
"""Clips of which nothing is left to see."""
_TO_NOTHING = re.compile(r"scale(?:[xy]|3d)?\(\s*0*\.?0+\s*[,)]")
_FILTERED_OUT = re.compile(r"opacity\(\s*0*\.?0+%?\s*\)")


def is_gone(declared: Mapping[str, str]) -> bool:
    """Whether nothing inside can be seen, whatever it declares itself."""
    if _GOING.isdisjoint(declared):
        return False
    said = declared.get
    if said("display") == "none" or said("visibility") in ("hidden", "collapse") or said("mso-hide") == "all":
        return True
    if "opacity" in declared and length(said("opacity", ""), 1.0, whole=1.0) < 0.05:
        return True
    if said("overflow", said("overflow-y", "")) in ("hidden", "clip") and any(
        key in declared and length(said(key, ""), 99.0) < LEAST_EXTENT for key in EXTENTS
    ):
        return True
    if "text-indent" in declared and length(said("text-indent", ""), 0.0) < -99:
        return True
    placed = said("position") in ("absolute", "fixed", "relative")
    if any(key in declared and length(said(key, ""), 0.0) <= -_FAR for key in (SIDES if placed else SIDES[:2])):
        return True
    clipped = _NOTHING.match(said("clip", "")) or _NOTHING.match(said("clip-path", ""))
    shrunk = _TO_NOTHING.search(said("transform", "")) or said("scale") == "0" or said("zoom") in ("0", "0%")
    unpainted = _FILTERED_OUT.search(said("filter", "")) or said("content-visibility") == "hidden"
    return bool(clipped or shrunk or unpainted)
