"""Learns from what reviewers decide: trains a challenger, and puts it before a person where it is surely better.

Champion and challenger are compared as recipes: both are trained afresh on rows that leave the locked mails out, the
champion's on what the one in use learned from, the challenger's on that and people's decisions. The model in use itself
would not do: it has seen the locked mails; and on mail that came later it would be judged by what it asked about, which
is where it, and not the other, was weak (Dietterich 1998 on comparing with one split). What a person activates then is
the challenger's recipe over all rows.
"""

from collections.abc import Callable
from datetime import date
from itertools import count

import numpy as np

from ml.small.classifier import Classifier
from ml.small.encoder.embedding import Encoder
from ml.small.encoder.preparing import encoder_named
from ml.small.labelled import LabelledMail
from ml.small.learning.comparing import Contestant, compare
from ml.small.learning.locked import divided, evidence, unseen
from ml.small.manifest import Manifest, read_manifest
from ml.small.registry import load
from ml.small.sorting import terms_of
from ml.small.training import train
from models.challenge import Challenge, Comparison, LearningOutcome, LearningReport, Verdict
from models.errors import TrainingDataError
from models.record import canonical_hash
from models.review import EVERY_MAILBOX, Review
from store import challenges
from store.challenges import challenge_of
from tasks.activate import finish_activation
from tasks.gather import Gathered, gather_rows, split_by
from tasks.progress import log, report
from tasks.set_aside import remove_left_over, set_aside
from tasks.workplace import Workplace

LEAST = 10
"""Decisions that are worth a training: of fewer hardly three are among the locked mails, and three prove nothing."""

AGAIN, CHALLENGER, NEW = "model in use", "challenger", "new model"
"""The three trainings, as a progress bar calls them."""


def learn_from_decisions(place: Workplace, today: date | None = None) -> LearningReport:
    """One round; any run may die at any line, and the next begins anew. Raises ModelError.

    `today` is the date noted in a new model.
    """
    remove_left_over(place.settings.data)
    finish_activation(place)
    champion = read_manifest(place.settings.model_dir)
    if question := _still_open(place, champion):
        why = f"review {question.id} asks about a new model: answer it first"
        return LearningReport(outcome=LearningOutcome.WAITS, why=why, review=question.id)
    gathered = gather_rows(place, champion)
    changed = len(gathered.decided)
    if changed < LEAST:
        why = f"reviewers have decided {changed} mails that the model does not know yet; {LEAST} are needed"
        return LearningReport(outcome=LearningOutcome.TOO_FEW, why=why, changed=changed)
    encoder = encoder_named(place.settings.sorting.encoder)
    fingerprint = canonical_hash([gathered.fingerprint, encoder.manifest.sha256 if encoder else ""])
    if fingerprint in challenges.compared_rows(place.store):
        why = "a new model was compared on these very decisions; `mailstage model list` shows how it did"
        return LearningReport(outcome=LearningOutcome.COMPARED, why=why, changed=changed)
    try:
        found = _compared(place, champion, gathered, encoder)
    except TrainingDataError as error:
        return LearningReport(outcome=LearningOutcome.TOO_FEW, why=str(error), changed=changed)
    log.info("step=learning n=%d changed=%d verdict=%s", found.n, changed, found.verdict.replace(" ", "_"))
    if found.verdict is not Verdict.BETTER:
        _note(place, champion, found, fingerprint, changed)
        return LearningReport(outcome=LearningOutcome.REFUSED, why=found.why, changed=changed, comparison=found)
    asked = _put_before_a_person(place, champion, gathered, found, encoder, today)
    _note(place, champion, found, fingerprint, changed, asked.version)
    return asked


def _still_open(place: Workplace, champion: Manifest) -> Review | None:
    """The question that waits; one about a champion that is no longer in use is withdrawn."""
    question = challenges.open_question(place.store)
    if question is None or challenge_of(question).champion == champion.version:
        return question
    challenges.withdraw_question(place.store, question, "the model in use has been changed since")
    return None


def _compared(place: Workplace, in_use: Manifest, gathered: Gathered, encoder: Encoder | None) -> Comparison:
    used = load(place.settings.model_dir)
    look = 1 + challenges.looks_at(place.store, in_use.version)
    known, _ = divided(gathered.known)
    rows, locked = divided(gathered.rows)
    # one that learned from descriptions alone has seen no mail: it is itself compared
    its_own = used.second.encoder if used.second else None
    champion = used if used.suggests else _trained(place, known, its_own, AGAIN)
    challenger = _trained(place, rows, encoder, CHALLENGER)
    locked = unseen(evidence(locked, rows), [one.folder for one in (its_own, encoder) if one])
    terms = terms_of(place.settings)
    decided = np.array(split_by(gathered.decided, locked), dtype=bool)
    return compare(Contestant(champion, len(known)), Contestant(challenger, len(rows)), locked, decided, terms, look)


def _trained(place: Workplace, rows: list[LabelledMail], encoder: Encoder | None, step: str) -> Classifier:
    """Of a model that is compared nothing stays."""
    with set_aside(place.settings.data) as folder:
        train(rows, folder, encoder=encoder, progress=_counted(step))
        return load(folder)


def _put_before_a_person(
    place: Workplace,
    champion: Manifest,
    gathered: Gathered,
    found: Comparison,
    encoder: Encoder | None,
    today: date | None,
) -> LearningReport:
    folder, changed = place.settings.model_dir, len(gathered.decided)
    progress = _counted(NEW)
    made = train(gathered.rows, folder, encoder=encoder, progress=progress, trained=today, activate=False)
    challenge = Challenge(
        why=found.why,
        version=made.version,
        sha256=read_manifest(folder, made.version).sha256,
        champion=champion.version,
        rows=made.n,
        changed=changed,
        comparison=found,
    )
    review = challenges.ask_about_model(place.store, challenge)
    return LearningReport(
        outcome=LearningOutcome.ASKED,
        why=found.why,
        changed=changed,
        comparison=found,
        version=made.version,
        review=review,
    )


def _note(
    place: Workplace, champion: Manifest, found: Comparison, fingerprint: str, changed: int, version: str = ""
) -> None:
    """For the log, without the mails in it; the fingerprint keeps the same rows from being compared again."""
    figures = found.model_dump(mode="json", exclude={"examples", "categories"})
    detail = {**figures, "changed": changed, "fingerprint": fingerprint, "version": version}
    detail["champion"] = champion.version
    challenges.note(place.store, "mailstage", challenges.COMPARED, **detail)


def _counted(step: str) -> Callable[[str], None]:
    """Each word that a training says is one step further."""
    numbers = count(1)
    return lambda _said: report(EVERY_MAILBOX, step, next(numbers))
