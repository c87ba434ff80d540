"""Sorts what has arrived: rules for automatic mail, the small model for the rest, a person where it is not sure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ml.small.classifier import Classifier
from ml.small.learning.asking import score_questions
from ml.small.learning.duplicates import fingerprint_of
from ml.small.sorting import sort_mail, terms_of
from models.case import Stage
from models.classification import Classification, DecidedBy
from models.errors import ConfigurationError, StoreError
from models.settings import Settings
from store.cases import Work, claim
from store.classifications import Categorized, asked_answers, save_categorized
from store.ranking import answered_lately
from tasks.progress import log, report
from tasks.returned import came_back
from tasks.workplace import Workplace


@dataclass(frozen=True)
class Sorted:
    """Numbers of mails by what became of them."""

    categorized: int = 0
    asked: int = 0
    skipped: int = 0


def categorize_mail(place: Workplace, mailbox: str, classifier: Classifier) -> Sorted:
    """Moves every received mail on. Raises ConfigurationError when the model knows categories that we do not."""
    same_categories(place, classifier)
    found: list[Categorized] = []
    policy = place.settings.policy
    while batch := claim(place.store, mailbox, Stage.RECEIVED, place.settings.limits.batch, policy.claim_seconds):
        sorted_batch = _worth_asking(place, batch, _safely(place, classifier, batch))
        if save_categorized(place.store, sorted_batch) == 0:
            break  # another run won every case of it
        found += sorted_batch
        report(mailbox, "categorising", len(found))
    return Sorted(
        categorized=sum(item.to is Stage.CATEGORIZED for item in found),
        asked=sum(item.to is Stage.AWAITING_CATEGORY for item in found),
        skipped=sum(item.to is Stage.SKIPPED for item in found),
    )


def _safely(place: Workplace, classifier: Classifier, batch: Sequence[Work]) -> list[Categorized]:
    """If the batch fails as a whole, one by one, so that a single mail cannot stop those behind it.

    Raises StoreError: what keeps the store from answering is no fault of a mail.
    """
    try:
        return categorize_batch(place, classifier, batch)
    except StoreError:
        raise
    except Exception as error:
        if len(batch) > 1:
            return [item for work in batch for item in _safely(place, classifier, [work])]
        log.exception("case=%d step=categorising", batch[0].case.id)
        why = f"it could not be sorted ({type(error).__name__}): look at it in a mail client"
        return [Categorized(batch[0].case, None, Stage.QUARANTINED, why)]


def categorize_batch(place: Workplace, classifier: Classifier, batch: Sequence[Work]) -> list[Categorized]:
    """Rules first, then one call of the model for all that is left."""
    answers = sort_mail(classifier, [work.message for work in batch], terms_of(place.settings))
    return [_judged(place, work, answer) for work, answer in zip(batch, answers, strict=True)]


def _worth_asking(place: Workplace, works: Sequence[Work], judged: Sequence[Categorized]) -> list[Categorized]:
    """Marks what people are asked about with the worth of their answer and the fingerprint of its wording. That orders
    the queue and no more: where it fails, people are asked in the order of arrival."""
    try:
        return _marked(place, works, judged)
    except Exception:
        log.exception("mailbox=%s step=reckoning what is worth asking", works[0].case.mailbox)
        return list(judged)


def _marked(place: Workplace, works: Sequence[Work], judged: Sequence[Categorized]) -> list[Categorized]:
    asked = {
        at: item.classification
        for at, item in enumerate(judged)
        if item.to is Stage.AWAITING_CATEGORY and item.classification
    }
    if not asked:
        return list(judged)
    mailbox, answers = works[0].case.mailbox, list(asked.values())
    answered = answered_lately(place.store, mailbox, {answer.model_version for answer in answers})
    worth = score_questions(answers, asked_answers(place.store, mailbox), answered)
    out = list(judged)
    for at, asking in zip(asked, worth, strict=True):
        out[at] = replace(judged[at], asking=asking, fingerprint=fingerprint_of(works[at].message))
    return out


def _set_aside(place: Workplace, work: Work, ruled: Classification) -> Categorized:
    """What machines sent is skipped, unless it says that a reply of ours was lost."""
    if lost := came_back(place, work):
        return Categorized(work.case, None, Stage.ESCALATED, lost)
    return Categorized(work.case, ruled, Stage.SKIPPED, ruled.why)


def _judged(place: Workplace, work: Work, answer: Classification) -> Categorized:
    if answer.decided_by is DecidedBy.RULE:
        return _set_aside(place, work, answer)
    if answer.abstained or answer.category is None:
        asked = answer.model_copy(update={"abstained": True})
        return Categorized(work.case, asked, Stage.AWAITING_CATEGORY, answer.why or "the model is not sure")
    return Categorized(work.case, answer, Stage.CATEGORIZED, f"{answer.category}, {answer.probability:.0%} sure")


def same_categories(place: Workplace, classifier: Classifier) -> None:
    check_categories(place.settings, classifier.labels)


def check_categories(settings: Settings, labels: Sequence[str]) -> None:
    """Raises ConfigurationError when a model knows categories that mailstage.toml lacks."""
    unknown = sorted(set(labels) - {category.name for category in settings.categories})
    if unknown:
        raise ConfigurationError(
            f"the model knows the category {unknown[0]!r}, which mailstage.toml lacks: "
            "add it under [[categories]], or train again with `mailstage train`"
        )
