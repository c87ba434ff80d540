"""`/conversations`: the list with its filters, and one conversation with its cases and the log of what was decided."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from models.case import Case
from models.conversation import Conversation, ConversationStatus
from models.message import Address
from models.review import Review
from review.desk import desk_of, show
from review.thread import TurnView, view_turn
from store import audit, cases, reviews, turns
from store.conversations import find_conversations, get_conversation
from store.database import Store

PAGE = 30
TURNS = 25
CASES = 100

router = APIRouter(prefix="/conversations")
PageNumber = Annotated[int, Query(ge=1, le=100_000)]


@dataclass(frozen=True)
class Search:
    words: str = ""
    mailbox: str = ""
    status: str = ""

    def query(self, page: int) -> str:
        given = {"words": self.words, "mailbox": self.mailbox, "status": self.status}
        if page > 1:
            given["page"] = str(page)
        return "?" + urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Line:
    conversation: Conversation
    people: tuple[Address, ...]


@dataclass(frozen=True)
class ListPage:
    lines: tuple[Line, ...]
    search: Search
    mailboxes: tuple[str, ...]
    statuses: tuple[ConversationStatus, ...]
    number: int
    more: bool


@dataclass(frozen=True)
class CaseLine:
    """A case of the conversation; `open` is the review that waits, if one does."""

    case: Case
    open: Review | None


@dataclass(frozen=True)
class ConversationPage:
    conversation: Conversation
    people: tuple[Address, ...]
    turns: tuple[TurnView, ...]
    total: int
    number: int
    pages: int
    cases: tuple[CaseLine, ...]
    log: tuple[audit.AuditEntry, ...]


@router.get("")
def conversations(
    request: Request,
    words: Annotated[str, Query(max_length=200)] = "",
    mailbox: str = "",
    status: str = "",
    page: PageNumber = 1,
) -> HTMLResponse:
    desk = desk_of(request)
    chosen = ConversationStatus(status) if status in set(ConversationStatus) else None
    found = find_conversations(
        desk.store, mailbox or None, chosen, limit=PAGE + 1, offset=(page - 1) * PAGE, words=words.strip()
    )
    own = desk.settings.own_addresses
    listed = ListPage(
        lines=tuple(Line(one, _others(one, own)) for one in found[:PAGE]),
        search=Search(words, mailbox, chosen or ""),
        mailboxes=tuple(desk.settings.mailboxes),
        statuses=tuple(ConversationStatus),
        number=page,
        more=len(found) > PAGE,
    )
    return show(request, "conversations.html.j2", listed)


@router.get("/{conversation_id}")
def conversation(request: Request, conversation_id: int, page: PageNumber = 1) -> HTMLResponse:
    desk = desk_of(request)
    found = get_conversation(desk.store, conversation_id)
    total = turns.count_turns(desk.store, conversation_id)
    pages = max(1, -(-total // TURNS))
    number = min(page, pages)
    shown = turns.find_turns(desk.store, conversation_id, TURNS, (number - 1) * TURNS)
    its_cases = cases.cases_of_conversation(desk.store, conversation_id, CASES)
    view = ConversationPage(
        conversation=found,
        people=_others(found, desk.settings.own_addresses),
        turns=tuple(view_turn(numbered) for numbered in shown),
        total=total,
        number=number,
        pages=pages,
        cases=tuple(CaseLine(case, _open_review(desk.store, case)) for case in its_cases),
        log=tuple(audit.entries_about(desk.store, [f"case {case.id}" for case in its_cases])),
    )
    return show(request, "conversation.html.j2", view)


def _others(conversation: Conversation, own: frozenset[str]) -> tuple[Address, ...]:
    return tuple(person for person in conversation.participants if person.address not in own)


def _open_review(store: Store, case: Case) -> Review | None:
    return next((review for review in reviews.reviews_of_case(store, case.id) if review.outcome is None), None)
