"""Domains made to be taken for another: foreign letters, punycode, digits for letters, one letter off.

Compared are skeletons, in which letters that look alike are one letter (Unicode Technical Standard 39, section 4, cut
down to what domains are forged with).
"""

import unicodedata
from functools import lru_cache

from mail.trust.domains import FREEMAIL, registered

_ALIKE = str.maketrans(
    {
        **dict(zip("0134579|", "oieastgl", strict=True)),
        **dict(zip("абвгдекмнорстухіїјѕԁһӏԛԝьэ", "abbrdekmhopctyxiijsdhlqwbe", strict=True)),
        **dict(zip("αβγεηικνοπρτυχωϲѵ", "abyenikvonptuxwcv", strict=True)),
        **dict(zip("ıłøđßæœɡɑⅼ", "ilodbaogal", strict=True)),
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("l", "i"), ("-", ""))
SHORTEST = 5
"""Letters below which nearly every name is one letter away from another."""


def skeleton(name: str) -> str:
    """What `name` looks like at a glance."""
    plain = unicodedata.normalize("NFKD", readable(name)).casefold().translate(_ALIKE)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for looks, like in _PAIRS:
        plain = plain.replace(looks, like)
    return plain


def readable(name: str) -> str:
    """Punycode (RFC 3492) as the letters that it stands for; broken punycode stays."""
    if "xn--" not in name:
        return name
    try:
        return name.encode("ascii").decode("idna")
    except UnicodeError:
        return name


def mixes_scripts(name: str) -> bool:
    """True when one domain holds letters of several alphabets, or punycode that nobody can read."""
    if name.isascii() and "xn--" not in name:
        return False
    plain = readable(name)
    if "xn--" in plain:
        return True
    scripts = {unicodedata.name(c, "UNKNOWN").split(" ")[0] for c in plain if c.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1


@lru_cache(maxsize=4_096)
def imitated(name: str, genuine: frozenset[str]) -> str:
    """The domain of `genuine` (registered domains) that `name` could be taken for; empty when there is none."""
    own = registered(name)
    if not own or own in genuine or own in FREEMAIL:
        return ""
    if inside := _carried(name, genuine):
        return inside  # shop.example.com.evil.net
    by_skeleton, by_gap = _index(genuine)
    label, _, suffix = own.partition(".")
    if found := by_skeleton.get(skeleton(own)):
        return found
    for variant in _gaps(label):
        for candidate in by_gap.get(f"{variant}.{suffix}", ()):
            if _one_off(label, candidate.partition(".")[0]):
                return candidate
    return ""


@lru_cache(maxsize=4_096)
def borrows(name: str, own: frozenset[str]) -> str:
    """The domain of ours whose name another one carries within its own (`example-support.net`)."""
    theirs = registered(name)
    label = theirs.partition(".")[0]
    if theirs in own:
        return ""
    names = ((one, one.partition(".")[0]) for one in own)
    return next((one for one, short in names if len(short) > SHORTEST and short in label), "")


def _carried(name: str, genuine: frozenset[str]) -> str:
    """A genuine domain that stands in front within a longer name."""
    labels = name.split(".")[:12]
    runs = (".".join(labels[at : at + size]) for size in (2, 3) for at in range(len(labels) - size))
    return next((run for run in runs if run in genuine), "")


@lru_cache(maxsize=16)
def _index(genuine: frozenset[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """By skeleton, and by each spelling with one letter left out: found without comparing with every one."""
    shapes = {skeleton(one): one for one in sorted(genuine)}
    gaps: dict[str, tuple[str, ...]] = {}
    for one in sorted(genuine):
        label, _, suffix = one.partition(".")
        if len(label) >= SHORTEST:
            for variant in _gaps(label):
                gaps[f"{variant}.{suffix}"] = (*gaps.get(f"{variant}.{suffix}", ()), one)
    return shapes, gaps


def _gaps(label: str) -> set[str]:
    return {label, *(label[:at] + label[at + 1 :] for at in range(len(label[:63])))}


def _one_off(one: str, other: str) -> bool:
    """True when one letter was changed, added or left out, or two neighbours were swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped
