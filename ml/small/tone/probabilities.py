"""How probable it is that a mail is urgent, and that its writer is displeased or pleased: the scores of the word lists
in `signals.py`, calibrated by logistic regression (Platt 1999) on the labelled rows of examples/tone.jsonl."""

import math

from models.classification import Tone

URGENT, NEGATIVE, POSITIVE = (8.43, -2.96), (7.48, -0.66), (13.21, -2.88)
"""Weight and bias each; `python -m benchmarks.tone` fits them anew and measures them by cross-validation."""


def tone_of(urgency: float, sentiment: float) -> Tone:
    return Tone(
        urgent=_probability(URGENT, urgency),
        negative=_probability(NEGATIVE, -sentiment),
        positive=_probability(POSITIVE, sentiment),
    )


def _probability(curve: tuple[float, float], score: float) -> float:
    return round(1 / (1 + math.exp(-(curve[0] * score + curve[1]))), 4)
