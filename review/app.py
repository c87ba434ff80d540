"""Puts the pages together. Every page is private, except the sign-in, the static files and the health check."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from models.campaign import Together
from models.errors import MailstageError, NotFound, StoreUnavailable, TemplateError
from models.review import Decision
from models.settings import Settings
from review import conversations, deciding, mailboxes, messages, one, queue, sign_in
from review.auth import Gate
from review.desk import Desk, desk_of, show
from review.protection import HEADERS, NotSignedIn, Shield, signed_in
from review.reasons import Reasons
from review.rendering import Pages, category_title
from store.database import Store

logger = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"


def create_app(
    *,
    store: Store,
    settings: Settings,
    decide: Callable[[Decision, Sequence[Decision]], Together],
    safe_html: Callable[[str], str],
    gate: Gate,
) -> FastAPI:
    """The web application. `decide` carries out a decision, and the same for other mails of its wording, or raises
    an error of models/errors.py with one line for the person; `safe_html` makes a mail's HTML harmless."""
    app = FastAPI(title="Mailstage", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages(settings, store.clock)
    reasons = Reasons(settings.model_dir, lambda name: category_title(settings.category(name), name))
    app.state.desk = Desk(store, settings, decide, safe_html, gate, pages, reasons)
    app.add_middleware(Shield, settings=settings.review)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_api_route("/healthz", healthz)
    app.include_router(sign_in.router)
    for room in (queue, one, deciding, messages, conversations, mailboxes):
        app.include_router(room.router, dependencies=[Depends(signed_in)])
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(MailstageError, _our_error)
    app.add_exception_handler(OverflowError, _no_such_number)
    app.add_exception_handler(Exception, _unexpected)
    return app


def healthz(request: Request) -> JSONResponse:
    """200 when the store answers, else 503."""
    try:
        known = bool(desk_of(request).store.instance)
    except StoreUnavailable:
        known = False
    status = HTTPStatus.OK if known else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": "ok" if known else "the store does not answer"}, status)


def _not_signed_in(request: Request, _error: Exception) -> Response:
    return show(request, "no_session.html.j2", status=HTTPStatus.UNAUTHORIZED)


def _bad_request(request: Request, _error: Exception) -> Response:
    return show(request, "error.html.j2", "This address or form is not complete.", HTTPStatus.BAD_REQUEST)


def _no_such_number(request: Request, _error: Exception) -> Response:
    """An id beyond what a database can count to."""
    return show(request, "error.html.j2", "There is no such page.", HTTPStatus.NOT_FOUND)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {404: "There is no such page.", 405: "This page cannot be used that way."}
    return show(request, "error.html.j2", said.get(error.status_code, error.detail), error.status_code)


def _our_error(request: Request, error: Exception) -> Response:
    if isinstance(error, NotFound):
        return show(request, "error.html.j2", str(error), HTTPStatus.NOT_FOUND)
    logger.warning("%s %s: %s", request.method, request.url.path, error)
    if isinstance(error, StoreUnavailable | TemplateError):  # a page needs both
        return PlainTextResponse(f"Mailstage: {error}\n", HTTPStatus.SERVICE_UNAVAILABLE)
    return show(request, "error.html.j2", str(error), HTTPStatus.SERVICE_UNAVAILABLE)


def _unexpected(request: Request, _error: Exception) -> Response:
    """Starlette logs the traceback and answers outside of the Shield, so the headers are put on here."""
    said = "Something went wrong here, and nothing was decided. The log of `mailstage serve` says what."
    response = show(request, "error.html.j2", said, HTTPStatus.INTERNAL_SERVER_ERROR)
    response.headers.update(HEADERS)
    return response
