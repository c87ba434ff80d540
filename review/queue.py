"""`/`: everything that waits for a person, by its turn (`store/turn.py`); mails of one wording are one entry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from models.errors import NotFound
from models.review import EVERY_MAILBOX, ReviewKind
from review.desk import Desk, desk_of, show
from review.matter import Asked, Filter, Matter, load_matter
from store import queue as entries
from store import reviews
from store.queue import Entry
from store.turn import HEAD_START

PAGE = 25
Counts = Mapping[tuple[str, ReviewKind], int]

router = APIRouter()


@dataclass(frozen=True)
class Choice:
    """One entry of a filter, with how many wait under it."""

    name: str
    number: int
    query: str
    chosen: bool


@dataclass(frozen=True)
class QueuePage:
    rows: tuple[Matter, ...]
    filter: Filter
    mailboxes: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    total: int
    number: int
    pages: int
    hours: int
    """The longest time by which a question may overtake another."""


@router.get("/")
def queue(request: Request, asked: Asked, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> HTMLResponse:
    return show(request, "queue.html.j2", queue_page(desk_of(request), asked, page))


def queue_page(desk: Desk, asked: Filter, number: int) -> QueuePage:
    counts = reviews.count_waiting(desk.store)
    total = _sum(counts, asked)
    lines = entries.count_entries(desk.store, asked.mailbox or None, asked.kinds)
    pages = max(1, -(-lines // PAGE))
    number = min(number, pages)
    found = entries.entries(desk.store, asked.mailbox or None, asked.kinds, limit=PAGE, offset=(number - 1) * PAGE)
    names = sorted({*desk.settings.mailboxes, *(mailbox for mailbox, _ in counts)} - {EVERY_MAILBOX})
    return QueuePage(
        rows=tuple(_row(desk, entry) for entry in found),
        filter=asked,
        mailboxes=tuple(_choice(counts, Filter(name, asked.kind), name, asked) for name in ("", *names)),
        kinds=tuple(_choice(counts, Filter(asked.mailbox, kind), kind, asked) for kind in ("", *ReviewKind)),
        total=total,
        number=number,
        pages=pages,
        hours=int(HEAD_START.total_seconds() // 3600),
    )


def _row(desk: Desk, entry: Entry) -> Matter:
    try:
        return replace(load_matter(desk, entry.review), alike=entry.alike)
    except NotFound:
        # its case is gone: the row still has to be seen, and its page says so
        return Matter(entry.review, alike=entry.alike)


def _choice(counts: Counts, narrowed: Filter, name: str, asked: Filter) -> Choice:
    return Choice(name, _sum(counts, narrowed), narrowed.query, narrowed == asked)


def _sum(counts: Counts, asked: Filter) -> int:
    return sum(
        number
        for (mailbox, kind), number in counts.items()
        if asked.mailbox in ("", mailbox) and (not asked.kinds or kind in asked.kinds)
    )
