"""Selectors of style sheets (Selectors Level 4), as far as an element and those around it decide them.

A selector is a path of steps. Each element remembers which steps were taken above it, so that no path is walked twice
however deep the page is. Siblings, states (`:hover`) and negations are not followed.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

MAX_STEPS = 8
"""Steps of one path; no mail program writes as many."""
_BEGIN = re.compile(r"\s*(>?)\s*(\*|[a-z][a-z0-9]*)?")
_PIECE = re.compile(
    r"([.#][\w-]{1,100})|\[\s*([\w-]{1,100})\s*(?:([~|^$*]?=)\s*(?:\"([^\"]*)\"|'([^']*)'|([\w-]+))\s*(?:[is]\s*)?)?\]"
)

Weight = tuple[int, int, int]
"""Ids, classes with attributes, and tags of a selector (section 17): the greater one counts."""


class Asked(NamedTuple):
    """What a step asks of an attribute; without a `sign` it must only be there."""

    attribute: str
    sign: str
    value: str

    def agrees(self, values: Mapping[str, str]) -> bool:
        said = values.get(self.attribute)
        if said is None:
            return False
        match self.sign:
            case "":
                return True
            case "=":
                return said == self.value
            case "~=":
                return self.value in said.split()
            case "|=":
                return f"{said}-".startswith(f"{self.value}-")
            case "^=":
                return bool(self.value) and said.startswith(self.value)
            case "$=":
                return bool(self.value) and said.endswith(self.value)
            case _:
                return bool(self.value) and self.value in said


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path; `direct` where it must be a child of the step before."""

    names: frozenset[str]
    """`p`, `.class` and `#id`, all of which it must have; `*` alone for any element."""
    asked: tuple[Asked, ...]
    direct: bool

    @property
    def key(self) -> str:
        """The rarest of its names, which in ASCII sorts first: `#id`, then `*` where nothing else stands, `.class`."""
        return min(self.names)

    def fits(self, names: Set[str], values: Mapping[str, str]) -> bool:
        return self.names <= names and (not self.asked or all(asked.agrees(values) for asked in self.asked))


def path_of(selector: str) -> tuple[Step, ...]:
    """The steps of a selector in lower case; none for one that is not followed."""
    steps: list[Step] = []
    at = 0
    while at < len(selector) and len(steps) < MAX_STEPS:
        begin = _BEGIN.match(selector, at)
        if begin is None:
            break
        names = {begin[2]} if begin[2] else set()
        asked: list[Asked] = []
        at = begin.end()
        while piece := _PIECE.match(selector, at):
            at = piece.end()
            if piece[1]:
                names.add(piece[1])
            else:
                asked.append(Asked(piece[2], piece[3] or "", piece[4] or piece[5] or piece[6] or ""))
        whole = at == len(selector) or selector[at].isspace() or selector[at] == ">"
        if not whole or not (names or asked) or (begin[1] and not steps):
            return ()
        steps.append(Step(frozenset(names - {"*"}) or frozenset("*"), tuple(asked), bool(begin[1])))
    return tuple(steps) if at >= len(selector) else ()


def weight_of(path: tuple[Step, ...]) -> Weight:
    """How much a selector counts beside others."""
    names = [name[0] for step in path for name in step.names]
    ids, classes = names.count("#"), names.count(".") + sum(len(step.asked) for step in path)
    return ids, classes, len(names) - names.count("#") - names.count(".") - names.count("*")
