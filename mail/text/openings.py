"""Which lines of a text begin as a mark may: the rest, which is most of it, is passed over without a word of Python.

One pattern holds the beginnings of all marks of all languages; those that begin alike share their first letters, so
that two or three letters tell most lines.
"""

import re
from collections.abc import Iterable

from mail.text.dividers import BEGINNINGS, FIELDS
from mail.text.signatures import FOOTER_STARTS, JUNK, NOTICE_STARTS, STEMS

_UNSEEN = "".join(mark for mark in JUNK if not mark.isspace())
_END = "\0"
"""Stands where a field must end."""
_COLON = r"[^\w\n:：]{0,6}[:：]"


def _branching(words: Iterable[str]) -> str:
    """A pattern for any of `words`."""
    tails: dict[str, list[str]] = {}
    for word in sorted(set(words), key=lambda word: (not word, word)):
        tails.setdefault(word[:1], []).append(word[1:])
    branches = [re.escape(letter) + _branching(rest) if letter else "" for letter, rest in tails.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _opening() -> str:
    """Words with which a mark begins, those of plain letters first: a line in English tries no others."""
    words = [one.casefold() for one in (*STEMS, *FOOTER_STARTS, *NOTICE_STARTS, *BEGINNINGS)]
    words += [name + _END for name in FIELDS]
    plain, others = ([one for one in words if one[0].isascii() is wanted] for wanted in (True, False))
    both = rf"(?:(?=[\x01-\x7f]){_branching(plain)}|(?=[^\x00-\x7f]){_branching(others)})"
    return both.replace(re.escape(_END), _COLON)


_MARK = rf"""[^\S\n]*+(?:
    (?<=[^\S\n])$
  | [a-z]{{1,3}}> | (?<=[^\S\n])>
  | [{_UNSEEN}]
  | [—–―]\s*$ | [-–—_=~*]{{2}} | \#{{3}} | \+{{3}} | (?:[-_=*~]\ ){{2}}
  | [|*][\s|*]*[-–—_=~]{{2}}
  | [\[<(]?[^\S\n]*+(?:\.{{3}}|…|snip|cut|schnipp)
  | [-–—_=*|~·•\[ \t]*+{_opening()}
)"""
_RUN = re.compile(rf"((?:(?!{_MARK})[^\n]*\n)*+)(?:[^\n]*\n)?", re.MULTILINE | re.VERBOSE)
"""Lines that are nothing but text, and one that may be a mark."""


def possible_marks(text: str) -> list[int]:
    """The numbers of the lines that may be more than text; empty lines and those that begin with > are none of them."""
    low = f"{text}\n".casefold()
    marks: list[int] = []
    at = 0
    for run in _RUN.finditer(low):
        at += low.count("\n", *run.span(1))
        if run.end() > run.end(1):
            marks.append(at)
            at += 1
    return marks
