"""Coming in and going out. A link only shows a form: mail scanners and previews that open it do not use it up."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import MAX_NAME, SignInFailed
from review.desk import desk_of, go, is_https, show
from review.protection import Person, check_origin
from store import audit

router = APIRouter()


@dataclass(frozen=True)
class SignInPage:
    token: str
    name: str = ""
    longest: int = MAX_NAME


@router.get("/sign-in")
def no_link(request: Request) -> HTMLResponse:
    return show(request, "no_session.html.j2")


@router.get("/sign-in/{token}")
def ask_name(request: Request, token: str) -> HTMLResponse:
    try:
        desk_of(request).gate.check_link(token, _address(request))
    except SignInFailed as failed:
        return show(request, "no_session.html.j2", status=HTTPStatus.FORBIDDEN, problem=str(failed))
    return show(request, "sign_in.html.j2", SignInPage(token))


@router.post("/sign-in")
def sign_in(request: Request, token: Annotated[str, Form()], name: Annotated[str, Form()] = "") -> Response:
    """Spends the link. The log is asked too: it knows links that were used before a restart."""
    check_origin(request)
    desk = desk_of(request)
    try:
        digest = desk.gate.check_link(token, _address(request))
    except SignInFailed as failed:
        return show(request, "no_session.html.j2", status=HTTPStatus.FORBIDDEN, problem=str(failed))
    try:
        session = desk.gate.enter(token, name, _address(request))
    except SignInFailed as failed:
        return show(request, "sign_in.html.j2", SignInPage(token, name), HTTPStatus.CONFLICT, problem=str(failed))
    if not audit.record_once(desk.store, session.name, "sign in", f"link {digest}"):
        problem = "This link has been used already, or is too old."
        return show(request, "no_session.html.j2", status=HTTPStatus.FORBIDDEN, problem=problem)
    response = go(request, "/")
    response.set_cookie(
        desk.gate.cookie_name,
        desk.gate.cookie_of(session),
        max_age=desk.gate.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )
    return response


@router.post("/sign-out")
def sign_out(request: Request, person: Person) -> Response:
    desk = desk_of(request)
    desk.gate.leave(person)
    response = go(request, "/sign-in")
    response.delete_cookie(desk.gate.cookie_name)
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
