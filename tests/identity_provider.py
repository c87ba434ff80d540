"""An identity provider on loopback: a real HTTP server that checks what it is asked (RFC 6749, 7662, 8628).

It hands out refresh tokens that it may rotate, access tokens that expire, and whatever failure a test asks for.
"""

import base64
import hashlib
import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from models.oauth2 import OAuth2
from models.secret import Secret

CLIENT = "mailstage-client"
CLIENT_SECRET = "client-secret-7f3a"
SECRET_VARIABLE, REFRESH_VARIABLE = "PROVIDER_CLIENT_SECRET", "PROVIDER_REFRESH_TOKEN"
SCOPE = "mail.read mail.send offline_access"


@dataclass(frozen=True)
class Failure:
    """An answer instead of the right one; `seconds` late, with `drip` seconds after each byte."""

    status: int = 400
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    drip: float = 0.0


def error(code: str, description: str = "") -> Failure:
    return Failure(400, json.dumps({"error": code, "error_description": description}).encode())


class IdentityProvider:
    """`with IdentityProvider() as provider:` listens; `provider.oauth2(folder)` are settings for it."""

    def __init__(self, user: str = "support@example.com", *, rotates: bool = False, lifetime: float = 3600.0) -> None:
        self.user, self.rotates, self.lifetime = user, rotates, lifetime
        self.refresh_token = "refresh-0"
        self.valid: set[str] = set()
        """Access tokens that a mail server may accept."""
        self.asked: list[dict[str, str]] = []
        """Forms of the requests for tokens, in order."""
        self.introspected = 0
        self.failures: list[Failure] = []
        """Used up one after another before any right answer."""
        self.pending = 0
        """How often a device code is still pending."""
        self._challenge = ""
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def oauth2(self, folder: Any, **more: Any) -> OAuth2:
        settings: dict[str, Any] = {
            "client_id": CLIENT,
            "client_secret": Secret(env=SECRET_VARIABLE),
            "refresh_token": Secret(env=REFRESH_VARIABLE),
            "scope": SCOPE,
            "token_url": f"{self.url}/token",
            "device_url": f"{self.url}/device",
            "authorize_url": f"{self.url}/authorize",
            "timeout": 5.0,
            "folder": folder,
        }
        return OAuth2(**(settings | more))

    def revoke(self) -> None:
        """No access token that has been given out is good any more."""
        self.valid.clear()

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked.append(form)
            if form.get("client_id") != CLIENT or form.get("client_secret") != CLIENT_SECRET:
                return 401, {"error": "invalid_client"}
            return self._granted(form)

    def _granted(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match form.get("grant_type"):
            case "refresh_token" if form.get("refresh_token") == self.refresh_token:
                if self.rotates:
                    self.refresh_token = f"refresh-{len(self.asked)}"
                    return 200, {**self._access(), "refresh_token": self.refresh_token}
                return 200, self._access()
            case "refresh_token":
                said = f"AADSTS70000: the token {form.get('refresh_token')} has expired or was revoked"
                return 400, {"error": "invalid_grant", "error_description": said}
            case "client_credentials" if form.get("scope"):
                return 200, self._access()
            case "urn:ietf:params:oauth:grant-type:device_code" if form.get("device_code") == "device-1":
                self.pending -= 1
                if self.pending >= 0:
                    return 400, {"error": "authorization_pending"}
                return 200, {**self._access(), "refresh_token": self.refresh_token}
            case "authorization_code" if form.get("code") == "code-1" and self._proves(form.get("code_verifier", "")):
                return 200, {**self._access(), "refresh_token": self.refresh_token}
        return 400, {"error": "invalid_grant"}

    def _access(self) -> dict[str, Any]:
        token = f"access-{len(self.asked)}-{time.monotonic_ns()}"
        self.valid.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}

    def _proves(self, verifier: str) -> bool:
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return digest == self._challenge

    def device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("client_id") != CLIENT or form.get("scope") != SCOPE:
            return 400, {"error": "invalid_scope"}
        return 200, {
            "device_code": "device-1",
            "user_code": "KXTR-PLMW",
            "verification_uri": f"{self.url}/enter",
            "expires_in": 900,
            "interval": 2,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where a browser is sent back to after the person has said yes."""
        self._challenge = query["code_challenge"]
        return f"{query['redirect_uri']}/?{urlencode({'code': 'code-1', 'state': query['state']})}"

    def introspect(self, form: dict[str, str]) -> dict[str, Any]:
        self.introspected += 1
        return {"active": form.get("token") in self.valid, "username": self.user, "scope": SCOPE}


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = _flat(self.rfile.read(length).decode())
            path = urlsplit(self.path).path
            if path != "/introspect" and provider.failures:
                failure = provider.failures.pop(0)
                provider.asked.append(form)
                threading.Event().wait(failure.seconds)
                if failure.drip:
                    self.wfile = _Dripping(self.wfile, failure.drip)
                self._answer(failure.status, failure.body, failure.headers)
            elif path == "/introspect":
                self._json(200, provider.introspect(form))
            else:
                self._json(*(provider.device(form) if path == "/device" else provider.token(form)))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self._answer(302, b"", {"Location": provider.authorize(_flat(parts.query))})
            else:
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                self._json(200, provider.introspect(_flat(parts.query) | ({"token": token} if token else {})))

        def _json(self, status: int, data: dict[str, Any]) -> None:
            self._answer(status, json.dumps(data).encode(), {"Content-Type": "application/json"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


class _Dripping(BufferedIOBase):
    """A line over which each byte comes alone."""

    def __init__(self, line: BufferedIOBase, seconds: float) -> None:
        self._line, self._seconds = line, seconds

    def write(self, data: Any) -> int:
        with suppress(OSError):  # the other side has had enough
            for byte in bytes(data):
                self._line.write(bytes([byte]))
                threading.Event().wait(self._seconds)
        return len(data)


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
