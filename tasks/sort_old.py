"""What old mails are taken for: the same rules and the same small model as for new ones, but nobody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from ml.small.classifier import Classifier
from ml.small.rules import by_rule
from models.classification import Classification
from models.message import Message
from tasks.progress import log
from tasks.workplace import Workplace


@dataclass(frozen=True)
class Judged:
    """`found` is None for mail that needs no category, as automatic mail; `reason` says why."""

    found: Classification | None
    reason: str

    @property
    def sure(self) -> bool:
        return self.found is not None and not self.found.abstained and self.found.category is not None


def sort_old(place: Workplace, classifier: Classifier, mails: Sequence[Message]) -> list[Judged]:
    """One answer a mail. If a batch fails as a whole it goes one by one, so that one mail cannot stop the others."""
    try:
        return _sort(place, classifier, mails)
    except Exception as error:
        if len(mails) > 1:
            return [judged for mail in mails for judged in sort_old(place, classifier, [mail])]
        log.exception("step=sorting old mail")
        why = f"it could not be sorted ({type(error).__name__})"
        return [Judged(Classification(category=None, probability=0.0, abstained=True, why=why), f"old mail: {why}")]


def _sort(place: Workplace, classifier: Classifier, mails: Sequence[Message]) -> list[Judged]:
    reasons = [by_rule(mail, place.settings.own_addresses) for mail in mails]
    thresholds = {c.name: c.threshold for c in place.settings.categories if c.threshold is not None}
    rest = [mail for mail, reason in zip(mails, reasons, strict=True) if not reason]
    answers = iter(classifier.classify(rest, thresholds, place.settings.sorting.precision) if rest else ())
    return [Judged(None, reason) if reason else _judged(next(answers)) for reason in reasons]


def _judged(found: Classification) -> Judged:
    if found.abstained or found.category is None:
        unsure = found.model_copy(update={"abstained": True})
        return Judged(unsure, f"old mail, not sorted: {found.why or 'the model is not sure'}")
    return Judged(found, f"old mail: {found.category}, {found.probability:.0%} sure")
