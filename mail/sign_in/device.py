"""A person signs in once, and Mailstage gets its first refresh token.

Two ways: a code that is typed in on any device (RFC 8628), or a browser on this machine that is sent back to a port of
ours (RFC 8252, with PKCE of RFC 7636), for providers whose codes do not cover mail.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from mail.sign_in.identity import Answer, checked, post
from models.errors import ConfigurationError, MailLoginFailed, MailServerUnreachable
from models.oauth2 import OAuth2

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LONGEST_WAIT = 900.0
"""Seconds a person has, whatever the provider allows."""
Sleep = Callable[[float], None]


def sign_in_by_code(
    oauth2: OAuth2,
    user: str,
    show: Callable[[str, str], None],
    sleep: Sleep = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Calls `show` with the address to open and the code to type in there, then waits until that has happened.

    Raises MailLoginFailed when the person refuses or takes too long, and as `post` does.
    """
    if not oauth2.device_url:
        raise ConfigurationError("this provider has no device_url: sign in with a browser on this machine")
    started = checked(oauth2, oauth2.device_url, post(oauth2, oauth2.device_url, {"scope": oauth2.scope}), user)
    show(started.verification_uri, started.user_code)
    interval = min(max(started.interval, 1.0), 60.0)
    deadline = clock() + min(started.expires_in or LONGEST_WAIT, LONGEST_WAIT)
    form = {"grant_type": DEVICE_GRANT, "device_code": started.device_code}
    while clock() < deadline:
        sleep(interval)
        try:
            answer = post(oauth2, oauth2.token_url, form)
        except MailServerUnreachable:  # the person may be typing: one lost question ends nothing (section 3.5)
            interval = min(2 * interval, 60.0)
            continue
        if answer.error == "slow_down":
            interval += 5.0  # RFC 8628 section 3.5
        elif answer.error != "authorization_pending":
            return _complete(checked(oauth2, oauth2.token_url, answer, user))
    raise MailLoginFailed(f"nobody signed in as {user!r} in time: run `mailstage sign-in` again")


def sign_in_by_browser(
    oauth2: OAuth2, user: str, show: Callable[[str], None], seconds: float = LONGEST_WAIT, port: int = 0
) -> Answer:
    """Calls `show` with the address to open in a browser on this machine, and waits until that comes back.

    Raises MailLoginFailed when the person refuses or takes too long, and as `post` does.
    """
    if not oauth2.authorize_url:
        raise ConfigurationError("this provider has no authorize_url: sign in with a code (device_url)")
    with _Redirect(port) as redirect:
        verifier = secrets.token_urlsafe(48)
        show(_address(oauth2, user, redirect, verifier))
        said = redirect.wait(seconds)
    if said is None:
        raise MailLoginFailed(f"nobody signed in as {user!r} in time: run `mailstage sign-in` again")
    checked(oauth2, oauth2.authorize_url, Answer(error=said.get("error", "")), user)
    form = {
        "grant_type": "authorization_code",
        "code": said.get("code", ""),
        "redirect_uri": redirect.uri,
        "code_verifier": verifier,
    }
    return _complete(checked(oauth2, oauth2.token_url, post(oauth2, oauth2.token_url, form), user))


def _address(oauth2: OAuth2, user: str, redirect: "_Redirect", verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": oauth2.client_id,
        "redirect_uri": redirect.uri,
        "scope": oauth2.scope,
        "state": redirect.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": user,
    }
    if oauth2.provider == "google":
        query |= {"access_type": "offline", "prompt": "consent"}  # without these no refresh token comes
    return f"{oauth2.authorize_url}?{urlencode(query)}"


def _complete(answer: Answer) -> Answer:
    if not answer.refresh_token:
        raise MailLoginFailed(
            "the provider gave no refresh token, so the sign-in would end within the hour: "
            "ask for offline access in scope (offline_access), or consent anew"
        )
    return answer


@dataclass
class _Redirect:
    """The small server that the browser comes back to: answers on the loopback interface, once, to our own `state`."""

    port: int = 0
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def __enter__(self) -> "_Redirect":
        self._said: dict[str, str] | None = None
        self._came = threading.Event()
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        except OSError as error:
            raise ConfigurationError(f"cannot listen on port {self.port}: choose another with --port") from error
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.uri = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> dict[str, str] | None:
        self._came.wait(seconds)
        return self._said

    def take(self, path: str) -> bool:
        """False for what is not the answer to our own question."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        ours = secrets.compare_digest(said.get("state", "").encode(), self.state.encode())
        if not ours or not ("code" in said or "error" in said) or self._came.is_set():
            return False
        self._said = said
        self._came.set()
        return True


def _handler(redirect: _Redirect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            taken = redirect.take(self.path)
            text = "Signed in. You may close this page." if taken else "This is not the sign-in that was begun."
            self.send_response(200 if taken else 400)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """The address holds a code, which belongs in no log."""

    return Handler
