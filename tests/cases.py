"""The cases of a store, for tests to look at."""

from collections.abc import Sequence

from sqlalchemy import select

from models.case import Case, Stage
from store.cases import case_of
from store.database import Store
from store.tables import cases


def find_cases(store: Store, mailbox: str | None = None, stages: Sequence[Stage] = (), limit: int = 1000) -> list[Case]:
    """Oldest first."""
    query = select(cases).order_by(cases.c.id).limit(limit)
    if mailbox is not None:
        query = query.where(cases.c.mailbox == mailbox)
    if stages:
        query = query.where(cases.c.stage.in_(stages))
    with store.read() as connection:
        return [case_of(row) for row in connection.execute(query).mappings()]
