"""Out-of-office notes by their words, in about thirty languages: many programs that send them set no header.

A subject that only a program writes is enough. Words of absence alone are not, since customers also go on holiday: they
count together with what such notes always say besides, and a question speaks against them.
"""

import re
from dataclasses import dataclass

from mail.kinds.absence_words import NOTES, Note

MAX_TEXT = 1_500
"""Characters of text that are searched; notes of absence are short."""
MAX_NOTE = 2_500
"""Characters above which a text is no note of absence."""
KEY_CHARS = 700
"""Characters within which a note says that somebody is away."""
LEAST_WISH = 40
"""Characters in which somebody who wants something can hardly say it."""
ENOUGH = 3
"""Points: two for words of absence, one for each thing that such notes say besides, one off for a question."""
_PREFIX = r"(?:\W{0,3}(?:re|aw|antw|sv|vs|fwd?|wg|tr|rif|r|odp|ynt|ответ|回复)\W{1,3}){0,3}\W{0,3}"
_UNTIL = (
    r"(?:\s*$|[\s:,-]+(?:until|till|from|through|between|bis|vom|ab|jusqu\w*|du|au|hasta|del|fino|dal|at[ée]|"
    r"tot|van|t/m|"
    r"från|til|fra|asti|saakka|do|od|din|până|kadar|до|с|з|έως|\d)\b[^?!]{0,40}$)"
)
_AUTOMATIC = re.compile(_PREFIX + "(?:" + "|".join(note.automatic for note in NOTES) + ")")
_AWAY = re.compile(_PREFIX + "(?:" + "|".join(note.away for note in NOTES) + ")" + _UNTIL)


def _compiled(words: str) -> re.Pattern[str]:
    """The dot of a date ("bis 8. Juni") does not end a sentence."""
    return re.compile(words.replace("[^.]", r"(?:\d\.|[^.\n])"))


@dataclass(frozen=True, slots=True)
class _Language:
    absent: re.Pattern[str]
    asides: tuple[re.Pattern[str], ...]


def _language(note: Note) -> _Language:
    return _Language(
        _compiled(note.absent), tuple(_compiled(words) for words in (note.thanks, note.later, note.instead))
    )


_LANGUAGES = tuple(_language(note) for note in NOTES)
_KEYS = tuple((key, at) for at, note in enumerate(NOTES) for key in note.keys.split())
_PLAIN_KEYS = tuple((key, at) for key, at in _KEYS if key.isascii())
"""All that a text in ASCII can hold."""


def is_automatic_subject(subject: str) -> bool:
    """True for subjects that only programs write, reply marks in front left aside."""
    return bool(_AUTOMATIC.match(subject.lower()))


def is_absence(subject: str, text: str) -> bool:
    """True when subject and text together are a note of absence."""
    if len(text) > MAX_NOTE:
        return False
    low = text[:MAX_TEXT].lower()
    away = bool(_AWAY.match(subject.lower()))
    if away and len(text.strip()) < LEAST_WISH:
        return True
    asked = any(mark in low for mark in "?？؟")
    return max(_points(low), 2 * away + _asides(low) if away else 0) - asked >= ENOUGH


def _points(low: str) -> int:
    """Of the language that tells most."""
    head = low[:KEY_CHARS]
    hinted = {at for key, at in (_PLAIN_KEYS if head.isascii() else _KEYS) if key in head}
    likely = [_LANGUAGES[at] for at in hinted if _LANGUAGES[at].absent.search(low)]
    return max((2 + sum(bool(aside.search(low)) for aside in language.asides) for language in likely), default=0)


def _asides(low: str) -> int:
    """What a note says besides, in whatever language says most of it."""
    return max(sum(bool(aside.search(low)) for aside in language.asides) for language in _LANGUAGES)
