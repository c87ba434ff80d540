"""Which mails are worth asking a person about first: those whose answers teach the model most.

Uncertainty by the margin between the two best answers (Settles 2009, section 3.1), weighted by how many questions are
unclear in the same way (information density, section 3.6), and shared among those: of ten that stand between the same
two categories the first counts whole, the tenth for a tenth, so that they do not come in a row. Questions that people
have answered count in the same way as those before it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.asking import Asking
from models.classification import Alternative, Classification

Floats = NDArray[np.float64]

OUTSIDE = 0.5
"""Least uncertainty of mail that is unlike all that was learned from: however sure that is, nothing is known of it."""
ALIKE = 0.9
"""Cosine from which two questions are unclear in the same way."""
TOO_CLOSE = 0.25
"""Margin under which a mail stands between two categories."""


def score_questions(
    asked: Sequence[Classification],
    waiting: Sequence[Classification] = (),
    answered: Sequence[Classification] = (),
) -> list[Asking]:
    """One for each of `asked`, in order; `waiting` are the answers that people are asked about already, `answered`
    those that they have decided and that no model has learned from yet."""
    if not asked:
        return []
    unsure = np.array([uncertainty(one) for one in asked])
    likeness = _likeness(asked, [*asked, *waiting, *answered])
    np.fill_diagonal(likeness[:, : len(asked)], 0.0)
    still = len(asked) + len(waiting)
    value = unsure * (1 + likeness[:, :still].sum(axis=1) / max(1, still - 1)) / 2
    shared = _shared(value, likeness[:, : len(asked)], likeness[:, len(asked) :].sum(axis=1))
    close = likeness >= ALIKE
    alike, known = close[:, :still].sum(axis=1), close[:, still:].sum(axis=1)
    return [
        Asking(value=round(float(score), 4), because=_because(one, int(many), int(done)))
        for score, one, many, done in zip(shared, asked, alike, known, strict=True)
    ]


def uncertainty(answer: Classification) -> float:
    """In [0, 1]: 1 where two answers are equally probable, 0 where nothing can be said of a mail at all."""
    ranked = _ranked(answer)
    if answer.category is None:
        between = 1 - abs(2 * answer.probability - 1)
        return OUTSIDE + (1 - OUTSIDE) * between if ranked else 0.0
    first, second = [*(one.probability for one in ranked), 0.0][:2]
    return 1 - (first - second)


def _ranked(answer: Classification) -> list[Alternative]:
    first = [Alternative(category=answer.category, probability=answer.probability)] if answer.category else []
    return first + list(answer.alternatives)


def _likeness(rows: Sequence[Classification], columns: Sequence[Classification]) -> Floats:
    """Cosine (rows, columns) of the probabilities of the categories, out of scope being one."""
    ranked = [_ranked(answer) for answer in columns]
    categories = dict.fromkeys(one.category for ranking in ranked for one in ranking)
    names = {category: number for number, category in enumerate(categories, start=1)}
    spread = np.zeros((len(columns), 1 + len(names)))
    for place, (answer, ranking) in enumerate(zip(columns, ranked, strict=True)):
        for one in ranking:
            spread[place, names[one.category]] = one.probability
        if answer.category is None:
            spread[place, 0] = answer.probability
    spread /= np.maximum(np.linalg.norm(spread, axis=1, keepdims=True), 1e-9)
    return np.asarray(spread[: len(rows)] @ spread.T)


def _shared(value: Floats, likeness: Floats, crowd: Floats) -> Floats:
    """Each value divided by the number of like questions before it (n,), the best of what is left always next."""
    out, left = np.zeros(len(value)), np.ones(len(value), dtype=bool)
    for _ in range(len(value)):
        worth = np.where(left, value / (1 + crowd), -1.0)
        best = int(worth.argmax())
        out[best], left[best] = worth[best], False
        crowd = crowd + likeness[:, best]
    return out


def _because(answer: Classification, alike: int, answered: int) -> str:
    ranked = _ranked(answer)
    if answer.category is None:
        said = "it is unlike the mail of every category" if ranked else "there is no text to judge by"
    elif len(ranked) > 1 and ranked[0].probability - ranked[1].probability < TOO_CLOSE:
        said = f"it stands between {_named(ranked[0])} and {_named(ranked[1])}"
    else:
        said = f"the model is not sure of {_named(ranked[0])}"
    said += f"; {alike} more like it {'waits' if alike == 1 else 'wait'}" if alike else ""
    return f"{said}; {answered} like it {'was' if answered == 1 else 'were'} answered" if answered else said


def _named(one: Alternative) -> str:
    return f"{one.category} ({one.probability:.0%})"
