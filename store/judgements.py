"""What people said of the categories that a large model named, counted when it is asked for and never kept."""

from typing import Any

from sqlalchemy import Select, func, select

from models.classification import Classification, DecidedBy
from models.opinion import Judgement, stratum_of
from models.review import Outcome, ReviewKind
from store.classifications import answer_of
from store.database import Store
from store.tables import classifications, reviews

_DECIDED = (Outcome.APPROVED, Outcome.EDITED, Outcome.REJECTED)


def judgements_of(store: Store, model: str) -> list[Judgement]:
    """In the order of the decisions, one for each mail of which a large model of this version named a category and a
    person was asked as well. What it answered alone is left out: people look at such mail again where it looks wrong,
    so their corrections would tell of its errors alone."""
    with store.read() as connection:
        rows = connection.execute(_asked_and_decided()).all()
    found: dict[int, Judgement] = {}
    for case_id, record, payload, wording, category in rows:
        said = Classification.model_validate_json(record)
        if said.model_version == model and said.is_opinion and said.category and case_id not in found:
            found[case_id] = Judgement(
                stratum=stratum_of(said.category, answer_of(payload).category),
                category=said.category,
                right=said.category == category,
                wording=wording,
            )
    return list(found.values())


def _asked_and_decided() -> Select[Any]:
    """Case, answer of the large model, question, wording, and the person's last word."""
    asked = select(classifications.c.case_id).where(classifications.c.decided_by == DecidedBy.LLM)
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
            reviews.c.payload,
            reviews.c.campaign,
            last.c.category,
        )
        .join(by_people, by_people.c.case_id == classifications.c.case_id)
        .join(last, last.c.id == by_people.c.last)
        .join(reviews, reviews.c.case_id == classifications.c.case_id)
        .where(classifications.c.decided_by == DecidedBy.LLM)
        .where(reviews.c.kind == ReviewKind.CATEGORY, reviews.c.outcome.in_(_DECIDED))
        .order_by(by_people.c.first, reviews.c.id)
    )


def spent_on_sorting(store: Store, model: str) -> tuple[int, float]:
    """Mails that a large model of this version was asked about, and what that has cost in US dollars."""
    query = select(classifications.c.record).where(classifications.c.decided_by == DecidedBy.LLM)
    with store.read() as connection:
        found = [Classification.model_validate_json(record) for record in connection.execute(query).scalars()]
    costs = [one.cost for one in found if one.model_version == model]
    return len(costs), sum(costs)
