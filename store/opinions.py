"""Questions about a category that a large model is asked too, while they wait for a person.

A mail waits for a person from the moment the small model was not sure of it, so a run that dies in the middle holds and
loses nothing. That a mail is asked about is written down before it happens: never twice, and never beyond the budget,
whatever dies or runs beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from models.case import Case, Stage
from models.classification import Classification, DecidedBy
from models.errors import LostRace
from models.message import Message
from models.opinion import Opinion
from models.review import Review, ReviewKind
from store.cases import case_of, move_in
from store.classifications import OPINION, answer_of, classification_row, label_of, shown_hash
from store.database import Store, one_at_a_time
from store.reviews import review_of, withdraw
from store.tables import cases, classifications, messages, reviews

DAY = timedelta(hours=24)
BEING_ASKED = "it was being asked when the run ended"


@dataclass(frozen=True)
class WaitingMail:
    """A mail that waits for a person; `guess` is what the small model made of it."""

    review: Review
    case: Case
    message: Message

    @property
    def guess(self) -> Classification:
        return answer_of(self.review.payload)


def unasked_questions(store: Store, mailbox: str, before: int | None, limit: int) -> list[WaitingMail]:
    """Those that no large model was asked about, the newest first; with `before`, only of reviews with a lower id."""
    asked = select(classifications.c.id).where(
        classifications.c.case_id == cases.c.id, classifications.c.decided_by == DecidedBy.LLM
    )
    query = (
        select(reviews, messages.c.record.label("message_record"))
        .join(cases, cases.c.id == reviews.c.case_id)
        .join(messages, messages.c.id == cases.c.message_id)
        .where(reviews.c.mailbox == mailbox, reviews.c.kind == ReviewKind.CATEGORY, reviews.c.outcome.is_(None))
        .where(cases.c.stage == Stage.AWAITING_CATEGORY, ~asked.exists())
        .order_by(reviews.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(reviews.c.id < before)
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
        ids = [row["case_id"] for row in rows]
        found = connection.execute(select(cases).where(cases.c.id.in_(ids))).mappings()
        by_id = {case.id: case for case in map(case_of, found)}
    return [
        WaitingMail(review_of(row), by_id[row["case_id"]], Message.model_validate_json(row["message_record"]))
        for row in rows
    ]


def begin_asking(
    store: Store, mailbox: str, questions: Sequence[WaitingMail], model: str, per_day: int
) -> dict[int, int]:
    """Writes down that these are asked about, as many as the budget of 24 hours allows and nobody else has begun.

    Returns by case id the row that the answer goes into."""
    begun: dict[int, int] = {}
    asking = Classification(
        category=None,
        probability=0.0,
        decided_by=DecidedBy.LLM,
        model_version=model,
        abstained=True,
        why=BEING_ASKED,
    )
    with store.write() as connection:
        one_at_a_time(connection, f"large model of {mailbox}")
        left = max(0, per_day - _asked_since(connection, mailbox, store))
        ids = [question.case.id for question in questions]
        already = select(classifications.c.case_id).where(
            classifications.c.case_id.in_(ids), classifications.c.decided_by == DecidedBy.LLM
        )
        taken = set(connection.execute(already).scalars())
        for case_id in [one for one in ids if one not in taken][:left]:
            row = classification_row(store, case_id, asking)
            statement = insert(classifications).values(row).returning(classifications.c.id)
            begun[case_id] = connection.execute(statement).scalar_one()
    return begun


def asked_today(store: Store, mailbox: str) -> int:
    """Mails that a large model was asked about within 24 hours, whatever came of it."""
    with store.read() as connection:
        return _asked_since(connection, mailbox, store)


def _asked_since(connection: Connection, mailbox: str, store: Store) -> int:
    # rows come in the order of their time, so only those of the day are read, from the newest down
    older = select(classifications.c.id).where(classifications.c.created <= store.clock() - DAY)
    last_older = connection.execute(older.order_by(classifications.c.id.desc()).limit(1)).scalar() or 0
    query = (
        select(func.count())
        .select_from(classifications)
        .join(cases, cases.c.id == classifications.c.case_id)
        .where(classifications.c.decided_by == DecidedBy.LLM, classifications.c.id > last_older)
        .where(cases.c.mailbox == mailbox)
    )
    return int(connection.execute(query).scalar_one())


def never_asked(store: Store, row: int) -> None:
    """Takes back that a mail is asked about, where that was stopped in time."""
    with store.write() as connection:
        connection.execute(delete(classifications).where(classifications.c.id == row))


def keep_opinion(store: Store, row: int, found: Classification, question: WaitingMail, *, shown: bool) -> None:
    """Keeps what the large model said, or why it said nothing. `shown` adds it to the question, where that is open
    still: a page that was opened before is stale then, as the hash of what is shown is another."""
    with store.write() as connection:
        _fill(connection, row, found)
        if shown:
            _show(connection, question, Opinion(category=found.category, model=found.model_version))


def _show(connection: Connection, question: WaitingMail, opinion: Opinion) -> None:
    still_open = and_(reviews.c.id == question.review.id, reviews.c.outcome.is_(None))
    payload = connection.execute(select(reviews.c.payload).where(still_open).with_for_update()).scalar()
    if payload is not None:
        payload = {**payload, OPINION: opinion.model_dump(mode="json")}
        changed = {"payload": payload, "shown_hash": shown_hash(question.case.id, payload)}
        connection.execute(update(reviews).where(still_open).values(changed))


def answer_instead(store: Store, row: int, found: Classification, question: WaitingMail, reason: str) -> bool:
    """The large model's answer takes the place of a person's: the question is withdrawn and the mail moves on, in one
    transaction. False, and nothing is changed, where somebody was faster."""
    case = question.case
    try:
        with store.write() as connection:
            # question before case, as a person's decision takes them: else the two might wait for each other
            if not withdraw(connection, store, case.id, reason):
                return False
            move_in(connection, store, case, Stage.CATEGORIZED, reason, found.category)
            _fill(connection, row, found)
            connection.execute(update(cases).where(cases.c.id == case.id).values(label=label_of(found)))
    except LostRace:
        return False
    return True


def _fill(connection: Connection, row: int, found: Classification) -> None:
    values = {
        "category": found.category,
        "probability": found.probability,
        "milliseconds": found.milliseconds,
        "cost": found.cost,
        "record": found.model_dump_json(),
    }
    connection.execute(update(classifications).where(classifications.c.id == row).values(values))
