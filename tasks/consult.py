"""Asks a large model about mail that the small one was not sure of, where mailstage.toml names one for it.

Such mail waits for a person before, while and after it is asked about: no claim is held over a slow answer, and what
fails costs that mail its turn and nothing else. The answer is shown to the person, until the record of earlier ones
(`ml.large.earning`) lets it stand in for theirs.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ml.large.categorizing import Named, name_category, sorting_version
from ml.large.earning import Autonomy, autonomy, is_audited
from ml.small.labelled import text_of
from ml.small.learning.duplicates import hash_of_words
from models.classification import Classification, Consultation, DecidedBy
from models.errors import ConfigurationError, MailstageError
from models.opinion import Stratum, TrackRecord, stratum_of
from models.settings import Provider
from store.judgements import judgements_of
from store.opinions import WaitingMail, answer_instead, begin_asking, keep_opinion, never_asked, unasked_questions
from tasks.progress import log, report
from tasks.workplace import Workplace

AT_ONCE = 4
"""Mails that are asked about beside one another."""
FAILURES = 3
"""So many in a row, and the rest of the run is not asked."""
SECONDS = 60.0
"""After so long a run begins no more: what is left has its turn in the next one."""

Became = Literal["advised", "answered", "failed"]
"""Of a mail: it waits for a person with an opinion, it waits no more, or it waits as it did before."""


@dataclass(frozen=True)
class Consulted:
    """Numbers of mails: asked about, answered without a person, and without an answer."""

    asked: int = 0
    answered: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Consultant:
    """The large model as one run uses it for one mailbox; the record that it starts with holds until the end of the
    run."""

    place: Workplace
    mailbox: str
    provider: Provider
    model: str

    @cached_property
    def autonomy(self) -> Autonomy:
        settings = self.place.settings
        judgements = judgements_of(self.place.store, self.mailbox, self.model)
        return autonomy(judgements, settings.categories, settings.sorting.precision)

    def ask(self, question: WaitingMail) -> Named | str | None:
        """What it says, why it says nothing, or None where the mailbox was paused before it could be asked."""
        if not self.place.may_act(self.mailbox):
            return None
        settings = self.place.settings
        try:
            return name_category(
                self.provider, question.message, settings.categories, settings.company, settings.templates
            )
        except MailstageError as error:
            return str(error)
        except Exception as error:  # one answer must never stop the others, nor what comes after this step
            log.exception("case=%d step=asking a large model", question.case.id)
            return f"it could not be asked ({type(error).__name__})"


def consult_large_model(place: Workplace, mailbox: str, clock: Callable[[], float] = time.monotonic) -> Consulted:
    """Asks about every mail that waits and was not asked about yet, the newest first, as far as budget and time go."""
    consultant = _consultant(place, mailbox)
    if consultant is None:
        return Consulted()
    end, became = clock() + SECONDS, list[Became]()
    for batch in _batches(consultant):
        became += _ask_and_keep(consultant, batch)
        report(mailbox, "asking a large model", len(became))
        if clock() >= end or became[-FAILURES:] == ["failed"] * FAILURES:
            break
    return Consulted(len(became), became.count("answered"), became.count("failed"))


def consultant_of(place: Workplace, mailbox: str) -> Consultant:
    """Raises as `large_model_of`."""
    return Consultant(place, mailbox, *large_model_of(place))


def large_model_of(place: Workplace) -> tuple[Provider, str]:
    """Its provider, and the version that its record counts for.

    Raises ConfigurationError where none is named or its key is nowhere to be found, TemplateError for a broken
    prompt."""
    provider, settings = place.settings.large_model, place.settings
    if provider is None:
        raise ConfigurationError("no large model sorts mail: name a provider as `large_model` under [sorting]")
    if provider.api_key:
        provider.api_key.read(f"provider {provider.name}")
    return provider, sorting_version(provider, settings.categories, settings.templates)


def _consultant(place: Workplace, mailbox: str) -> Consultant | None:
    """None where none is named, or where it is plain beforehand that it cannot be asked: `doctor` says why."""
    if place.settings.large_model is None or not place.settings.categories:
        return None
    try:
        return consultant_of(place, mailbox)
    except MailstageError as error:
        log.warning("step=asking a large model: %s", error)
        return None


def _batches(consultant: Consultant) -> Iterator[list[tuple[WaitingMail, int]]]:
    """Questions with the rows that their answers go into, until none is left, the budget is spent or the mailbox is
    paused."""
    place, mailbox, before = consultant.place, consultant.mailbox, None
    while place.may_act(mailbox):
        found = unasked_questions(place.store, mailbox, before, AT_ONCE)
        if not found:
            return
        before = found[-1].review.id
        readable = [question for question in found if not text_of(question.message).empty]
        if not readable:
            continue
        most = place.settings.sorting.large_per_day
        rows = begin_asking(place.store, mailbox, readable, consultant.model, most)
        if not rows:
            return
        yield [(question, rows[question.case.id]) for question in readable if question.case.id in rows]


def _ask_and_keep(consultant: Consultant, batch: Sequence[tuple[WaitingMail, int]]) -> list[Became]:
    """What became of each; those that were stopped in time are left out."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(consultant.ask, [question for question, _ in batch]))
    outcomes: list[Became] = []
    for (question, row), answer in zip(batch, said, strict=True):
        if answer is None:
            never_asked(consultant.place.store, row)
        else:
            outcomes.append(_keep(consultant, question, row, answer))
    return outcomes


