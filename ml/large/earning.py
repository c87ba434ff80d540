"""When a large model may answer without a person: once people's own answers have proven it right often enough.

Each stratum is a sequence of answers of which people told whether they were right. It is looked at when it has just
enough answers to prove anything, and again whenever there are twice as many; each look takes an exact one-sided bound
(Clopper & Pearson 1934) and spends its share of the error (`ml.small.learning.significance.spent`, after Lan & DeMets
1983), so that looking again and again proves nothing by itself. From then on it is held against audits alone, mails
that it would have answered and that a lot sent to a person: what people are asked besides is what it is kept from
answering. Where the latest audits refute the wished precision it begins anew, with what is left of the error.
"""

import hashlib
import math
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ml.small.learning.significance import spent
from ml.small.thresholds import CONFIDENCE, lower_bound
from models.category import Category, Risk
from models.opinion import Judgement, Stratum, TrackRecord

ERROR = (1 - CONFIDENCE) / len(Stratum)
"""Probability with which a stratum that is not good enough may ever answer; over all strata as in training."""
FEWEST = 20
"""Answers of which fewer are no record, however low the wished precision is."""
LATELY, REFUTED = 50, 0.05
"""The latest audits that may refute the wished precision, and how improbable they must be under it. At 0.95 it takes 6
wrong of 50, or 2 of the first 7: of models that are right in 85, 95 and 99 of 100 cases, 84%, 9% and 0.3% are refuted
within 50 audits (400 runs of each)."""
AUDITED = 10
"""One question in so many goes to a person although it could be answered, so that the record stays alive."""


@dataclass(frozen=True)
class Autonomy:
    """What people said of earlier answers, in the order of their decisions, and what is asked for.

    `needed` is the wished precision, `thresholds` those of categories that have their own; `by_people` are categories
    that only people give."""

    judgements: Sequence[Judgement]
    needed: float
    thresholds: Mapping[str, float] = field(default_factory=dict)
    by_people: frozenset[str] = frozenset()
    _records: dict[tuple[Stratum, float], TrackRecord] = field(default_factory=dict, init=False, repr=False)

    def record(self, stratum: Stratum, category: str | None = None) -> TrackRecord:
        """Against what a category asks for, or against what all ask for."""
        needed = self.thresholds.get(category, self.needed) if category else self.needed
        if (stratum, needed) not in self._records:
            answers = [one for one in distinct(self.judgements, stratum) if one.category not in self.by_people]
            self._records[stratum, needed] = track_record(stratum, answers, needed)
        return self._records[stratum, needed]

    def may_answer(self, record: TrackRecord, category: str) -> bool:
        """Not for a category whose own answers refute what the stratum as a whole has proven."""
        if category in self.by_people or not record.answers:
            return False
        own = [one.right for one in distinct(self.judgements, record.stratum) if one.category == category]
        return not refuted(own[-LATELY:], record.needed)


def autonomy(judgements: Sequence[Judgement], categories: Sequence[Category], precision: str) -> Autonomy:
    """By what mailstage.toml asks for."""
    thresholds = {one.name: one.threshold for one in categories if one.threshold is not None}
    return Autonomy(judgements, float(precision), thresholds, only_by_people(categories))


def only_by_people(categories: Iterable[Category]) -> frozenset[str]:
    """Names of those of high risk, which are never given without a person."""
    return frozenset(one.name for one in categories if one.risk is Risk.HIGH)


def distinct(judgements: Sequence[Judgement], stratum: Stratum) -> list[Judgement]:
    """Those of a stratum, of mails of one wording the first alone: its copies prove nothing more."""
    found, seen = [], set()
    for one in judgements:
        if one.stratum is stratum and (one.wording is None or one.wording not in seen):
            found.append(one)
            seen.add(one.wording)
    return found


def track_record(stratum: Stratum, answers: Iterable[Judgement], needed: float) -> TrackRecord:
    """Replays the answers in their order, look by look: the same answers always lead to the same end."""
    n, right, look, alone, due = 0, 0, 1, False, fewest(needed, 1)
    audits: deque[bool] = deque(maxlen=LATELY)
    for one in answers:
        if alone and not one.audit:
            continue
        n, right = n + 1, right + one.right
        if alone:
            audits.append(one.right)
            if refuted(audits, needed):
                n, right, alone, due = 0, 0, False, fewest(needed, look)
                audits.clear()
        elif n >= due:
            alone = bound(right, n, spent(ERROR, look)) >= needed
            look += 1
            due = max(2 * n, fewest(needed, look))
    return TrackRecord(
        stratum=stratum,
        n=n,
        right=right,
        lower=round(bound(right, n, spent(ERROR, look - alone)), 4),
        needed=needed,
        answers=alone,
        next_look=None if alone or math.isinf(due) else int(due),
    )


def fewest(needed: float, look: int) -> float:
    """Answers of which fewer prove nothing at this look, were they all right; infinite where no number would do."""
    if needed >= 1:
        return math.inf
    proves = math.ceil(math.log(spent(ERROR, look)) / math.log(needed)) if needed > 0 else 0
    return max(FEWEST, proves)


def refuted(answers: Collection[bool], needed: float) -> bool:
    """Whether so many wrong answers would hardly ever come of a model that is right as often as `needed`."""
    wrong = len(answers) - sum(answers)
    return wrong > 0 and bound(wrong, len(answers), REFUTED) > 1 - needed


@lru_cache(maxsize=4096)
def bound(successes: int, trials: int, error: float) -> float:
    """One-sided lower bound of a proportion; 0 without trials."""
    return float(lower_bound(np.array([successes]), np.array([trials]), error)[0])


def is_audited(case_id: int, model: str) -> bool:
    """Whether this question goes to a person even so: by a hash, so that nobody chooses and asking again changes
    nothing."""
    digest = hashlib.sha256(f"{model} {case_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % AUDITED == 0
