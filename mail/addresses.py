"""Address lists (RFC 5322 section 3.4), read leniently and without recursion."""

import re

from mail.headers import decode_words, raw_text
from models.message import Address

MAX_ADDRESSES = 500
MAX_PHRASE = 1_000
"""Characters of one entry that are searched for an address."""
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|<([^<>]*)>?|([(,;:])|([^"<>(,;:]+)|(.)', re.DOTALL)
_SPEC = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@<>,;\"()]+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPACE = re.compile(r"[\x00-\x20\x7f\x85\xa0\u2028\u2029]+")


def parse_addresses(value: bytes) -> tuple[Address, ...]:
    """The mailboxes of a From, To, Cc or Reply-To value; groups are flattened, empties dropped."""
    text = raw_text(value)
    found: list[Address] = []
    words: list[str] = []
    quoted: list[str] = []
    angle: str | None = None
    at = 0
    while at < len(text) and len(found) < MAX_ADDRESSES:
        token = _TOKEN.match(text, at)
        if token is None:
            break
        at = token.end()
        if token[3] == "(":
            comment, at = _comment(text, at)
            quoted.append(comment)
        elif token[3] == ":":
            words, quoted = [], []
        elif token[3]:
            found += _mailbox(words, quoted, angle)
            words, quoted, angle = [], [], None
        elif token[2] is not None:
            angle = token[2]
        elif token[1] is not None and not text.startswith("@", at):
            words.append(_ESCAPE.sub(r"\1", token[1]))
        else:
            words.append(token[0])
    return tuple((*found, *_mailbox(words, quoted, angle))[:MAX_ADDRESSES])


def _comment(text: str, at: int) -> tuple[str, int]:
    """The text of a comment that opened before `at`, and where it ends (RFC 5322 section 3.2.2)."""
    depth, start = 1, at
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 2 if text[at] == "\\" else 1
        if depth == 0:
            return text[start : at - 1], at
    return text[start:], at


def _mailbox(words: list[str], comments: list[str], angle: str | None) -> list[Address]:
    phrase = "".join(words).strip()
    if angle is None:
        found = _SPEC.search(phrase, 0, MAX_PHRASE)
        if not found:
            # a name without an address still says something about who wrote
            return [Address(name=_line(phrase))] if phrase else []
        spec, phrase = found[0], phrase.replace(found[0], " ", 1)
    else:
        # a route, "@a,@b:user@host", is obsolete: only its end counts (RFC 5322 section 4.4)
        spec = re.sub(r"\s+", "", angle.rpartition(":")[2])
    name = _line(phrase) or _line(" ".join(comments))
    address = _line(spec.strip("'\"").lower())
    return [Address(name=name, address=address)] if name or address else []


def _line(text: str) -> str:
    return _SPACE.sub(" ", decode_words(text)).strip().strip("'\"").strip()[:500]
