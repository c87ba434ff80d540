"""What each message was taken for, by whom; the newest row of a case counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from models.case import Case, Stage
from models.classification import Classification
from models.errors import LostRace
from models.record import canonical_hash
from models.review import ReviewKind
from store.cases import move_in
from store.database import Store
from store.reviews import open_review
from store.tables import cases, classifications


@dataclass(frozen=True)
class Categorized:
    """A case, what it was taken for, and where it goes next."""

    case: Case
    classification: Classification | None
    to: Stage
    reason: str = ""


def save_categorized(store: Store, batch: Sequence[Categorized]) -> int:
    """One transaction for a batch: classification, move, and a review for each that asks a person.

    Returns how many moved; one that somebody else moved meanwhile is left as it is.
    """
    moved = 0
    with store.write() as connection:
        for item in batch:
            try:
                after = move_in(connection, store, item.case, item.to, item.reason, _label(item))
            except LostRace:
                continue
            moved += 1
            if item.classification is not None:
                add_classification(connection, store, item.case.id, item.classification)
            if item.to is Stage.AWAITING_CATEGORY and item.classification is not None:
                payload = item.classification.model_dump(mode="json")
                shown = canonical_hash([item.case.id, payload])
                open_review(connection, store, after, ReviewKind.CATEGORY, shown, payload)
    return moved


def _label(item: Categorized) -> str | None:
    return item.classification.category if item.classification and item.to is not Stage.AWAITING_CATEGORY else None


def add_classification(connection: Connection, store: Store, case_id: int, found: Classification) -> None:
    """Keeps a classification, and marks the case's label to be written to the mail server."""
    row = {
        "case_id": case_id,
        "category": found.category,
        "probability": found.probability,
        "decided_by": found.decided_by,
        "record": found.model_dump_json(),
        "created": store.clock(),
    }
    connection.execute(insert(classifications).values(row))
    if found.category and not found.abstained:
        label = cases.update().where(cases.c.id == case_id).values(label=f"+{found.category}")
        connection.execute(label)


def latest_classification(store: Store, case_id: int) -> Classification | None:
    with store.read() as connection:
        return latest_classification_in(connection, case_id)


def latest_classification_in(connection: Connection, case_id: int) -> Classification | None:
    query = select(classifications.c.record).where(classifications.c.case_id == case_id)
    record = connection.execute(query.order_by(classifications.c.id.desc()).limit(1)).scalar()
    return Classification.model_validate_json(record) if record else None
