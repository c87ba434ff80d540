"""Signs that a mail goes round in circles, whatever its headers claim: robots seldom say that they are robots."""

import hashlib
import re

from models.message import Message

LOOP_FIELD = "X-Loop"
"""Ours bears our own address; whoever sends a mail with it back has not written it."""
MOST_HOPS = 30
"""Received fields; a straight way leaves up to about 15, and servers give up at 25 to 100 (RFC 5321 section 6.3)."""
HEAD_BYTES = 256_000
SHORT = 40
"""Characters up to which two people may well write the same."""
_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_LOOP = re.compile(rb"^x-loop[ \t]*:([^\r\n]{0,1000})", re.IGNORECASE | re.MULTILINE)
_NUMBERS = re.compile(r"\d+")
_WORDS = re.compile(r"\w+")


def sign_of_a_loop(raw: bytes, own_addresses: frozenset[str]) -> str:
    """What in the header gives a loop away, as a sentence; empty when nothing does."""
    head = re.split(rb"\r?\n\r?\n", raw[:HEAD_BYTES], maxsplit=1)[0]
    marks = b" ".join(_LOOP.findall(head)).decode("ascii", "replace").lower()
    if any(own in marks for own in own_addresses):
        return f"it bears our own mark ({LOOP_FIELD}): a machine has sent it back"
    hops = len(_RECEIVED.findall(head))
    return f"it came over {hops} servers: it goes round in circles" if hops > MOST_HOPS else ""


def fingerprint(message: Message) -> str:
    """SHA-256 (hex) of the new words: equal for texts that differ in numbers, case, punctuation and spacing alone.

    A short text counts together with who wrote it: many people say "Thank you".
    """
    words = " ".join(_WORDS.findall(_NUMBERS.sub("0", (message.reply_text or message.text).casefold())))
    writer = message.sender.address if len(words) < SHORT else ""
    return hashlib.sha256(f"{writer}\n{words}".encode("utf-8", "replace")).hexdigest()
