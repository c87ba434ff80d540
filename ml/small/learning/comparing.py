"""Champion against challenger on the same locked mails: which is better, surely, and at what.

Two figures count. Accuracy: the right category, or rightly none. And cost, since a model that asks less or errs less
where nobody looks is worth having at the same accuracy: a question to a person costs 1, a wrong answer that nobody was
asked about 1 / (1 - precision), the price at which asking below that precision is best (Chow 1970). The challenger is
better when one of the two is surely better and none is surely worse, also not on the mails that were known before;
"surely" is LEVEL for each, so that two tests together err in 5 of 100 cases at most (Bonferroni). As one looks again
and again while the locked mails grow, a look spends but a share of LEVEL on being better (`significance.spent`); being
worse has all of it, since a false alarm there changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.classifier import Classifier
from ml.small.labelled import LabelledMail, features_of
from ml.small.learning.significance import lower_by_chance, mean_interval, more_often, spent
from ml.small.sorting import Terms
from ml.small.why.excerpts import excerpt
from models.challenge import CategoryChange, ChangedAnswer, Comparison, Standing, Verdict
from models.errors import TrainingDataError

Flags = NDArray[np.bool_]
LEVEL = 0.025
EXAMPLES, CATEGORIES = 6, 12
"""At most so many examples of each direction, and so many categories, are shown to a person."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A model, and how many mails it learned from."""

    classifier: Classifier
    rows: int


@dataclass(frozen=True, slots=True)
class _Answers:
    said: tuple[str | None, ...]
    right: Flags
    answered: Flags
    """Without a person."""
    costs: NDArray[np.float64]


def compare(
    champion: Contestant,
    challenger: Contestant,
    locked: Sequence[LabelledMail],
    decided: Flags,
    terms: Terms,
    look: int = 1,
) -> Comparison:
    """By the terms that the models are used on; `decided` (n,) tells which of the locked mails a reviewer has labelled
    since, `look` which comparison with this champion it is. Raises TrainingDataError when no mail is locked."""
    if not locked:
        raise TrainingDataError("no mail is set aside for comparing models: label more, some 50 at least")
    before, after = (_answers(one.classifier, locked, terms) for one in (champion, challenger))
    gained, lost = after.right & ~before.right, before.right & ~after.right
    differences = after.costs - before.costs
    low, high = mean_interval(differences)
    level = spent(LEVEL, look)
    found = Comparison(
        n=len(locked),
        from_decisions=int(decided.sum()),
        champion=_standing(champion, before),
        challenger=_standing(challenger, after),
        gained=int(gained.sum()),
        lost=int(lost.sum()),
        better_p=more_often(int(gained.sum()), int(lost.sum())),
        worse_p=more_often(int(lost.sum()), int(gained.sum())),
        cheaper_p=lower_by_chance(differences, level),
        dearer_p=lower_by_chance(-differences),
        look=look,
        level=level,
        wrong_cost=round(wrong_cost(terms.precision), 2),
        cost_low=round(low, 4),
        cost_high=round(high, 4),
        verdict=Verdict.SAME,
        why="",
        categories=_categories(locked, before, after),
        examples=_examples(locked, before, after),
    )
    forgotten = more_often(int((lost & ~decided).sum()), int((gained & ~decided).sum()))
    verdict, why = _judged(found, forgotten)
    return found.model_copy(update={"verdict": verdict, "why": why})


def wrong_cost(precision: str) -> float:
    """What a wrong answer costs that nobody was asked about, in questions to a person."""
    return 1 / (1 - float(precision))


def _answers(classifier: Classifier, locked: Sequence[LabelledMail], terms: Terms) -> _Answers:
    mails = [features_of(row) for row in locked]
    verdicts = classifier.judge(mails)
    said = tuple(
        None if beyond else classifier.labels[best]
        for best, beyond in zip(verdicts.best.tolist(), verdicts.beyond.tolist(), strict=True)
    )
    right = np.array([answer == row.label for answer, row in zip(said, locked, strict=True)])
    given = classifier.classify_texts(mails, terms.thresholds, terms.precision)
    answered = np.array([not answer.abstained for answer in given])
    wrong = np.array([answer.category != row.label for answer, row in zip(given, locked, strict=True)])
    costs = np.where(answered, np.where(wrong, wrong_cost(terms.precision), 0.0), 1.0)
    return _Answers(said, right, answered, costs)


def _standing(one: Contestant, found: _Answers) -> Standing:
    answered = int(found.answered.sum())
    correct = int((found.answered & (found.costs == 0)).sum())
    return Standing(
        rows=one.rows,
        accuracy=round(float(found.right.mean()), 4),
        coverage=round(answered / len(found.right), 4),
        precision=round(correct / answered, 4) if answered else None,
        cost=round(float(found.costs.mean()), 4),
    )


def _judged(found: Comparison, forgotten: float) -> tuple[Verdict, str]:
    """`forgotten` is the p-value for being worse on the mails that were known before."""
    figures = f"{_percent(found.challenger.accuracy)} right against {_percent(found.champion.accuracy)}"
    figures += f" on {found.n} mails that neither was trained on"
    if found.worse_p < LEVEL:
        return Verdict.WORSE, f"the new model is less often right: {figures}"
    if forgotten < LEVEL:
        return Verdict.WORSE, f"the new model has forgotten what was known before: {figures}"
    if found.dearer_p < LEVEL:
        return Verdict.WORSE, f"the new model's answers cost more, in questions to people and mistakes: {figures}"
    if found.better_p < found.level:
        return Verdict.BETTER, f"a model that learned from reviewers' decisions is more often right: {figures}"
    if found.cheaper_p < found.level:
        said = "a model that learned from reviewers' decisions asks less, or errs less where nobody looks"
        return Verdict.BETTER, f"{said}: {figures}"
    return Verdict.SAME, f"the new model is not surely better: {figures}"


def _categories(locked: Sequence[LabelledMail], before: _Answers, after: _Answers) -> tuple[CategoryChange, ...]:
    """Those that changed, what got worse first."""
    rows_of: dict[str | None, list[int]] = defaultdict(list)
    for number, row in enumerate(locked):
        rows_of[row.label].append(number)
    changes = [
        CategoryChange(
            category=label, n=len(rows), before=int(before.right[rows].sum()), after=int(after.right[rows].sum())
        )
        for label, rows in rows_of.items()
    ]
    moved = [change for change in changes if change.before != change.after]
    # the largest change first, whichever way; then told in order of direction
    largest = sorted(moved, key=lambda change: -abs(change.after - change.before))[:CATEGORIES]
    return tuple(sorted(largest, key=lambda change: (change.after - change.before, change.category or "")))


def _examples(locked: Sequence[LabelledMail], before: _Answers, after: _Answers) -> tuple[ChangedAnswer, ...]:
    """What the challenger newly gets wrong first: it is what a person should look at."""
    lost = np.flatnonzero(before.right & ~after.right)[:EXAMPLES]
    gained = np.flatnonzero(after.right & ~before.right)[:EXAMPLES]
    return tuple(
        ChangedAnswer(
            text=excerpt(features_of(locked[row]), 160),
            label=locked[row].label,
            before=before.said[row],
            after=after.said[row],
            right_before=bool(before.right[row]),
        )
        for row in np.concatenate([lost, gained]).tolist()
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"
