"""What people have said mail is: labels to learn from.

Every category that a person chose is kept as a classification of theirs, the mail that is none of them as one without a
category. What became of a draft says nothing here: a reply may be wrong under the right category.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.classification import DecidedBy
from models.message import Message
from store.database import Store
from store.tables import cases, classifications, messages


@dataclass(frozen=True)
class Correction:
    """A mail and its category by the last word of a person; None is out of scope."""

    message: Message
    category: str | None


def corrections(store: Store) -> list[Correction]:
    """One for each mail that people have sorted, in the order of their decisions: of two alike the later counts."""
    by_people = classifications.c.decided_by == DecidedBy.HUMAN
    newest = select(func.max(classifications.c.id)).where(by_people).group_by(classifications.c.case_id)
    query = (
        select(classifications.c.category, messages.c.record)
        .join(cases, cases.c.id == classifications.c.case_id)
        .join(messages, messages.c.id == cases.c.message_id)
        .where(classifications.c.id.in_(newest))
        .order_by(classifications.c.id)
    )
    with store.read() as connection:
        rows = connection.execute(query)
        return [Correction(Message.model_validate_json(row.record), row.category) for row in rows]
