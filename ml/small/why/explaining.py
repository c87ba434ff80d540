"""Why a mail got its category: the words that drove it, the labelled mails most like it, and why the runner-up lost."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ml.small.classifier import Classifier
from ml.small.labelled import MailText
from ml.small.why.examples import Example
from ml.small.why.occlusion import weigh
from models.record import Record

NEIGHBOURS = 5
FOR, AGAINST = 6, 3
"""Words that are shown at most."""
LEAST = 0.1
"""Words that move the log-odds by a smaller share of the largest move say nothing."""

MOST_USUAL = 0.99
"""Where all labelled mails are alike, a likeness must not be divided by nothing."""
NEAR = 0.5
"""Mail that is held to be foreign and is no surer of any category is near none."""


class Weight(Record):
    """A word or phrase, and what it adds to the log-odds of the answer against the runner-up."""

    words: str
    weight: float


class Neighbour(Record):
    """A labelled mail, in one line. A label of None is out of scope; `likeness` in [0, 1] is 1 for the same words
    and 0 for no more in common than any two mails have."""

    label: str | None
    text: str
    likeness: float


class Explanation(Record):
    """`words` speak for the category, `against` for the runner-up; each the strongest first, as are `neighbours`."""

    category: str
    probability: float
    runner_up: str
    runner_up_probability: float
    words: tuple[Weight, ...]
    against: tuple[Weight, ...]
    neighbours: tuple[Neighbour, ...]
    """Empty for a model without an encoder."""
    foreign: bool
    """The mail was held to be out of scope; the category is the one that it is least unlike."""
    why_not: str
    """Why the runner-up lost, in one sentence."""

    @property
    def contested(self) -> bool:
        """The words mean something: either category was near, even where the mail as a whole is unlike them."""
        return not self.foreign or self.probability >= NEAR


@dataclass(frozen=True, slots=True)
class _Contest:
    """The two best categories, by number, and what decided between them."""

    best: int
    other: int
    step: int
    near: bool
    """Else there is nothing to say of the runner-up."""
    foreign: bool


def explain(
    classifier: Classifier,
    mail: MailText,
    examples: Mapping[int, Example] | None = None,
    title: Callable[[str], str] = str,
) -> Explanation | None:
    """None for a mail without text. `examples` by row are those of the model's folder; `title` names categories.

    Reads the mail 60 times at most, and fewer times the longer it is, so that its time is bounded.
    """
    if mail.empty:
        return None
    verdicts = classifier.judge([mail])
    probability = verdicts.probability[0]
    best, other = (int(place) for place in np.argsort(-probability, kind="stable")[:2])
    foreign, near = bool(verdicts.beyond[0]), bool(probability[best] >= NEAR)
    contest = _Contest(best, other, int(verdicts.step[0]), near or not foreign, foreign)
    words, against = _ranked(weigh(classifier, mail, best, other, contest.step))
    neighbours = _neighbours(classifier, mail, examples or {})
    return Explanation(
        category=classifier.labels[best],
        probability=_rounded(probability[best]),
        runner_up=classifier.labels[other],
        runner_up_probability=_rounded(probability[other]),
        words=words,
        against=against,
        neighbours=neighbours,
        foreign=contest.foreign,
        why_not=_why_not(classifier, contest, words, against, neighbours, title),
    )


def _ranked(weights: list[tuple[str, float]]) -> tuple[tuple[Weight, ...], tuple[Weight, ...]]:
    """Those that speak for the answer, and those against it."""
    least = LEAST * max((abs(weight) for _, weight in weights), default=0.0)
    order = sorted(weights, key=lambda pair: -abs(pair[1]))
    kept = [Weight(words=words, weight=round(weight, 3)) for words, weight in order if abs(weight) > least]
    speaking = tuple(one for one in kept if one.weight > 0)[:FOR]
    return speaking, tuple(one for one in kept if one.weight < 0)[:AGAINST]


def _neighbours(classifier: Classifier, mail: MailText, examples: Mapping[int, Example]) -> tuple[Neighbour, ...]:
    if classifier.second is None:
        return ()
    [vector] = classifier.second.encoder.embed([mail.reading])
    # the name of a category may be among the nearest, and is no mail
    found = classifier.second.model.neighbours(vector, 2 * NEIGHBOURS)
    # the vectors of any two mails are alike to some degree, which differs between encoders and says nothing
    usual = min(classifier.second.model.usual_likeness(vector), MOST_USUAL)
    shown = [
        Neighbour(
            label=examples[row].label,
            text=examples[row].text,
            likeness=round(max(0.0, (cosine - usual) / (1 - usual)), 3),
        )
        for row, cosine in found
        if row in examples
    ]
    return tuple(shown[:NEIGHBOURS])


def _why_not(
    classifier: Classifier,
    contest: _Contest,
    words: tuple[Weight, ...],
    against: tuple[Weight, ...],
    neighbours: tuple[Neighbour, ...],
    title: Callable[[str], str],
) -> str:
    best, other = classifier.labels[contest.best], classifier.labels[contest.other]
    unlike = ""
    if contest.foreign:
        nearest = f", the nearest of which has a likeness of {neighbours[0].likeness:.2f}" if neighbours else ""
        unlike = f"It is unlike the labelled mail{nearest}; "
    if not contest.near:
        return f"{unlike}{title(best)} is only what it is least unlike."
    reasons = [_said(words[:3], title(best))] if words else []
    reasons.append(_said_against(words[:3], against[:2], title(best), title(other)))
    if neighbours:
        near = Counter(neighbour.label for neighbour in neighbours)
        shares = f"{near[best]} {'is' if near[best] == 1 else 'are'} {title(best)} and {near[other]} {title(other)}"
        reasons.append(f"of the {len(neighbours)} most similar labelled mails {shares}")
    return f"{unlike}{title(other)} comes after {title(best)}: {_listed(reasons, '; ')}."


def _said_against(words: tuple[Weight, ...], against: tuple[Weight, ...], best: str, other: str) -> str:
    """What speaks for the runner-up; where that weighs more than what is named for the answer, small words decided."""
    if not against:
        return f"no word speaks for {other}"
    if _weight(against) < _weight(words):
        return f"only {_said(against, other)}"
    return f"{_said(against, other)}, the mail as a whole for {best}"


def _weight(weights: tuple[Weight, ...]) -> float:
    return sum(abs(one.weight) for one in weights)


def _said(weights: tuple[Weight, ...], category: str) -> str:
    quoted = _listed([f"“{weight.words}”" for weight in weights])
    return f"{quoted} {'speaks' if len(weights) == 1 else 'speak'} for {category}"


def _listed(parts: list[str], between: str = ", ") -> str:
    """With "and" before the last."""
    if len(parts) == 1:
        return parts[0]
    return f"{between.join(parts[:-1])}{between.strip(', ')} and {parts[-1]}"


def _rounded(probability: float) -> float:
    return round(float(probability), 4)
