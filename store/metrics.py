"""Figures read out of the store: the evidence for a promotion and the overview of a mailbox."""

import math
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from models.case import Stage
from models.classification import Classification, DecidedBy
from models.outbox import OutboxState
from models.record import Record
from models.review import Outcome, ReviewKind
from models.rollout import Evidence, Phase, Proportion, Requirement
from store.database import Store
from store.decisions import POLICY
from store.tables import cases, classifications, messages, outbox, reviews

Z = 1.959964
"""Quantile of the normal distribution for a 95% interval."""

INCIDENTS = (Stage.ESCALATED, Stage.QUARANTINED, Stage.UNKNOWN)


class Overview(Record):
    """One line of the demo's table and of the mailboxes page."""

    mailbox: str
    seen: int
    categorised: int
    waiting: int
    to_send: int
    drafted: int
    by_policy: int
    sent: int
    escalated: int
    skipped: int
    filed: int
    quarantined: int
    sorting_milliseconds: float = 0.0
    """Mean time of an answer of the model, its batch shared among its mails."""
    sorting_cost: float = 0.0
    """US dollars, of all answers."""


def proportion(successes: int, trials: int) -> Proportion:
    """With its 95% Wilson score interval (E. B. Wilson, JASA 22, 1927)."""
    if trials == 0:
        return Proportion(successes=0, trials=0)
    share, spread = successes / trials, Z * Z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return Proportion(successes=successes, trials=trials, low=max(0.0, centre - half), high=min(1.0, centre + half))


def evidence(store: Store, mailbox: str, needed: Requirement, phase: Phase = Phase.CATEGORIZE) -> Evidence:
    """What speaks for and against letting a mailbox go one phase further than `phase`."""
    with store.read() as connection:
        right, judged = _category_accuracy(connection, mailbox)
        unchanged, decided = _acceptance(connection, mailbox)
        incidents = _count_cases(connection, mailbox, INCIDENTS)
        reviewed = _reviewed(connection, mailbox)
    accuracy, acceptance = proportion(right, judged), proportion(unchanged, decided)
    return Evidence(
        mailbox=mailbox,
        reviewed=reviewed,
        category_accuracy=accuracy,
        acceptance=acceptance,
        open_incidents=incidents,
        needed=needed,
        shortfalls=tuple(_shortfalls(reviewed, accuracy, acceptance, incidents, needed, phase)),
    )


def _shortfalls(
    reviewed: int,
    accuracy: Proportion,
    acceptance: Proportion,
    incidents: int,
    needed: Requirement,
    phase: Phase,
) -> list[str]:
    found = []
    if reviewed < needed.reviewed:
        found.append(f"{reviewed} reviewed cases, {needed.reviewed} needed")
    if phase >= Phase.DRAFT and acceptance.trials < needed.reviewed:
        found.append(f"{acceptance.trials} drafts decided, {needed.reviewed} needed")
    if accuracy.trials and accuracy.low < needed.category_accuracy:
        found.append(f"category accuracy is at least {accuracy.low:.0%}, {needed.category_accuracy:.0%} needed")
    if acceptance.trials and acceptance.low < needed.acceptance:
        found.append(f"acceptance of drafts is at least {acceptance.low:.0%}, {needed.acceptance:.0%} needed")
    if incidents > needed.open_incidents:
        found.append(f"{incidents} open incidents, at most {needed.open_incidents} allowed")
    return found


def _reviewed(connection: Connection, mailbox: str) -> int:
    query = select(func.count(reviews.c.case_id.distinct())).where(
        reviews.c.mailbox == mailbox,
        reviews.c.outcome.in_([Outcome.APPROVED, Outcome.EDITED, Outcome.REJECTED]),
        reviews.c.decided_by != POLICY,
    )
    return int(connection.execute(query).scalar_one())


def _category_accuracy(connection: Connection, mailbox: str) -> tuple[int, int]:
    """Of the cases a person looked at: how often the model's first choice was the category it ended with."""
    looked_at = select(reviews.c.case_id).where(
        reviews.c.mailbox == mailbox,
        reviews.c.kind.in_([ReviewKind.CATEGORY, ReviewKind.DRAFT]),
        reviews.c.outcome.in_([Outcome.APPROVED, Outcome.EDITED])
        | ((reviews.c.kind == ReviewKind.CATEGORY) & (reviews.c.outcome == Outcome.REJECTED)),
        reviews.c.decided_by != POLICY,
    )
    query = (
        select(classifications.c.case_id, classifications.c.record)
        .where(classifications.c.case_id.in_(looked_at))
        .order_by(classifications.c.id)
    )
    first: dict[int, Classification] = {}
    last: dict[int, Classification] = {}
    for case_id, record in connection.execute(query):
        found = Classification.model_validate_json(record)
        if found.is_opinion:
            continue
        if found.decided_by is DecidedBy.LLM:
            first[case_id] = found  # it answered in place of the small model
        first.setdefault(case_id, found)
        last[case_id] = found
    right = sum(_first_choice(first[case]) == last[case].category for case in first)
    return right, len(first)


