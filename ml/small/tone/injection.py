"""Instructions aimed at a model, and text that a person does not see, found in any part of a mail.

This is one sieve of several: what is found brings a person in; what is not found meets a writer that can name no
recipient and call nothing without approval. Patterns are about addressing a model, not about a mail's subject.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from ml.small.tone.injection_words import ADDRESSED, ORDERS
from ml.small.tone.phrases import Phrases, plain, spans, visible
from models.message import Message

MAX_CHARS = 60_000
"""Characters examined of each part: patterns are linear in time, but a mail may bear megabytes."""

_ROLE_TAGS = re.compile(
    r"""<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|?>
    | \[/?inst\] | <</?sys>> | \[(?:system|assistant|admin|developer)(?:\ (?:message|note|override|prompt))?\]
    | </?(?:system|assistant|instructions?|system_prompt|tool_call|function_calls?)>
    | ^[ \t>]*\#{2,}[ \t]*(?:system|instructions?|assistant|new\ instructions?|response)\b[ \t]*:?[ \t]*$
    | ^[ \t>]*(?:system|assistant)(?:\ (?:message|note|override|prompt))?[ \t]*:[ \t]*\S""",
    re.MULTILINE | re.VERBOSE,
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{32,}={0,2}(?![A-Za-z0-9+/=])")
_SPACED_OUT = re.compile(r"(?<!\w)(?:\w[ .*_-]){9,}\w(?!\w)")
_TAG_CHARACTERS = re.compile("[\U000e0020-\U000e007e]{4,}")
_COMMANDS = Phrases(
    en="ignore; approve; refund; forward; send; reply; respond; answer; say; tell; include; add; write; do not mention",
    de="ignoriere; antworte; sende",
    fr="ignorez; repondez; envoyez",
    es="ignora; responde; envia",
    nl="negeer; antwoord; stuur",
    it="ignora; rispondi; invia",
    pt="ignore; responda; envie",
)


def find_injection(message: Message) -> tuple[str, ...]:
    """Evidence, one span each as it stands in the mail; empty when nothing was found."""
    found: dict[str, None] = {}
    for part in _parts(message):
        found.update(dict.fromkeys(_in_text(part)))
    hidden = visible(message.hidden_text[:MAX_CHARS])
    if hidden.strip():
        commands = spans(_COMMANDS.pattern, hidden, plain(hidden), limit=1)
        if commands or any(_in_text(hidden)):
            found[f"hidden text: {' '.join(hidden.split())[:120]}"] = None
    return tuple(found)[:10]


def _parts(message: Message) -> Iterator[str]:
    yield message.subject[:MAX_CHARS]
    yield message.sender.name[:MAX_CHARS]
    yield (message.text or message.reply_text)[:MAX_CHARS]
    for attachment in message.attachments[:20]:
        yield f"{attachment.name[:500]}\n{attachment.text[:MAX_CHARS]}"


def _in_text(raw: str) -> Iterator[str]:
    text = visible(raw)
    folded = plain(text)
    yield from spans(ADDRESSED.pattern, text, folded)
    yield from spans(ORDERS.at_sentence_start, text, folded)
    yield from spans(_ROLE_TAGS, text, folded)
    for match in _SPACED_OUT.finditer(text):
        if spans(ADDRESSED.pattern, joined := re.sub(r"[ .*_-]", "", match.group()[:1_000]), plain(joined)):
            yield match.group()[:120]
    for match in _TAG_CHARACTERS.finditer(raw):
        yield f"invisible characters: {''.join(chr(ord(c) - 0xE0000) for c in match.group())[:120]}"
    for match in _BASE64.finditer(text):
        decoded = visible(_decoded(match.group()))
        if spans(ADDRESSED.pattern, decoded, plain(decoded), limit=1):
            yield f"base64: {decoded[:120]}"


def _decoded(blob: str) -> str:
    """The text in a base64 or base64url blob, or nothing when there is none."""
    standard = blob.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
