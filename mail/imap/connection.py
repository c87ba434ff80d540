"""Connecting and signing in to an IMAP server, and mapping what may go wrong from then on."""

import ast
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mail.connection import keep_alive, network_errors, place, tls_context
from mail.imap.bounded import BoundedImap
from mail.sign_in.oauth import with_token
from mail.sign_in.sasl import BearerToken, mechanism
from models.errors import MailLoginFailed, MailServerRefused, MailServerUnreachable
from models.settings import MailServer, Tls


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """imapclient over a connection that is bounded from the greeting on."""

    def __init__(self, server: MailServer, most: int, context: ssl.SSLContext | None) -> None:
        self._bounded = BoundedImap(server, most, context if server.tls is Tls.TLS else None)
        super().__init__(server.host, port=server.port, ssl=server.tls is Tls.TLS, timeout=server.timeout)

    def _create_IMAP4(self) -> BoundedImap:
        return self._bounded


def connect(server: MailServer, most: int) -> Any:
    """A signed-in IMAPClient that waits at most `server.timeout` for more of an answer and PATIENCE times as long for
    all of it, and takes `most` bytes of one."""
    context = tls_context(server) if server.tls is not Tls.NONE else None
    client = _Client(server, most, context)
    try:
        if server.tls is Tls.STARTTLS:
            client.starttls(context)
        _login(server, client)
    except BaseException:
        # the first error is the one to report, even when the socket is already gone
        with suppress(OSError, imaplib.IMAP4.error):
            client.shutdown()
        raise
    client.normalise_times = False
    keep_alive(client.socket())
    return client


PASSING_CODES = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
"""Response codes of a refusal that another try may not meet (RFC 5530 section 3, RFC 9051 section 7.1)."""


def _login(server: MailServer, client: Any) -> None:
    if server.oauth2 is not None:
        with_token(server, partial(_with_token, server, client))
    elif server.password is not None:
        password = server.password.read("the IMAP password")
        with _login_errors(server):
            # LOGIN knows ASCII alone; PLAIN carries UTF-8 (RFC 4616)
            ascii_only = password.isascii() and server.user.isascii()
            (client.login if ascii_only else client.plain_login)(server.user, password)


def _with_token(server: MailServer, client: Any, token: str) -> None:
    with _login_errors(server):
        offered = {
            name[5:].decode("ascii", "replace").upper() for name in client.capabilities() if name[:5] == b"AUTH="
        }
        bearer = BearerToken(server, token, mechanism(server, offered))
    with _login_errors(server, bearer):
        # imapclient's own oauth2_login answers the server's explanation with the token again
        client.sasl_login(bearer.mechanism.upper(), bearer)


@contextmanager
def _login_errors(server: MailServer, bearer: BearerToken | None = None) -> Iterator[None]:
    try:
        yield
    except imaplib.IMAP4.abort:
        raise
    except (LoginError, imaplib.IMAP4.error) as error:
        # imapclient's login() turns a lost connection into a LoginError too
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise error.__context__ from error
        said = _one_line(error) + (f", {bearer.why}" if bearer and bearer.why else "")
        if any(code in said.upper() for code in PASSING_CODES):
            raise MailServerUnreachable(f"{place(server)} takes no sign-in now: try again later ({said})") from error
        raise MailLoginFailed(
            f"{place(server)} refused the access token of {server.user!r}: check scope and user, "
            f"or sign in again with `mailstage sign-in` ({said})"
            if bearer
            else f"{place(server)} refused the sign-in of {server.user!r}: check user and password, "
            f"or use an app password or oauth2 ({said})"
        ) from error


@contextmanager
def imap_errors(server: MailServer, doing: str) -> Iterator[None]:
    """Maps socket, TLS and IMAP errors of the block; `doing` completes "… while <doing>"."""
    try:
        with network_errors(server):
            yield
    except imaplib.IMAP4.abort as error:
        raise MailServerUnreachable(
            f"{place(server)} closed the connection while {doing}: try again later ({_one_line(error)})"
        ) from error
    except (imaplib.IMAP4.error, ValueError, AssertionError) as error:
        raise MailServerRefused(f"{place(server)} refused while {doing}: {_one_line(error)}") from error


_BYTES = re.compile(r"""\[?(b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*")\]?""", re.ASCII)


def _one_line(error: BaseException) -> str:
    """What the server said, for a person: imaplib quotes it as Python writes bytes."""
    said = _BYTES.sub(lambda quoted: _decoded(quoted[1]) or quoted[0], str(error))
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:200]


def _decoded(quoted: str) -> str:
    """Empty for what only looks like bytes."""
    try:
        value = ast.literal_eval(quoted)
    except (SyntaxError, ValueError):
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
