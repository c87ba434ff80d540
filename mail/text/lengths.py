"""Lengths of style sheets in pixels (CSS Values and Units Level 4), to tell what is too small to see."""

import re

_LENGTH = re.compile(r"(-?\d{0,6}\.?\d{1,6})\s*(px|pt|em|rem|%|vw|vh|in|cm)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "vw": 6.0, "vh": 6.0, "in": 96.0, "cm": 38.0, "": 1.0}
_FONT_WORDS = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0}
_SHORTHAND = re.compile(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%)?|calc\([^()]{1,100}\))(?:\s|/|$)")
_CALC = re.compile(r"calc\(\s*([^()]{1,200}?)\s*\)")
_TERM = re.compile(rf"\s*(^|[+-]\s|[*/])\s*{_LENGTH.pattern}")


def length(said: str, otherwise: float, em: float = 16.0, whole: float = 100.0) -> float:
    """Pixels of `said` (lower case) where one em has `em` of them and 100% `whole`; `otherwise` for what is none."""
    if said.startswith("calc"):
        return _calculated(said, otherwise, em, whole)
    found = _LENGTH.match(said)
    return _pixels(found[1], found[2], em, whole) if found else otherwise


def font_size(said: str | None, shorthand: str | None, parent: float) -> float:
    """Pixels of a font, by `font-size` or else by `font`; those of `parent` where neither tells."""
    if said is None and shorthand:
        found = _SHORTHAND.search(shorthand)
        said = found[1] if found else None
    if not said:
        return parent
    return _FONT_WORDS.get(said) or length(said, parent, parent, parent)


def _pixels(number: str, unit: str | None, em: float, whole: float) -> float:
    if unit == "%":
        return float(number) * whole / 100
    return float(number) * (em if unit == "em" else _PIXELS[unit or ""])


def _calculated(said: str, otherwise: float, em: float, whole: float) -> float:
    """A sum of lengths, each of which may be multiplied; `otherwise` for one with brackets or functions within."""
    found = _CALC.fullmatch(said)
    terms: list[float] = []
    at = 0
    words = found[1] if found else ""
    while at < len(words) and (term := _TERM.match(words, at)):
        value, sign = _pixels(term[2], term[3], em, whole), term[1].strip()
        if sign in ("", "+", "-"):
            terms.append(-value if sign == "-" else value)
        elif sign == "*":
            terms[-1] *= value
        elif not value:
            return otherwise
        else:
            terms[-1] /= value
        at = term.end()
    return sum(terms) if words and at == len(words) else otherwise
