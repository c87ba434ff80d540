"""How mail is sorted, in the pipeline and on the command line alike: rules for what machines sent, else the model."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ml.small.classifier import Classifier
from ml.small.rules import by_rule
from ml.small.tone.probabilities import tone_of
from ml.small.tone.signals import read_tone, word_lists
from models.classification import Classification, DecidedBy
from models.message import Message
from models.settings import Settings


@dataclass(frozen=True, slots=True)
class Terms:
    """What mailstage.toml says of sorting: thresholds by category, which replace those that were trained for the wished
    precision ("0.95" or "0.99"), and our own addresses in lower case."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    precision: str = "0.95"
    own_addresses: frozenset[str] = frozenset()


def terms_of(settings: Settings) -> Terms:
    thresholds = {one.name: one.threshold for one in settings.categories if one.threshold is not None}
    return Terms(thresholds, settings.sorting.precision, settings.own_addresses)


def sort_mail(
    classifier: Classifier,
    messages: Sequence[Message],
    terms: Terms,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Classification]:
    """One answer a message, with its tone, and the milliseconds that it took in one call for all of them.

    What a rule decides has no category, is no question to anybody, and says why.
    """
    reasons = [by_rule(message, terms.own_addresses) for message in messages]
    rest = [message for message, reason in zip(messages, reasons, strict=True) if not reason]
    word_lists()  # else the first mail would seem to take as long as making them does
    begun = clock()
    bare = classifier.classify(rest, terms.thresholds, terms.precision) if rest else []
    answers = [_with_tone(answer, message) for answer, message in zip(bare, rest, strict=True)]
    each = round(1000 * (clock() - begun) / max(1, len(rest)), 3)
    timed = iter([answer.model_copy(update={"milliseconds": each}) for answer in answers])
    return [_ruled(reason) if reason else next(timed) for reason in reasons]


def _with_tone(answer: Classification, message: Message) -> Classification:
    urgency, sentiment = read_tone(message)
    return answer.model_copy(update={"urgency": urgency, "sentiment": sentiment, "tone": tone_of(urgency, sentiment)})


def _ruled(reason: str) -> Classification:
    return Classification(category=None, probability=1.0, decided_by=DecidedBy.RULE, why=reason)
