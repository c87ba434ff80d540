"""What people said of the categories that a large model named, counted when it is asked for and never kept.

It counts from the first answer on, since a record that forgot its beginning would be proven anew with each look. So the
database leaves out other versions, and of an answer only what matters here is read: where 100,000 mails were asked
about, 5,000 by this version take 0.3 s, and all of them 3 s.
"""

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import ColumnElement, Select, and_, func, select

from models.classification import Consultation, DecidedBy
from models.opinion import Judgement, stratum_of
from models.review import DECIDED, ReviewKind
from store.database import Store
from store.tables import classifications, reviews


class _Said(BaseModel):
    """What its record needs of a `Classification`."""

    category: str | None
    model_version: str
    abstained: bool
    consultation: Consultation | None = None


def judgements_of(store: Store, mailbox: str, model: str) -> list[Judgement]:
    """In the order of the decisions, one for each mail of a mailbox of which a large model of this version named a
    category and a person was asked as well. What it answered alone is left out: people look at such mail again where it
    looks wrong, so their corrections would tell of its errors alone."""
    with store.read() as connection:
        rows = connection.execute(_asked_and_decided(mailbox, model)).all()
    found: dict[int, Judgement] = {}
    for case_id, record, guess, campaign, category in rows:
        said = _Said.model_validate_json(record)
        if said.model_version == model and said.abstained and said.category and case_id not in found:
            consulted = said.consultation or Consultation()
            found[case_id] = Judgement(
                stratum=stratum_of(said.category, guess),
                category=said.category,
                right=said.category == category,
                wording=(consulted.wording or None) if campaign is None else f"campaign {campaign}",
                audit=consulted.audit,
            )
    return list(found.values())


def _asked_and_decided(mailbox: str, model: str) -> Select[Any]:
    """Case, answer of the large model, guess of the small one, campaign, and the person's last word."""
    asked = select(classifications.c.case_id).where(_by(model))
    by_people = (
        select(
            classifications.c.case_id,
            func.min(classifications.c.id).label("first"),
            func.max(classifications.c.id).label("last"),
        )
        .where(classifications.c.decided_by == DecidedBy.HUMAN, classifications.c.case_id.in_(asked))
        .group_by(classifications.c.case_id)
        .subquery()
    )
    last = classifications.alias("last")
    return (
        select(
            classifications.c.case_id,
            classifications.c.record,
            reviews.c.payload["category"].as_string(),
            reviews.c.campaign,
            last.c.category,
        )
        .join(by_people, by_people.c.case_id == classifications.c.case_id)
        .join(last, last.c.id == by_people.c.last)
        .join(reviews, reviews.c.case_id == classifications.c.case_id)
        .where(_by(model), reviews.c.mailbox == mailbox)
        .where(reviews.c.kind == ReviewKind.CATEGORY, reviews.c.outcome.in_(DECIDED))
        .order_by(by_people.c.first, reviews.c.id)
    )


def _by(model: str) -> ColumnElement[bool]:
    """SQLite takes capitals for small letters here, so what is found is looked at once more."""
    its = classifications.c.record.contains(f'"model_version":{to_json(model).decode()}', autoescape=True)
    return and_(classifications.c.decided_by == DecidedBy.LLM, its)


def spent_on_sorting(store: Store, model: str) -> tuple[int, float]:
    """Mails of all mailboxes that a large model of this version was asked about, and what its answers have cost in US
    dollars."""
    query = select(func.count(), func.coalesce(func.sum(classifications.c.cost), 0.0)).where(_by(model))
    with store.read() as connection:
        asked, cost = connection.execute(query).one()
    return int(asked), float(cost)
