"""How the matches of a regular expression can begin, so that it is tried only where one may stand.

It reads the expressions that `lexicon.py` describes (groups, classes, repeats, look-ahead); behind whatever it does not
understand anything may follow, so that no match is missed.
"""

import re
from collections.abc import Iterator

LENGTH = 6
"""Characters that are looked at: of 4 the lists are tried at 55 words of an everyday mail, of 6 at 11, of 8 at 6, and
each two more make the sieve half as large again."""
GAP, ANY = " ", "\0"
"""Characters that belong to no word; anything, at which a beginning ends."""

_TOKEN = re.compile(
    r"(?P<look>\(\?<?[!=])|(?P<open>\(\?:|\()|(?P<close>\))|(?P<bar>\|)|(?P<repeat>[?*+]|\{\d*,?\d*\})"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<text>\w+(?![?*+{])|.)",
    re.DOTALL,
)
_GAPS = re.compile(f"{GAP}+")


def beginnings(expression: str) -> frozenset[str]:
    """The first characters of all that it may match, at most LENGTH, without a GAP at their end."""
    found, _ = _alternatives(list(_TOKEN.finditer(expression)), 0)
    return frozenset(one.rstrip(GAP + ANY) for one in found)


def _alternatives(tokens: list[re.Match[str]], at: int) -> tuple[set[str], int]:
    """Of all branches of a group, and the place behind it."""
    found: set[str] = set()
    branch = {""}
    while at < len(tokens) and tokens[at].lastgroup != "close":
        if tokens[at].lastgroup == "bar":
            found, branch, at = found | branch, {""}, at + 1
            continue
        atom, at = _atom(tokens, at)
        branch = {_cut(one + more) for one in branch for more in atom}
    return found | branch, at + 1


def _atom(tokens: list[re.Match[str]], at: int) -> tuple[set[str], int]:
    """With what its repeat makes of it."""
    token = tokens[at]
    if token.lastgroup in ("look", "open"):
        atom, at = _alternatives(tokens, at + 1)
        atom = {""} if token.lastgroup == "look" else atom  # which takes no character itself
    else:
        atom, at = set(_characters(token)), at + 1
    if at < len(tokens) and tokens[at].lastgroup == "repeat":
        atom, at = _repeated(atom, tokens[at].group()), at + 1
    return atom, at


def _repeated(atom: set[str], repeat: str) -> set[str]:
    found = atom if repeat == "?" else {one if one == GAP else f"{one}{ANY}" for one in atom}
    return found | {""} if repeat[0] in "?*" or repeat.startswith(("{0", "{,")) else found


def _characters(token: re.Match[str]) -> Iterator[str]:
    text = token.group()
    if token.lastgroup == "set":
        yield from _of_set(text[1:-1])
    elif token.lastgroup == "escape":
        yield GAP if text in (r"\s", r"\W") else ANY if text[1].isalnum() else _plain(text[1])
    else:
        yield ANY if text == "." else _plain(text)


def _of_set(inner: str) -> Iterator[str]:
    if inner.startswith("^") or re.search(r"\\[^sW\W]|.-.", inner, re.DOTALL):
        yield ANY
        return
    yield from {_plain(one) for one in inner.replace(r"\s", GAP).replace(r"\W", GAP)}


def _plain(text: str) -> str:
    """Of characters of a word themselves, of any other a gap."""
    return text if text[0].isalnum() or text[0] == "_" else GAP


def _cut(text: str) -> str:
    """What is known of it: up to where anything may follow."""
    known, anything, _ = _GAPS.sub(GAP, text).partition(ANY)
    return known[:LENGTH] if len(known) >= LENGTH else known + anything
