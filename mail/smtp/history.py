"""What is quoted below a reply, as the plain text that a reviewer sees; the HTML part is made of this very text.

The words come from the store, never from what a customer's client quoted: nobody can put words into our mouth.
"""

import re
from collections.abc import Sequence
from html import escape

from mail.mime.charsets import clean
from mail.smtp.fields import line
from models.message import Message

MAX_LINES = 200
MAX_CHARS = 10_000
ATTRIBUTION = {
    "en": "On {date}, {name} wrote:",
    "de": "Am {date} schrieb {name}:",
    "fr": "Le {date}, {name} a écrit :",
    "es": "El {date}, {name} escribió:",
    "nl": "Op {date} schreef {name}:",
    "it": "Il {date}, {name} ha scritto:",
    "pt": "Em {date}, {name} escreveu:",
    "pl": "W dniu {date} {name} napisał(a):",
    "sv": "Den {date} skrev {name}:",
    "da": "Den {date} skrev {name}:",
    "no": "Den {date} skrev {name}:",
    "nb": "Den {date} skrev {name}:",
    "fi": "{date}, {name} kirjoitti:",
    "cs": "Dne {date} {name} napsal(a):",
    "sk": "Dňa {date} {name} napísal(a):",
    "hu": "{date}, {name} írta:",
    "ro": "Pe {date}, {name} a scris:",
    "tr": "{date}, {name} yazdı:",
    "ru": "{date}, {name} написал(а):",
    "uk": "{date}, {name} написав(ла):",
}
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MARKS = re.compile(r"^(?:> ?)+")
CUT = "[...]"


def plain(text: str) -> str:
    """Text with line feeds alone, and no control character but the tab."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return _CONTROL_IN_TEXT.sub("", clean(text).replace("\u2028", "\n").replace("\u2029", "\n"))


def quoted_history(messages: Sequence[Message], language: str) -> str:
    """The new words of each message, the latest first, each one quoted deeper than the one above it."""
    lines: list[str] = []
    room = MAX_CHARS
    for depth, message in enumerate(messages):
        text = plain(message.reply_text or message.text).strip()
        if not text:
            continue
        marks = ">" * depth
        lines.append(f"{marks} {attribution(message, language)}".lstrip())
        words = text[:room].split("\n")[: MAX_LINES - len(lines)]
        lines += [f"{marks}{marked}" for marked in map(_marked, words)]
        room -= sum(map(len, words))
        if "\n".join(words) != text:
            return "\n".join((*lines, f"{marks}> {CUT}"))
    return "\n".join(lines)


def _marked(words: str) -> str:
    """A quote mark in front; deeper quotes join theirs without a space (RFC 3676 section 4.5)."""
    return f">{words}" if words.startswith(">") or not words else f"> {words}"


def attribution(message: Message, language: str) -> str:
    """Who wrote it and when, on the writer's own clock, in the language of the reply."""
    pattern = ATTRIBUTION.get(language.partition("-")[0], ATTRIBUTION["en"])
    name = line(message.sender.name or message.sender.address)[:100]
    date = message.date.strftime("%Y-%m-%d %H:%M") if message.date else ""
    return pattern.format(date=date, name=name) if date else f"{name}:"


def history_html(history: str) -> str:
    """The same words in nested blockquotes, as mail clients fold them."""
    html: list[str] = []
    depth = 0
    for words in history.split("\n"):
        found = _MARKS.match(words)
        deeper = found[0].count(">") if found else 0
        html += ["</blockquote>"] * (depth - deeper) + ['<blockquote type="cite">'] * (deeper - depth)
        html.append(f"{escape(words[found.end() :] if found else words)}<br>")
        depth = deeper
    return "\n".join((*html, *["</blockquote>"] * depth))
