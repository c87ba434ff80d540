"""Which words drove an answer: leave each out and see how far the answer's lead over the runner-up falls.

Occlusion (Zeiler & Fergus 2014; for text Li, Monroe & Jurafsky 2016), since it holds alike for a linear model and for
an encoder, and asks the very models that answered. All variants are read in one batch, whose size is bounded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ml.small.cascade import ENCODER
from ml.small.classifier import Classifier
from ml.small.labelled import MailText
from ml.small.ngrams import folded

Floats = NDArray[np.float64]

MAX_VARIANTS = 60
BUDGET_WORDS = 1_200
"""Words that the encoder reads for one explanation, all variants together: 0.4 s of processor time, all cores at it."""
MAX_WORDS = 400
"""Of a mail, from its start, that are looked at; the encoder reads about a hundred."""

# scripts without spaces are taken two characters at a time
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,2}|[^\W_](?:[\w'’.@-]{0,40}\w)?")
_MARKS = (
    ("from", "sender: "),
    ("attached", "attached: "),
    ("file", "file name: "),
    ("isanswer", "it answers another mail"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or phrase as it is shown, and the mail without it."""

    text: str
    without: MailText


@dataclass(frozen=True, slots=True)
class _Word:
    """`field` is 0 in the subject and 1 in the body."""

    field: int
    match: re.Match[str]


def pieces_of(mail: MailText, variants: int) -> list[Piece]:
    """At most about `variants`: each distinct word where they are few enough, else phrases of neighbouring words."""
    fields = enumerate((mail.subject, mail.body))
    words = list(islice((_Word(field, match) for field, text in fields for match in _WORD.finditer(text)), MAX_WORDS))
    alike: dict[str, list[_Word]] = {}
    for word in words:
        alike.setdefault(folded(word.match.group()), []).append(word)
    room = max(1, variants - len(mail.marks))
    if len(alike) <= room:
        found = [Piece(group[0].match.group(), _without(mail, group)) for group in alike.values()]
    else:
        size = -(-len(words) // room)
        phrases = [words[at : at + size] for at in range(0, len(words), size)]
        found = [Piece(_phrase(mail, phrase), _without(mail, phrase)) for phrase in phrases]
    return found + [_mark(mail, mark) for mark in mail.marks]


def weigh(classifier: Classifier, mail: MailText, best: int, other: int, step: int) -> list[tuple[str, float]]:
    """Each piece of the mail with what it adds to the log-odds of category `best` against `other`."""
    # the encoder reads about a hundred words, however long the mail is
    read = max(1, min(len(mail.reading.split()), 100))
    pieces = pieces_of(mail, min(MAX_VARIANTS, BUDGET_WORDS // read) if step == ENCODER else MAX_VARIANTS)
    odds = log_odds(classifier, [mail, *(piece.without for piece in pieces)], best, other, step)
    return [(piece.text, float(odds[0] - odds[place])) for place, piece in enumerate(pieces, start=1)]


def log_odds(classifier: Classifier, mails: Sequence[MailText], best: int, other: int, step: int) -> Floats:
    """Of category `best` against `other` (n,) by one step of the cascade, before its curve bends them."""
    margins = [classifier.model.margins(mails)]
    calibration = classifier.calibration
    if step == ENCODER and classifier.second:
        vectors = classifier.second.encoder.embed([mail.reading for mail in mails])
        margins.append(classifier.second.model.read(vectors).margins)
        calibration = classifier.second.calibration
    leads = [scale * (one[:, best] - one[:, other]) for scale, one in zip(calibration.scales, margins, strict=True)]
    return np.asarray(np.sum(leads, axis=0))


def _phrase(mail: MailText, words: Sequence[_Word]) -> str:
    """With what stands between its words, unless it reaches from the subject into the body."""
    first, last = words[0], words[-1]
    if first.field != last.field:
        return " ".join(word.match.group() for word in words)
    return " ".join((mail.subject, mail.body)[first.field][first.match.start() : last.match.end()].split())


def _without(mail: MailText, words: Sequence[_Word]) -> MailText:
    subject, body = (
        _cut(text, [word.match for word in words if word.field == field])
        for field, text in enumerate((mail.subject, mail.body))
    )
    return replace(mail, subject=subject, body=body)


def _cut(text: str, matches: Sequence[re.Match[str]]) -> str:
    starts = [0, *(match.end() for match in matches)]
    ends = [*(match.start() for match in matches), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))


def _mark(mail: MailText, mark: str) -> Piece:
    shown = next((f"{title}{mark.removeprefix(start)}" for start, title in _MARKS if mark.startswith(start)), mark)
    return Piece(shown, replace(mail, marks=tuple(one for one in mail.marks if one != mark)))
