"""What a mail's tone tells: anger, legal threats, urgency, and instructions aimed at a model, each with its evidence.

Word lists rather than a model: a person must see why a mail was kept from the machine, and must be able to add a word.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from pydantic import Field

from ml.small.tone import lexicon
from ml.small.tone.injection import find_injection
from ml.small.tone.legal_words import LEGAL_THREAT
from ml.small.tone.others_words import OTHERS_DATA
from ml.small.tone.phrases import Phrases, plain, spans, visible, whole_words
from models.message import Message
from models.record import Record

MAX_CHARS = 20_000
ANGRY = 0.5
"""Anger from which a mail counts as angry; one word of fury, or two demands, reach it."""

_EXCLAMATIONS = re.compile(r"[!?]{2,}|!")
_SHOUTED = re.compile(r"\b[^\W\d_a-z]{4,}\b")


class Signals(Record):
    """`injection` holds spans found to address a model; `escalate_words` those of the settings that were found."""

    anger: float = Field(default=0.0, ge=0, le=1)
    legal_threat: bool = False
    injection: tuple[str, ...] = ()
    urgency: float = Field(default=0.0, ge=0, le=1)
    sentiment: float = Field(default=0.0, ge=-1, le=1)
    others_data: tuple[str, ...] = ()
    """Where the mail asks for data of somebody else."""
    escalate_words: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """What the anger, the threat and the urgency were read from, as it stands in the mail."""

    @property
    def angry(self) -> bool:
        return self.anger >= ANGRY


_NOTHING: Mapping[str, tuple[str, ...]] = {}


def read_signals(message: Message, extra: Mapping[str, tuple[str, ...]] = _NOTHING) -> Signals:
    """Reads subject, new and forwarded text; for injections all of the mail. `extra` are further words by language."""
    text = visible(f"{message.subject}\n{message.request}"[:MAX_CHARS])
    folded = plain(text)

    def found(phrases: Phrases) -> tuple[str, ...]:
        return spans(phrases.pattern, text, folded)

    fury, demands, impatience = found(lexicon.FURY), found(lexicon.DEMAND), found(lexicon.IMPATIENCE)
    threats, danger = found(LEGAL_THREAT), found(lexicon.DANGER)
    urgent, soon = found(lexicon.URGENT), found(lexicon.SOON)
    loud = _loudness(text)
    heat = 0.55 * len(fury) + 0.35 * len(demands) + 0.2 * len(impatience) + 0.35 * bool(threats)
    # shouting alone is a habit of some; with cause for anger it is anger
    anger = _saturated(heat + (loud if heat else loud / 2))
    praise = 0.3 * len(found(lexicon.PRAISE)) + 0.1 * bool(found(lexicon.COURTESY))
    words, others = _extra_words(text, folded, extra), found(OTHERS_DATA)
    return Signals(
        anger=anger,
        legal_threat=bool(threats),
        injection=find_injection(message),
        urgency=_saturated(0.6 * len(urgent) + 0.3 * len(soon) + 0.6 * len(danger)),
        sentiment=round(max(-1.0, min(1.0, math.tanh(praise) - math.tanh(1.2 * (heat + (loud if heat else 0))))), 3),
        others_data=others,
        escalate_words=words,
        evidence=tuple(dict.fromkeys((*threats, *others, *fury, *demands, *impatience, *danger, *urgent, *words)))[:12],
    )


def _saturated(weight: float) -> float:
    """From a sum of weights to [0, 1): 0.55 gives 0.54, 0.7 gives 0.63."""
    return round(1 - math.exp(-1.4 * weight), 3)


def _loudness(text: str) -> float:
    """Up to 0.4 for exclamation marks and words in capitals, counted beyond the one that anybody may use."""
    marks = sum(len(match.group()) for match in _EXCLAMATIONS.finditer(text[:4_000]))
    shouted = sum(1 for word in _SHOUTED.findall(text[:4_000]) if word.isupper())
    return min(0.2, 0.07 * max(0, marks - 1)) + min(0.2, 0.07 * max(0, shouted - 1))


def _extra_words(text: str, folded: str, extra: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    words = tuple(word.strip() for group in extra.values() for word in group if word.strip())
    return spans(_literal_pattern(words), text, folded) if words else ()


@lru_cache(maxsize=16)
def _literal_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return whole_words(r"\s+".join(re.escape(piece) for piece in plain(word).split()) for word in words)