def _first_choice(found: Classification) -> str | None:
    if found.category is None and found.alternatives:
        return found.alternatives[0].category
    return found.category


def _acceptance(connection: Connection, mailbox: str) -> tuple[int, int]:
    query = select(reviews.c.outcome, func.count()).where(
        reviews.c.mailbox == mailbox,
        reviews.c.kind == ReviewKind.DRAFT,
        reviews.c.outcome.in_([Outcome.APPROVED, Outcome.EDITED, Outcome.REJECTED]),
        reviews.c.decided_by != POLICY,
    )
    found: dict[str, int] = dict(connection.execute(query.group_by(reviews.c.outcome)).tuples().all())
    return found.get(Outcome.APPROVED, 0), sum(found.values())


def recent_acceptance(store: Store, mailbox: str, limit: int, since: datetime | None) -> Proportion:
    """Of the last `limit` drafts that a person decided since the mailbox entered its phase."""
    query = select(reviews.c.outcome).where(
        reviews.c.mailbox == mailbox,
        reviews.c.kind == ReviewKind.DRAFT,
        reviews.c.outcome.in_([Outcome.APPROVED, Outcome.EDITED, Outcome.REJECTED]),
        reviews.c.decided_by != POLICY,
    )
    if since:
        query = query.where(reviews.c.decided >= since)
    with store.read() as connection:
        outcomes = connection.execute(query.order_by(reviews.c.id.desc()).limit(limit)).scalars().all()
    return proportion(sum(outcome == Outcome.APPROVED for outcome in outcomes), len(outcomes))


def _count_cases(connection: Connection, mailbox: str, stages: Sequence[Stage]) -> int:
    query = select(func.count()).where(cases.c.mailbox == mailbox, cases.c.stage.in_(stages))
    return int(connection.execute(query).scalar_one())


def overview(store: Store, mailbox: str) -> Overview:
    with store.read() as connection:

        def count(*stages: Stage) -> int:
            return _count_cases(connection, mailbox, stages)

        def count_replies(*conditions: object) -> int:
            query = select(func.count()).where(outbox.c.mailbox == mailbox, *conditions)  # type: ignore[arg-type]
            return int(connection.execute(query).scalar_one())

        seen = select(func.count()).where(messages.c.mailbox == mailbox, messages.c.ours.is_(False))
        categorised = select(func.count()).where(cases.c.mailbox == mailbox, cases.c.category.is_not(None))
        drafted = (
            select(func.count(cases.c.id.distinct()))
            .join(reviews, reviews.c.case_id == cases.c.id)
            .where(cases.c.mailbox == mailbox, reviews.c.kind == ReviewKind.DRAFT)
        )
        taken, cost = _sorting(connection, mailbox)
        return Overview(
            mailbox=mailbox,
            seen=int(connection.execute(seen).scalar_one()),
            categorised=int(connection.execute(categorised).scalar_one()),
            waiting=count(Stage.AWAITING_CATEGORY, Stage.AWAITING_APPROVAL),
            to_send=count(Stage.APPROVED, Stage.SENDING),
            drafted=int(connection.execute(drafted).scalar_one()),
            by_policy=count_replies(outbox.c.by_policy),
            sent=count_replies(outbox.c.state == OutboxState.SENT),
            escalated=count(Stage.ESCALATED, Stage.UNKNOWN),
            skipped=count(Stage.SKIPPED),
            filed=count(Stage.FILED),
            quarantined=count(Stage.QUARANTINED),
            sorting_milliseconds=round(taken, 3),
            sorting_cost=round(cost, 6),
        )


def _sorting(connection: Connection, mailbox: str) -> tuple[float, float]:
    """Mean milliseconds of the answers of the small model that took any time, and the dollars of all."""
    by_small = (classifications.c.decided_by != DecidedBy.LLM) & (classifications.c.milliseconds > 0)
    query = (
        select(func.avg(case((by_small, classifications.c.milliseconds))), func.sum(classifications.c.cost))
        .join(cases, cases.c.id == classifications.c.case_id)
        .where(cases.c.mailbox == mailbox)
    )
    taken, cost = connection.execute(query).one()
    return float(taken or 0.0), float(cost or 0.0)
