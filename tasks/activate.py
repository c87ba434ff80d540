"""Changes the model in use and the versions beside it, each time by a person's word: an answer, or a command.

An approval is written down first and carried out second; what a crash leaves undone between the two, the next run does.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ml.small import registry
from ml.small.classifier import Classifier
from ml.small.manifest import VERSIONS, read_manifest
from ml.small.removal import others
from models.challenge import Challenge
from models.errors import ApprovalError, ConfigurationError, MissingExtra, ModelError, ModelNotTrained, NotFound
from models.record import Record
from models.review import Decision, Outcome, Review
from store import challenges
from store.challenges import challenge_of
from store.decisions import close_mailbox_review
from tasks.categorize import check_categories
from tasks.progress import log
from tasks.set_aside import left_over, remove_left_over
from tasks.workplace import Workplace

FORGOTTEN = "model versions forgotten"


class OtherVersions(Record):
    """All but the version `in_use`, and what killed comparisons left; `files` and folders are named from the model
    folder on."""

    in_use: str
    versions: tuple[str, ...]
    files: tuple[str, ...]


def load_model(place: Workplace) -> Classifier:
    """The model in use, read anew; one that was approved comes into use first. Raises ModelError."""
    finish_activation(place)
    return registry.load(place.settings.model_dir)


def answer_question(place: Workplace, review: Review, decision: Decision) -> None:
    """A person's answer to a `model` review. Raises ApprovalError for a yes to what is no longer what was shown."""
    if decision.outcome is Outcome.EDITED:
        raise ApprovalError(f"a model cannot be edited: approve or reject review {review.id}")
    if decision.outcome is Outcome.APPROVED:
        _check(place, challenge_of(review))
    close_mailbox_review(place.store, decision)
    finish_activation(place)


def finish_activation(place: Workplace) -> None:
    """Carries out an approval that is not carried out yet. What cannot be is noted, and the champion stays."""
    review = challenges.approved_not_active(place.store)
    if review is None:
        return
    detail = {"review": review.id, "version": review.payload.get("version"), "before": _in_use(place)}
    try:
        challenge = challenge_of(review)
        if _in_use(place) != challenge.version:
            _check(place, challenge)
            registry.activate(place.settings.model_dir, challenge.version)
    except ApprovalError as error:
        challenges.note(place.store, "mailstage", challenges.OVERTAKEN, **detail, reason=str(error))
        return
    except OSError as error:  # a full disk, say: mail is sorted by the champion until the next run tries again
        log.warning("step=activating review=%d error=%s", review.id, error)
        return
    challenges.note(place.store, review.decided_by, challenges.ACTIVATED, **detail)


def activate_model(place: Workplace, version: str, by: str, reason: str = "", *, force: bool = False) -> str:
    """By a person's command; returns the version used before.

    Raises ApprovalError where a question about the version stands against it, NotFound, ModelError for a damaged one.
    """
    finish_activation(place)
    question = challenges.open_question(place.store)
    if question and challenge_of(question).version == version:
        raise ApprovalError(
            f"review {question.id} asks about {version}: `mailstage approve {question.id}` activates it"
        )
    rejected = _rejection(place, version)
    if rejected and not (force and reason):
        raise ApprovalError(
            f"{rejected.decided_by} rejected {version} ({rejected.reason}): override with --force --reason '…'"
        )
    before = _in_use(place)
    manifest = read_manifest(place.settings.model_dir, version)
    check_categories(place.settings, manifest.labels)
    if before != version:
        with _folder_written():
            registry.activate(place.settings.model_dir, version)
        challenges.note(place.store, by, challenges.ACTIVATED, version=version, before=before, reason=reason)
    return before


def roll_back_model(place: Workplace, by: str, reason: str = "") -> tuple[str, str]:
    """Back to the version that was used before; returns that one and the one left. Raises NotFound, ModelError."""
    finish_activation(place)
    left = read_manifest(place.settings.model_dir).version
    with _folder_written():
        version = registry.roll_back(place.settings.model_dir)
    challenges.note(place.store, by, challenges.ROLLED_BACK, version=version, before=left, reason=reason)
    return version, left


def other_versions(place: Workplace) -> OtherVersions:
    """What `forget_models` would remove. Raises ApprovalError while a new model is not settled, ModelError."""
    finish_activation(place)
    if question := challenges.open_question(place.store):
        raise ApprovalError(f"review {question.id} asks about a new model: answer it first, then forget")
    if approved := challenges.approved_not_active(place.store):
        raise ApprovalError(f"the model that review {approved.id} approved is not in use yet: free the disk, try again")
    folder = place.settings.model_dir
    used = read_manifest(folder).version
    with _folder_written():
        found = others(folder)
        found += left_over(place.settings.data)
    names = {path.name.partition(".")[0] for path in found if path.parent.name == VERSIONS}
    return OtherVersions(
        in_use=used, versions=tuple(sorted(names)), files=tuple(os.path.relpath(path, folder) for path in found)
    )


def forget_models(place: Workplace, by: str, reason: str = "") -> OtherVersions:
    """Removes all versions but the one in use, with the mail that they keep; returns them.

    Raises as `other_versions`, and ModelError where the model in use is damaged: the way back from it stays then.
    """
    found = other_versions(place)
    if found.files:
        with _folder_written():
            registry.forget_others(place.settings.model_dir)
        remove_left_over(place.settings.data)
        detail = {"in_use": found.in_use, "versions": found.versions, "files": len(found.files), "reason": reason}
        challenges.note(place.store, by, FORGOTTEN, **detail)
    return found


def _check(place: Workplace, challenge: Challenge) -> None:
    """Raises ApprovalError unless the challenger is whole, the very one that was compared, and against the champion."""
    folder = place.settings.model_dir
    again = "say no; `mailstage model learn` compares again"
    if _in_use(place) != challenge.champion:
        raise ApprovalError(f"the model in use is no longer {challenge.champion}, which it was compared with: {again}")
    try:
        manifest = read_manifest(folder, challenge.version)
        registry.load(folder, challenge.version)
        check_categories(place.settings, manifest.labels)
    except (ModelError, NotFound, MissingExtra, ConfigurationError) as error:
        raise ApprovalError(f"the new model cannot be used ({error}): {again}") from error
    if manifest.sha256 != challenge.sha256:
        raise ApprovalError(f"the new model is not the one that was compared (its hash differs): {again}")


@contextmanager
def _folder_written() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(f"the model folder cannot be written ({error.strerror or error}): the model stays") from error


def _in_use(place: Workplace) -> str:
    try:
        return read_manifest(place.settings.model_dir).version
    except ModelNotTrained:
        return ""


def _rejection(place: Workplace, version: str) -> Review | None:
    """The last answer about the version, where it was a no."""
    for review in challenges.decided_questions(place.store):
        if review.payload.get("version") == version and review.outcome is not Outcome.EXPIRED:
            return review if review.outcome is Outcome.REJECTED else None
    return None
