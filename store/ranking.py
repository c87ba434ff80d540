"""What the answers to open questions about categories would teach: it falls as people answer others like them.

The turn of a question is always reckoned from when it was asked (`store/turn.py`), so that however often its worth
changes, none that is a head start younger overtakes it. What a person decides on is untouched, and so is its hash.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update

from models.asking import Asking
from models.classification import Classification
from models.review import DECIDED, ReviewKind
from store.classifications import ASKING, answer_of
from store.database import Store
from store.tables import reviews
from store.turn import turn_of

MOST = 100
"""Questions, and answers, that are looked at, at each decision: 15 ms in all, 40 ms among 20,000 that were decided."""


@dataclass(frozen=True)
class OpenQuestion:
    """Review id, and what the model made of the mail."""

    id: int
    answer: Classification


def first_questions(store: Store, mailbox: str, limit: int = MOST) -> list[OpenQuestion]:
    """Those that people come to first."""
    query = (
        select(reviews.c.id, reviews.c.payload)
        .where(reviews.c.outcome.is_(None), reviews.c.mailbox == mailbox, reviews.c.kind == ReviewKind.CATEGORY)
        .order_by(func.coalesce(reviews.c.turn, reviews.c.created), reviews.c.id)
        .limit(limit)
    )
    with store.read() as connection:
        return [OpenQuestion(key, answer_of(payload)) for key, payload in connection.execute(query)]


def answered_lately(store: Store, mailbox: str, versions: Collection[str], limit: int = MOST) -> list[Classification]:
    """What models of these versions had made of the mails that people decided last: an older model, which has been
    learned from since, was unclear about other mail."""
    query = (
        select(reviews.c.payload)
        .where(reviews.c.outcome.in_(DECIDED), reviews.c.mailbox == mailbox, reviews.c.kind == ReviewKind.CATEGORY)
        .where(reviews.c.payload["model_version"].as_string().in_(versions))
        .order_by(reviews.c.decided.desc(), reviews.c.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [answer_of(payload) for payload in connection.execute(query).scalars()]


def save_worth(store: Store, worth: Mapping[int, Asking]) -> int:
    """Gives open questions their new turn; how many have changed. One that was decided meanwhile is left alone."""
    still_open = (reviews.c.id.in_(worth), reviews.c.outcome.is_(None))
    change = update(reviews).where(reviews.c.id == bindparam("key"))
    with store.write() as connection:
        query = (
            select(reviews.c.id, reviews.c.created, reviews.c.payload)
            .where(*still_open)
            .order_by(reviews.c.id)
            .with_for_update()
        )
        rows = connection.execute(query).all()
        told = {key: asking.model_dump(mode="json") for key, asking in worth.items()}
        changes = [
            {"key": key, "payload": {**payload, ASKING: told[key]}, "turn": turn_of(created, worth[key].value)}
            for key, created, payload in rows
            if payload.get(ASKING) != told[key]
        ]
        if changes:
            connection.execute(change, changes)
    return len(changes)
