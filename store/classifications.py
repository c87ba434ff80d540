"""What each message was taken for, by whom; the newest row of a case counts, but for mere opinions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models.asking import Asking
from models.campaign import Fingerprint, Precedent
from models.case import Case, Stage
from models.classification import Classification
from models.conversation import ConversationStatus
from models.opinion import Opinion
from models.record import canonical_hash
from models.review import ReviewKind
from store.campaigns import join_campaigns, precedents_in
from store.cases import Move, move_batch
from store.conversations import set_status
from store.database import Store
from store.labels import PENDING
from store.reviews import Question, open_review, open_reviews
from store.tables import cases, classifications, reviews

_FIELDS = frozenset(Classification.model_fields)
ASKING, PRECEDENT, OPINION = "asking", "precedent", "opinion"
"""What the payload of a question about a category says besides the classification."""


@dataclass(frozen=True)
class Categorized:
    """A case, what it was taken for, and where it goes next."""

    case: Case
    classification: Classification | None
    to: Stage
    reason: str = ""
    asking: Asking | None = None
    """How much the answer of a person would teach; None where nobody is asked, or nobody has reckoned it."""
    fingerprint: Fingerprint | None = None
    """Of the wording, where a person is asked."""

    @property
    def kept(self) -> str | None:
        """The category that the case bears from now on."""
        asks = self.to is Stage.AWAITING_CATEGORY
        return self.classification.category if self.classification and not asks else None

    @property
    def label(self) -> str | None:
        return label_of(self.classification) if self.classification else None


def save_categorized(store: Store, batch: Sequence[Categorized]) -> int:
    """One transaction for a batch: classification, move, and a review for each that asks a person.

    Returns how many moved; one that somebody else moved meanwhile is left as it is.
    """
    with store.write() as connection:
        moves = [Move(item.case, item.to, item.reason, item.kept, item.label) for item in batch]
        moved = move_batch(connection, store, moves)
        done = [item for item in batch if item.case.id in moved and item.classification is not None]
        rows = [classification_row(store, item.case.id, item.classification) for item in done if item.classification]
        if rows:
            connection.execute(insert(classifications), rows)
        for item in batch:
            if item.case.id in moved and item.to in (Stage.QUARANTINED, Stage.ESCALATED):
                shown = canonical_hash([item.case.id, item.reason])
                open_review(connection, store, item.case, ReviewKind.ACTION, shown, {"why": item.reason})
        taken = [item.case.conversation_id for item in batch if item.case.id in moved and item.to is Stage.ESCALATED]
        set_status(connection, taken, ConversationStatus.ESCALATED)
        _ask(connection, store, [item for item in done if item.to is Stage.AWAITING_CATEGORY])
    return len(moved)


def _ask(connection: Connection, store: Store, batch: Sequence[Categorized]) -> None:
    """A question for each; mail of a wording that people have decided before says so."""
    campaigns = _campaigns(connection, store, batch)
    precedents = precedents_in(connection, set(campaigns.values())) if campaigns else {}
    questions = []
    for item in batch:
        campaign = campaigns.get(item.case.id)
        payload = _payload(item, None if campaign is None else precedents.get(campaign))
        share = item.asking.value if item.asking else 1.0
        questions.append(Question(item.case, shown_hash(item.case.id, payload), payload, share, campaign))
    open_reviews(connection, store, ReviewKind.CATEGORY, questions)


def shown_hash(case_id: int, payload: Mapping[str, Any]) -> str:
    """Of what a person decides on; a question's turn, which others' answers change, is no part of that."""
    return canonical_hash([case_id, {name: value for name, value in payload.items() if name != ASKING}])


def _payload(item: Categorized, precedent: Precedent | None) -> dict[str, Any]:
    assert item.classification is not None
    payload = item.classification.model_dump(mode="json")
    if item.asking:
        payload[ASKING] = item.asking.model_dump(mode="json")
    if precedent:
        payload[PRECEDENT] = precedent.model_dump(mode="json")
    return payload


def _campaigns(connection: Connection, store: Store, batch: Sequence[Categorized]) -> dict[int, int]:
    """By case, for those with a fingerprint."""
    found: dict[int, int] = {}
    for mailbox in {item.case.mailbox for item in batch}:
        marked = [(item.case.id, item.fingerprint) for item in batch if item.case.mailbox == mailbox]
        ids = [case for case, fingerprint in marked if fingerprint]
        keys = join_campaigns(connection, store, mailbox, [fingerprint for _, fingerprint in marked if fingerprint])
        found |= dict(zip(ids, keys, strict=True))
    return found


def asked_answers(store: Store, mailbox: str, limit: int = 200) -> list[Classification]:
    """What the model made of the mails whose category people are asked for, the newest first."""
    query = (
        select(reviews.c.payload)
        .where(reviews.c.mailbox == mailbox, reviews.c.kind == ReviewKind.CATEGORY, reviews.c.outcome.is_(None))
        .order_by(reviews.c.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [answer_of(payload) for payload in connection.execute(query).scalars()]


def answer_of(payload: Mapping[str, Any]) -> Classification:
    """The classification that a question about a category was asked with."""
    own = {name: value for name, value in payload.items() if name in _FIELDS}
    return Classification.model_validate(own)


def asking_in(payload: Mapping[str, Any]) -> Asking | None:
    """How much the answer would teach, where that was reckoned."""
    return Asking.model_validate(payload[ASKING]) if ASKING in payload else None


def precedent_in(payload: Mapping[str, Any]) -> Precedent | None:
    """What people had made of mails of the same wording when the question was asked; None where they had of none."""
    return Precedent.model_validate(payload[PRECEDENT]) if PRECEDENT in payload else None


def opinion_in(payload: Mapping[str, Any]) -> Opinion | None:
    """What a large model says of the mail, where it was asked and a person is shown it."""
    return Opinion.model_validate(payload[OPINION]) if OPINION in payload else None


def insert_sorted(connection: Connection, store: Store, found: Sequence[tuple[Case, Classification]]) -> None:
    """What cases were taken for that were sorted before they were opened, or after they were filed."""
    if found:
        connection.execute(insert(classifications), [classification_row(store, case.id, kept) for case, kept in found])


def add_classification(connection: Connection, store: Store, case_id: int, found: Classification) -> None:
    """Keeps a classification, and marks the case's label to be written to the mail server."""
    connection.execute(insert(classifications).values(classification_row(store, case_id, found)))
    if label := label_of(found):
        connection.execute(update(cases).where(cases.c.id == case_id).values(label=label))


def classification_row(store: Store, case_id: int, found: Classification) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "category": found.category,
        "probability": found.probability,
        "decided_by": found.decided_by,
        "milliseconds": found.milliseconds,
        "cost": found.cost,
        "record": found.model_dump_json(),
        "created": store.clock(),
    }


def label_of(found: Classification) -> str | None:
    """The label that is still to be written, see `store.labels`; None for an answer that nobody stands by."""
    return f"{PENDING}{found.category}" if found.category and not found.abstained else None


def latest_classification(store: Store, case_id: int) -> Classification | None:
    with store.read() as connection:
        return latest_classification_in(connection, case_id)


def latest_classification_in(connection: Connection, case_id: int) -> Classification | None:
    query = select(classifications.c.record).where(classifications.c.case_id == case_id)
    records = connection.execute(query.order_by(classifications.c.id.desc())).scalars()
    return next((found for found in map(Classification.model_validate_json, records) if not found.is_opinion), None)
