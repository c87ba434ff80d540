"""Connecting and signing in to an IMAP server, and mapping what may go wrong from then on."""

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mail.connection import network_errors, place, tls_context
from models.errors import MailLoginFailed, MailServerRefused, MailServerUnreachable
from models.settings import MailServer, Tls


def connect(server: MailServer) -> Any:
    """A signed-in IMAPClient (it has no types) whose every operation ends within `server.timeout`."""
    secure = server.tls is not Tls.NONE
    context = tls_context(server) if secure else None
    client = IMAPClient(
        server.host, port=server.port, ssl=server.tls is Tls.TLS, ssl_context=context, timeout=server.timeout
    )
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
    return client


def _login(server: MailServer, client: Any) -> None:
    try:
        if server.oauth2 is not None:
            client.oauth2_login(server.user, server.oauth2.read("the IMAP access token"))
        elif server.password is not None:
            password = server.password.read("the IMAP password")
            # LOGIN knows ASCII alone; PLAIN carries UTF-8 (RFC 4616)
            ascii_only = password.isascii() and server.user.isascii()
            (client.login if ascii_only else client.plain_login)(server.user, password)
    except imaplib.IMAP4.abort:
        raise
    except (LoginError, imaplib.IMAP4.error) as error:
        # imapclient's login() turns a lost connection into a LoginError too
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise error.__context__ from error
        raise MailLoginFailed(
            f"{place(server)} refused the sign-in of {server.user!r}: check user and password, "
            f"or use an app password or oauth2 ({_one_line(error)})"
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


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
