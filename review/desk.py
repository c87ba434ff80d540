"""What every page works with, and the ways it answers: a page, or a redirect with a word for the next one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from models.campaign import Together
from models.review import Decision
from models.settings import Settings
from review.auth import Gate, Session
from review.reasons import Reasons
from review.rendering import Pages
from store import rollout
from store.database import Store

NOTE_COOKIE = "mailstage_note"


@dataclass(frozen=True)
class Desk:
    """Made once by `create_app`. `decide` takes an answer, and the same for mails of one wording; it raises
    ApprovalError, LostRace and NotFound with a line for the person."""

    store: Store
    settings: Settings
    decide: Callable[[Decision, Sequence[Decision]], Together]
    safe_html: Callable[[str], str]
    gate: Gate
    pages: Pages
    reasons: Reasons


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def show(
    request: Request, template: str, page: Any = None, status: int = HTTPStatus.OK, problem: str = ""
) -> HTMLResponse:
    """One page. `page` is what the template shows; `problem` is said in red at its top."""
    desk = desk_of(request)
    session: Session | None = getattr(request.state, "session", None)
    sealed = request.cookies.get(NOTE_COOKIE, "")
    html = desk.pages.render(
        template,
        page=page,
        session=session,
        problem=problem,
        note=desk.gate.unseal(sealed) if session else "",
        path=request.url.path,
        company=desk.settings.company.name,
        all_paused=session is not None and rollout.state(desk.store, rollout.EVERYTHING).paused,
    )
    response = HTMLResponse(html, status)
    if sealed:
        response.delete_cookie(NOTE_COOKIE)
    return response


def go(request: Request, to: str, note: str = "") -> Response:
    """Sends the browser on (303, RFC 9110 section 15.4.4); `note` is shown there once."""
    response = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    if note:
        secure = is_https(request)
        sealed = desk_of(request).gate.seal(note[:500])
        response.set_cookie(NOTE_COOKIE, sealed, max_age=60, httponly=True, samesite="lax", secure=secure)
    return response


def is_https(request: Request) -> bool:
    return request.url.scheme == "https" or desk_of(request).settings.review.public_url.startswith("https:")
