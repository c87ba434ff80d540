"""Sends one approved message, and knows for certain whether it may have left.

smtplib's own `data()` hides at which byte a connection broke, so the DATA phase is written out here:
before the final dot nothing was sent (RFC 5321 section 4.1.1.4), after it only the reply can tell.
"""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mail.connection import place, tls_context, unreachable
from models.errors import DeliveryUnknown, MailLoginFailed, MailServerRefused, MailServerUnreachable
from models.review import Outgoing
from models.settings import MailServer, Tls

LOCAL_NAME = "[127.0.0.1]"
"""EHLO argument: an address literal (RFC 5321 section 4.1.3), which asks no name server and names no machine."""


def send(server: MailServer, outgoing: Outgoing) -> None:
    """Hands `outgoing` to the server; returning means that the server took it for every recipient.

    Raises MailServerUnreachable or MailServerRefused when it surely was not sent (the latter with the
    SMTP code), DeliveryUnknown when nobody can tell, MailLoginFailed, ConfigurationError.
    """
    _refuse_odd_addresses(outgoing)
    client = _connect(server)
    try:
        _sign_in(server, client)
        _address(server, client, outgoing)
        _open_data(server, client)
        _transmit(server, client, outgoing.raw)
    finally:
        _hang_up(client)


def check(server: MailServer) -> None:
    """Signs in and out again, sending nothing. Raises as `send` does before the message."""
    client = _connect(server)
    try:
        _sign_in(server, client)
    finally:
        _hang_up(client)


def _hang_up(client: smtplib.SMTP) -> None:
    # the outcome stands already; a lost goodbye changes nothing
    with suppress(OSError, smtplib.SMTPException):
        client.sock and client.docmd("QUIT")
    client.close()


def _refuse_odd_addresses(outgoing: Outgoing) -> None:
    if not outgoing.recipients:
        raise MailServerRefused("the message has no recipient", code=554)
    for address in (outgoing.envelope_from, *outgoing.recipients):
        if not address.isprintable() or any(c in address for c in " <>") or "@" not in address:
            raise MailServerRefused(f"{address!r} is not an address that mail can be sent to", code=553)


def _connect(server: MailServer) -> smtplib.SMTP:
    with _errors(server, "connecting"):
        if server.tls is Tls.TLS:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, LOCAL_NAME, timeout=server.timeout, context=tls_context(server)
            )
        else:
            client = smtplib.SMTP(server.host, server.port, LOCAL_NAME, timeout=server.timeout)
        # the lone final dot must not wait for an acknowledgement of the text before it
        if client.sock is not None:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client


@contextmanager
def _errors(server: MailServer, doing: str) -> Iterator[None]:
    """Maps what goes wrong before the message has left; `doing` completes "… while <doing>"."""
    where = place(server)
    try:
        yield
    except smtplib.SMTPServerDisconnected as error:
        # smtplib hides the reason, such as a time-out, one level down
        if isinstance(error.__context__, OSError) and not isinstance(error.__context__, smtplib.SMTPException):
            raise unreachable(server, error.__context__) from error
        raise MailServerUnreachable(f"{where} closed the connection while {doing}: try again later") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(server, doing, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPException as error:
        raise MailServerRefused(f"{where} refused while {doing}: {_text(str(error))}") from error
    except OSError as error:
        raise unreachable(server, error) from error
    except ValueError as error:
        raise MailServerRefused(f"{where} cannot be used while {doing}: {_text(str(error))}") from error


def _sign_in(server: MailServer, client: smtplib.SMTP) -> None:
    with _errors(server, "greeting"):
        client.ehlo_or_helo_if_needed()
        if server.tls is Tls.STARTTLS:
            client.starttls(context=tls_context(server))
            client.ehlo()
    if not server.user:
        return
    with _errors(server, "signing in"):
        try:
            if server.oauth2 is not None:
                _xoauth2(client, server.user, server.oauth2.read("the SMTP access token"))
            elif server.password is not None:
                client.login(server.user, server.password.read("the SMTP password"))
        except smtplib.SMTPNotSupportedError as error:
            raise _login_failed(server, str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise
            raise _login_failed(server, _text(error.smtp_error)) from error


def _login_failed(server: MailServer, reason: str) -> MailLoginFailed:
    return MailLoginFailed(
        f"{place(server)} refused the sign-in of {server.user!r}: check user and password, "
        f"or use an app password or oauth2 ({reason})"
    )


def _xoauth2(client: smtplib.SMTP, user: str, token: str) -> None:
    """The XOAUTH2 mechanism of Google and Microsoft; on failure the server first sends a challenge."""
    answer = f"user={user}\x01auth=Bearer {token}\x01\x01"
    code, text = client.auth("XOAUTH2", lambda challenge=None: "" if challenge else answer)
    if code not in (235, 503):
        raise smtplib.SMTPAuthenticationError(code, text)


def _address(server: MailServer, client: smtplib.SMTP, outgoing: Outgoing) -> None:
    """MAIL and RCPT; one refused recipient refuses the message, so that nobody gets it twice later."""
    options = [f"SIZE={len(outgoing.raw)}"] if client.has_extn("size") else []
    if not all(address.isascii() for address in (outgoing.envelope_from, *outgoing.recipients)):
        if not client.has_extn("smtputf8"):
            raise MailServerRefused(f"{place(server)} knows ASCII addresses only (no SMTPUTF8)", code=553)
        options += ["SMTPUTF8", "BODY=8BITMIME"]
        client.command_encoding = "utf-8"
    with _errors(server, "naming the sender"):
        code, text = client.mail(outgoing.envelope_from, options)
        if code != 250:
            raise smtplib.SMTPResponseException(code, text)
    with _errors(server, "naming a recipient"):
        for recipient in outgoing.recipients:
            code, text = client.rcpt(recipient)
            if code not in (250, 251):
                raise smtplib.SMTPResponseException(code, text)


def _open_data(server: MailServer, client: smtplib.SMTP) -> None:
    with _errors(server, "opening the message"):
        code, text = client.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPResponseException(code, text)


def _transmit(server: MailServer, client: smtplib.SMTP, raw: bytes) -> None:
    """The text, then by itself the final dot: from the moment that leaves, only the reply decides."""
    with _errors(server, "sending the message"):
        client.send(_dotted(raw))
    try:
        client.send(b".\r\n")
        code, text = client.getreply()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise DeliveryUnknown(
            f"{place(server)} was lost after the message and before its answer: look into the Sent folder or the "
            "server's log before sending again"
        ) from error
    if 200 <= code < 300:
        return
    if not 400 <= code < 600:
        raise DeliveryUnknown(f"{place(server)} answered the message with {code}, which says neither yes nor no")
    raise _refusal(server, "taking the message", code, text)


def _dotted(raw: bytes) -> bytes:
    """CRLF line ends and doubled leading dots (RFC 5321 section 4.5.2), ending in CRLF."""
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    text = text.replace(b"\r\n.", b"\r\n..")
    text = b"." + text if text.startswith(b".") else text
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def _refusal(server: MailServer, doing: str, code: int, text: bytes | str) -> MailServerRefused | MailServerUnreachable:
    if not 400 <= code < 600:
        return MailServerUnreachable(
            f"{place(server)} is no SMTP server or is broken: it answered {code} while {doing}"
        )
    advice = "it will be tried again" if code < 500 else "correct it before trying again"
    return MailServerRefused(f"{place(server)} refused while {doing}: {code} {_text(text)} ({advice})", code=code)


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())[:300]
