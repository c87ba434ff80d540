"""Address lists (RFC 5322 section 3.4), read leniently and without recursion."""

import re
from functools import lru_cache

from mail.mime.headers import decode_words, one_line, raw_text
from models.message import Address

MAX_ADDRESSES = 500
MAX_PHRASE = 1_000
"""Characters of one entry that are searched for an address."""
MAX_ADDRESS = 500
MAX_FIELD = 20_000
"""Bytes of one field that are read."""
_SHORT = 300
"""Bytes of a field that is remembered: a mailbox hears from the same people, and every mail goes to itself."""
_ADDR = r"[A-Za-z0-9!#$&*+/=?^_{|}~.%'-]{1,64}@[A-Za-z0-9.-]{1,250}"
_SIMPLE = re.compile(rf'(?:"([^"\\<>()@,;:=\n]*)"\s*|([^"\\<>()@,;:=\n]*))<({_ADDR})>|({_ADDR})')
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|<([^<>]*)>?|([(,;:])|([^"<>(,;:]+)|(.)', re.DOTALL)
_SPEC = re.compile(r"(?:[^\s@<>,;:\"()\[\]]+|\"[^\"@<>]{1,64}\")@(?:[^\s@<>,;\"()\[\]]+|\[[^\]\s]{1,50}\])")
_COMMENT = re.compile(r"\([^()]*\)")
_MAILTO = re.compile(r"[\[<]?mailto:([^\s\]>,;]*)[\]>]?")
_STRAY = re.compile(r"[<>]+")
"""Brackets that open or close nothing; in a quoted name they are part of it."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def parse_addresses(value: bytes) -> tuple[Address, ...]:
    """The mailboxes of a From, To, Cc or Reply-To value; groups are flattened, empties dropped."""
    if not value:
        return ()
    return _remembered(value) if len(value) < _SHORT else _parsed(value[:MAX_FIELD])


def _parsed(value: bytes) -> tuple[Address, ...]:
    text = raw_text(value)
    if simple := _SIMPLE.fullmatch(text.strip()):
        return (_simple_address(simple[1] or simple[2] or "", simple[3] or simple[4]),)
    text = _MAILTO.sub(r"<\1>", text) if "mailto:" in text else text
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
        elif token[3] == ":" and angle is None:
            words, quoted = [], []
        elif token[3] in (",", ";"):
            found += _mailbox(words, quoted, angle)
            words, quoted, angle = [], [], None
        elif token[2] is not None and angle is None:
            angle = token[2]
        elif token[1] is not None and not text.startswith("@", at):
            words.append(_ESCAPE.sub(r"\1", token[1]))
        else:
            words.append(_STRAY.sub(" ", token[0]))
    return tuple((*found, *_mailbox(words, quoted, angle))[:MAX_ADDRESSES])


_remembered = lru_cache(maxsize=2_000)(_parsed)


def _simple_address(name: str, address: str) -> Address:
    return Address(name=_line(name), address=address.strip("'").lower())


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
            name = _line(phrase)
            return [Address(name=name)] if name.strip("<>@.") and not name.startswith("@") else []
        spec, phrase = found[0], phrase.replace(found[0], " ", 1)
    else:
        # a route, "@a,@b:user@host", is obsolete: only its end counts (RFC 5322 section 4.4)
        spec = re.sub(r"\s+", "", _COMMENT.sub("", angle.rpartition(":")[2]))
    name = _line(phrase) or _line(" ".join(comments))
    address = one_line(decode_words(spec)).lower()[:MAX_ADDRESS]
    if address[:1] in ("'", '"') and address[:1] == address[-1:]:
        address = address[1:-1]
    return [Address(name=name, address=address)] if name or address else []


def _line(text: str) -> str:
    return one_line(decode_words(text)).strip("'\"").strip()[:500]
