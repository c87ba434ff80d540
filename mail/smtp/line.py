"""A signed-in SMTP connection that cannot be held open: smtplib bounds each single read, this bounds them all.

A server that answers one byte every half minute would pass every time-out of a socket. So a watchdog pulls the plug
(a duplicate of the socket, which also reaches into a TLS handshake) when the whole takes longer than agreed.
"""

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from mail.connection import place, tls_context, unreachable
from mail.sign_in.oauth import with_token
from mail.sign_in.sasl import BearerToken, mechanism
from models.errors import MailLoginFailed, MailServerRefused, MailServerUnreachable
from models.settings import MailServer, Tls

LOCAL_NAME = "[127.0.0.1]"
"""EHLO argument: an address literal (RFC 5321 section 4.1.3), which asks no name server and names no machine."""
SHUTTING_DOWN = 421
"""May answer any command; the server closes the connection (RFC 5321 section 3.8)."""
MOST_BYTES = 1_000_000
"""Of all answers of one connection."""


class SmtpLine(smtplib.SMTP):
    """`with SmtpLine(server, seconds) as line:` connects and signs in, and says goodbye at the end.

    Raises MailServerUnreachable, MailServerRefused (of the connection, not of a message), MailLoginFailed and
    ConfigurationError.
    """

    def __init__(self, server: MailServer, seconds: float) -> None:
        super().__init__(local_hostname=LOCAL_NAME, timeout=server.timeout)
        self.server = server
        self._host = server.host  # whose certificate STARTTLS asks for
        self._plug: socket.socket | None = None
        self._watchdog: threading.Timer | None = None
        self._seconds = seconds
        self._cut = False

    def __enter__(self) -> "SmtpLine":
        self.allow(self._seconds)
        try:
            with self.errors("connecting"):
                code, text = self.connect(self.server.host, self.server.port)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, text)
            self._sign_in()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        # the outcome stands already; a lost goodbye changes nothing
        with suppress(OSError, smtplib.SMTPException):
            self.sock and not self._cut and self.docmd("QUIT")
        self._end()

    def allow(self, seconds: float) -> None:
        """From now on everything together may take `seconds`."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._seconds = seconds
        self._watchdog = threading.Timer(seconds, self._pull)
        self._watchdog.daemon = True
        self._watchdog.start()

    def getreply(self) -> tuple[int, bytes]:
        """smtplib alone would collect the lines of one answer without end."""
        if self.file is None and self.sock is not None:
            self.file = _Answers(self.sock.makefile("rb"))
        return super().getreply()

    def command(self, doing: str, *words: str) -> tuple[int, bytes]:
        """Code and text of the answer. Raises MailServerUnreachable for one that no command may get."""
        with self.errors(doing):
            code, text = self.docmd(*words)
        if code == SHUTTING_DOWN or not 200 <= code < 600:
            raise self.refusal(doing, code, text)
        return code, text

    @contextmanager
    def errors(self, doing: str) -> Iterator[None]:
        """Maps what goes wrong before the message has left; `doing` completes "… while <doing>"."""
        try:
            yield
            if self._cut:
                raise smtplib.SMTPServerDisconnected("within an answer")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._mapped(error, doing) from error

    def _mapped(self, error: Exception, doing: str) -> MailServerUnreachable | MailServerRefused:
        where = place(self.server)
        if self._cut:
            late = f"took longer than {self._seconds:g} s in all"
            return MailServerUnreachable(f"{where} {late} while {doing}: try again later")
        if isinstance(error, smtplib.SMTPServerDisconnected):
            # smtplib hides the reason, such as a time-out, one level down
            cause = error.__context__
            if isinstance(cause, OSError) and not isinstance(cause, smtplib.SMTPException):
                return unreachable(self.server, cause)
            return MailServerUnreachable(f"{where} closed the connection while {doing}: try again later")
        if isinstance(error, smtplib.SMTPResponseException):
            return self.refusal(doing, error.smtp_code, error.smtp_error)
        if isinstance(error, smtplib.SMTPException):
            return MailServerRefused(f"{where} refused while {doing}: {one_line(str(error))}")
        if isinstance(error, OSError):
            return unreachable(self.server, error)
        return MailServerRefused(f"{where} cannot be used while {doing}: {one_line(str(error))}")

    def refusal(self, doing: str, code: int, text: bytes | str) -> MailServerRefused | MailServerUnreachable:
        where = place(self.server)
        if code == SHUTTING_DOWN:
            return MailServerUnreachable(f"{where} is closing while {doing}: 421 {one_line(text)} (try again later)")
        if not 400 <= code < 600:
            return MailServerUnreachable(f"{where} is no SMTP server or is broken: it answered {code} while {doing}")
        advice = "it will be tried again" if code < 500 else "correct it before trying again"
        return MailServerRefused(f"{where} refused while {doing}: {code} {one_line(text)} ({advice})", code=code)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """How smtplib itself comes by its socket, and where its SMTP_SSL adds TLS."""
        line = socket.create_connection((host, port), timeout)
        self._plug = line.dup()
        # the lone final dot must not wait for an acknowledgement of the text before it
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls is not Tls.TLS:
            return line
        return tls_context(self.server).wrap_socket(line, server_hostname=host)

    def _sign_in(self) -> None:
        server = self.server
        with self.errors("greeting"):
            self._greet()
            if server.tls is Tls.STARTTLS:
                self._start_tls()
        if not server.user:
            return
        with self.errors("signing in"):
            try:
                if server.oauth2 is not None:
                    with_token(server, self._with_token)
                elif server.password is not None:
                    self.login(server.user, server.password.read("the SMTP password"))
            except smtplib.SMTPNotSupportedError as error:
                raise MailLoginFailed(
                    f"{place(server)} offers no sign-in: many servers do so only over TLS (check port and tls); "
                    "for a relay that wants none, leave user and password out"
                ) from error
            except smtplib.SMTPAuthenticationError as error:
                if 400 <= error.smtp_code < 500:
                    raise
                raise self._login_failed(one_line(error.smtp_error)) from error

    def _greet(self) -> None:
        """EHLO, and HELO where that is not known (RFC 5321 section 3.2)."""
        code, text = self.ehlo()
        if 500 <= code < 600:
            code, text = self.helo()
        if not 200 <= code < 300:
            raise smtplib.SMTPHeloError(code, text)

    def _start_tls(self) -> None:
        """No STARTTLS, no mail: somebody on the way may have struck it out (RFC 3207 section 6)."""
        if not self.has_extn("starttls"):
            raise MailServerRefused(
                f"{place(self.server)} offers no STARTTLS, so nothing is sent over it in the clear: "
                "check port and tls, and who stands between you and the server"
            )
        self.starttls(context=tls_context(self.server))
        self._greet()

    def _with_token(self, token: str) -> None:
        offered = set(self.esmtp_features.get("auth", "").upper().split())
        bearer = BearerToken(self.server, token, mechanism(self.server, offered))
        try:
            # smtplib wants text, and gives bytes for a challenge and nothing at the start
            code, text = self.auth(bearer.mechanism.upper(), lambda challenge=None: bearer(challenge).decode())
            if code not in (235, 503):
                raise smtplib.SMTPAuthenticationError(code, text)
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise
            said = one_line(error.smtp_error) + (f", {bearer.why}" if bearer.why else "")
            raise MailLoginFailed(
                f"{place(self.server)} refused the access token of {self.server.user!r}: check scope and user, "
                f"or sign in again with `mailstage sign-in` ({said})"
            ) from error

    def _login_failed(self, reason: str) -> MailLoginFailed:
        return MailLoginFailed(
            f"{place(self.server)} refused the sign-in of {self.server.user!r}: check user and password, "
            f"or use an app password or oauth2 ({reason})"
        )

    def _pull(self) -> None:
        self._cut = True
        # gone already: then there is nothing to cut
        with suppress(OSError):
            if self._plug is not None:
                self._plug.shutdown(socket.SHUT_RDWR)

    def _end(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self.close()
        if self._plug is not None:
            self._plug.close()


class _Answers:
    """What the server says, up to MOST_BYTES."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def readline(self, most: int) -> bytes:
        """Raises OSError once it is too much."""
        line = self._stream.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError(f"it answers with more than {MOST_BYTES:,} bytes")
        return line

    def close(self) -> None:
        self._stream.close()


def one_line(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
