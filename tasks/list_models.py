"""Which models there are, and what people have said about each."""

from ml.small.manifest import read_manifest, versions
from models.challenge import ModelVersion
from models.review import Outcome
from store.challenges import decided_questions, open_question
from tasks.workplace import Workplace


def list_models(place: Workplace) -> list[ModelVersion]:
    """Those on disk, the newest first. Raises ModelNotTrained where there is none."""
    folder = place.settings.model_dir
    used = read_manifest(folder)
    notes = _notes(place)
    return [
        ModelVersion(
            version=one.version,
            trained=one.trained,
            rows=one.rows,
            accuracy=one.accuracy,
            in_use=one.version == used.version,
            previous=one.version == used.parent,
            note=notes.get(one.version, ""),
        )
        for one in versions(folder)
    ]


def _notes(place: Workplace) -> dict[str, str]:
    """By version, the last word about it."""
    said = {}
    for review in reversed(decided_questions(place.store)):
        if review.outcome in (Outcome.APPROVED, Outcome.REJECTED):
            said[review.payload.get("version", "")] = f"{review.outcome} by {review.decided_by} (review {review.id})"
    if question := open_question(place.store):
        said[question.payload.get("version", "")] = f"waits for you: review {question.id}"
    return said