def _keep(consultant: Consultant, question: WaitingMail, row: int, answer: Named | str) -> Became:
    store, model = consultant.place.store, consultant.model
    if isinstance(answer, str):
        silent = Classification(
            category=None, probability=0.0, decided_by=DecidedBy.LLM, model_version=model, abstained=True, why=answer
        )
        keep_opinion(store, row, silent, question, shown=False)
        log.warning("case=%d step=asking a large model: %s", question.case.id, answer)
        return "failed"
    if answer.category is None:
        found = _classified(model, question, answer, None, audit=False)
        keep_opinion(store, row, found, question, shown=True)
        return "advised"
    record = consultant.autonomy.record(stratum_of(answer.category, question.guess.category), answer.category)
    earned = consultant.autonomy.may_answer(record, answer.category)
    audited = earned and is_audited(question.case.id, model)
    found = _classified(model, question, answer, record, audit=audited)
    # read again: the answer may have taken a minute, and once the mailbox is paused it moves no mail
    if earned and not audited and consultant.place.may_act(consultant.mailbox):
        alone = found.model_copy(update={"abstained": False})
        if answer_instead(store, row, alone, question, f"{alone.category}, {alone.probability:.0%} sure, by {model}"):
            return "answered"
    # what is asked to keep the record honest is asked without a hint
    keep_opinion(store, row, found, question, shown=not audited)
    return "advised"


def _classified(
    model: str, question: WaitingMail, answer: Named, record: TrackRecord | None, *, audit: bool
) -> Classification:
    """As an opinion. Tone and runners-up are those that the small model read; none of ours has no record."""
    guess = question.guess
    others = tuple(one for one in guess.alternatives if one.category != answer.category)
    return guess.model_copy(
        update={
            "category": answer.category,
            "probability": round(record.share, 6) if record else 0.0,
            "alternatives": others,
            "decided_by": DecidedBy.LLM,
            "model_version": model,
            "abstained": True,
            "why": _why(record),
            "milliseconds": round(1000 * answer.latency, 3),
            "cost": answer.cost,
            "consultation": Consultation(wording=hash_of_words(question.message), audit=audit),
        }
    )


def _why(record: TrackRecord | None) -> str:
    if record is None:
        return "it says that the mail is about none of the categories"
    same = record.stratum is Stratum.AGREES
    said = "the same as the small model" if same else "something else than the small model"
    return f"it says {said}; people found {record.right} of {record.n} such answers right"
