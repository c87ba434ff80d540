"""What guards every request: the host it names, its size, the headers of the answer, the session and the form token."""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.settings import ReviewSettings
from review.auth import Session
from review.desk import desk_of

MAX_BODY = 2_000_000
"""Bytes of a form: a reply of 200,000 characters, percent-encoded, with room to spare."""
CONTENT_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class NotSignedIn(Exception):
    """Raised by `signed_in`; the app answers it with the page that says how to get a link."""


class Shield:
    """Refuses unknown hosts and huge bodies, and puts the security headers on every answer that has none of its own."""

    def __init__(self, app: ASGIApp, settings: ReviewSettings) -> None:
        self.app = app
        self.names = {"localhost", settings.host.lower(), urlsplit(settings.public_url).hostname or "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(Headers(scope=scope), scope["method"])
        await (refusal or self.app)(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, method: str) -> PlainTextResponse | None:
        if not self._is_ours(headers.get("host", "")):
            text = "This is not the address that Mailstage is configured for: see public_url in mailstage.toml.\n"
            return PlainTextResponse(text, HTTPStatus.MISDIRECTED_REQUEST)
        length = headers.get("content-length", "0" if method == "GET" else "")
        if "transfer-encoding" in headers or (not length.isdecimal() and method == "POST"):
            return PlainTextResponse("Say how long the request is.\n", HTTPStatus.LENGTH_REQUIRED)
        if length.isdecimal() and int(length) > MAX_BODY:
            return PlainTextResponse("This is too long to send.\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return None

    def _is_ours(self, host: str) -> bool:
        """DNS rebinding needs a name, so a literal IP address is always fine."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def signed_in(request: Request) -> Session:
    """The session of a request; for a POST, only when the form token and the origin are right too."""
    desk = desk_of(request)
    session = desk.gate.session_of(request.cookies.get(desk.gate.cookie_name, ""))
    if session is None:
        raise NotSignedIn
    request.state.session = session
    if request.method != "GET":
        check_origin(request)
        form = await request.form()
        if not secret_equal(str(form.get("csrf", "")), session.csrf):
            raise HTTPException(HTTPStatus.FORBIDDEN, "This form is not from your session. Go back and try again.")
    return session


Person = Annotated[Session, Depends(signed_in)]
"""Who is signed in, for a page that needs the name."""


def check_origin(request: Request) -> None:
    """Refuses a form that another site has sent (Fetch standard, Origin and Sec-Fetch-Site).

    Under `Referrer-Policy: no-referrer` browsers say `Origin: null` even for our own forms: Sec-Fetch-Site decides.
    """
    origin = request.headers.get("origin", "null")
    ours = {request.headers.get("host", ""), urlsplit(desk_of(request).settings.review.public_url).netloc}
    same = urlsplit(origin).netloc in ours if origin != "null" else _fetched_from_here(request)
    if not same:
        raise HTTPException(HTTPStatus.FORBIDDEN, "This form came from another site, so it was not accepted.")


def _fetched_from_here(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def secret_equal(given: str, right: str) -> bool:
    from hmac import compare_digest

    return compare_digest(given.encode(), right.encode())
