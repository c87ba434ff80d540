"""`/mailboxes`: how far each mailbox may go, on what evidence, and the switches that stop it at once."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import AfterValidator

from models.drift import Drift
from models.errors import NotFound
from models.review import Review, ReviewKind
from models.rollout import Evidence, MailboxState, Phase
from models.settings import MailboxSettings
from models.typed import typed
from review.desk import Desk, desk_of, go, show
from review.protection import Person
from store import metrics, reviews, rollout
from store.drift import standing_alarm

router = APIRouter(prefix="/mailboxes")
Name = Annotated[str, Form()]
Reason = Annotated[str, AfterValidator(typed), Form(max_length=1_000)]


@dataclass(frozen=True)
class MailboxView:
    """One mailbox. `question` is a promotion that waits in the queue; `next_phase` is None at the top."""

    name: str
    settings: MailboxSettings
    state: MailboxState
    overview: metrics.Overview
    evidence: Evidence
    next_phase: Phase | None
    lower_phase: Phase | None
    question: Review | None
    drift: Drift | None = None
    """The alarm that stands: its mail is no longer what the model learned from."""


@dataclass(frozen=True)
class MailboxesPage:
    mailboxes: tuple[MailboxView, ...]
    everything: MailboxState


@dataclass(frozen=True)
class PromotePage:
    mailbox: MailboxView
    reason: str = ""


def view_mailbox(desk: Desk, name: str) -> MailboxView:
    """Raises NotFound for a mailbox that mailstage.toml does not have."""
    if name not in desk.settings.mailboxes:
        raise NotFound(f"there is no mailbox {name!r} in mailstage.toml")
    settings = desk.settings.mailboxes[name]
    state = rollout.state(desk.store, name, settings.phase)
    waiting = reviews.waiting(desk.store, name, (ReviewKind.PROMOTION,), limit=1)
    return MailboxView(
        name=name,
        settings=settings,
        state=state,
        overview=metrics.overview(desk.store, name),
        evidence=metrics.evidence(desk.store, name, desk.settings.policy.promotion),
        next_phase=Phase(state.phase + 1) if state.phase < Phase.CONVERSE else None,
        lower_phase=Phase(state.phase - 1) if state.phase > Phase.CATEGORIZE else None,
        question=waiting[0] if waiting else None,
        drift=standing_alarm(desk.store, name),
    )


@router.get("")
def mailboxes(request: Request) -> HTMLResponse:
    desk = desk_of(request)
    views = tuple(view_mailbox(desk, name) for name in desk.settings.mailboxes)
    everything = rollout.state(desk.store, rollout.EVERYTHING)
    return show(request, "mailboxes.html.j2", MailboxesPage(views, everything))


@router.post("/pause")
def pause(request: Request, person: Person, mailbox: Name, reason: Reason = "") -> Response:
    return _switch(request, mailbox, True, person.name, reason)


@router.post("/resume")
def resume(request: Request, person: Person, mailbox: Name, reason: Reason = "") -> Response:
    return _switch(request, mailbox, False, person.name, reason)


def _switch(request: Request, mailbox: str, paused: bool, by: str, reason: str) -> Response:
    desk = desk_of(request)
    if mailbox == rollout.EVERYTHING:
        start, what = Phase.CATEGORIZE, "Everything"
    else:
        start, what = view_mailbox(desk, mailbox).settings.phase, mailbox
    rollout.set_paused(desk.store, mailbox, paused, by, reason.strip(), start)
    return go(request, "/mailboxes", f"{what} is {'paused' if paused else 'running again'}.")


@router.post("/demote")
def demote(request: Request, person: Person, mailbox: Name, phase: Annotated[Phase, Form()]) -> Response:
    """Down one phase, at once. `phase` is the one the page showed, so that a second click does not go down twice."""
    desk = desk_of(request)
    view = view_mailbox(desk, mailbox)
    if view.state.phase != phase or view.lower_phase is None:
        return go(request, "/mailboxes", f"{mailbox} is in phase {view.state.phase:d} already.")
    _set_phase(desk, view, view.lower_phase, person.name, "moved down on the mailboxes page")
    return go(request, "/mailboxes", f"{mailbox} is back in phase {view.lower_phase:d}.")


@router.get("/promote")
def ask_promotion(request: Request, mailbox: Annotated[str, Query()]) -> Response:
    view = view_mailbox(desk_of(request), mailbox)
    if view.next_phase is None:
        return go(request, "/mailboxes", f"{mailbox} is in the highest phase already.")
    return show(request, "promote.html.j2", PromotePage(view))


@router.post("/promote")
def promote(
    request: Request, person: Person, mailbox: Name, phase: Annotated[Phase, Form()], reason: Reason = ""
) -> Response:
    """Up one phase. Without enough evidence only with a reason, which is kept in the log."""
    desk = desk_of(request)
    view, reason = view_mailbox(desk, mailbox), reason.strip()
    if view.next_phase is None or view.state.phase != phase:
        return go(request, "/mailboxes", f"{mailbox} is in phase {view.state.phase:d} already.")
    if not view.evidence.suffices and not reason:
        problem = "The evidence does not suffice. Say why it should go up all the same, or leave it where it is."
        return show(request, "promote.html.j2", PromotePage(view), HTTPStatus.CONFLICT, problem=problem)
    said = reason or "the evidence suffices"
    if not view.evidence.suffices:
        said = f"against the evidence ({'; '.join(view.evidence.shortfalls)}): {reason}"
    _set_phase(desk, view, view.next_phase, person.name, said)
    return go(request, "/mailboxes", f"{mailbox} is in phase {view.next_phase:d} now.")


def _set_phase(desk: Desk, view: MailboxView, phase: Phase, by: str, reason: str) -> None:
    rollout.ensure(desk.store, view.name, view.settings.phase)  # so that the log names the right phase it came from
    rollout.set_phase(desk.store, view.name, phase, by, reason)
