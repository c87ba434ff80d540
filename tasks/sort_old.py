"""What old mails are taken for: the same rules and the same small model as for new ones, but nobody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from ml.small.classifier import Classifier
from ml.small.sorting import sort_mail, terms_of
from models.classification import Classification, DecidedBy
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
    return [_judged(answer) for answer in sort_mail(classifier, mails, terms_of(place.settings))]


def _judged(found: Classification) -> Judged:
    if found.decided_by is DecidedBy.RULE:
        return Judged(None, found.why)
    if found.abstained or found.category is None:
        unsure = found.model_copy(update={"abstained": True})
        return Judged(unsure, f"old mail, not sorted: {found.why or 'the model is not sure'}")
    return Judged(found, f"old mail: {found.category}, {found.probability:.0%} sure")
