"""What IMAP and SMTP connections share: TLS with verification on, and one sentence per way to fail."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import ConfigurationError, MailServerUnreachable
from models.settings import MailServer


def tls_context(server: MailServer) -> ssl.SSLContext:
    """A verifying context, trusting `ca_file` alone where one is set. Raises ConfigurationError."""
    try:
        return ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
    except OSError as error:
        raise ConfigurationError(f"{server.ca_file} cannot be used as ca_file: {error}") from error


class TooSlow(TimeoutError):
    """A peer that was never silent for long, and never came to an end. Its text completes "<host:port> …"."""


KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
"""A peer that is gone is found after 30 + 3 × 10 s of silence; the last, in milliseconds, is for bytes on their way."""


def keep_alive(line: socket.socket) -> None:
    """Lets the system find out that the other end is gone while nobody reads or writes, where it can that fast."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if option := getattr(socket, name, None):
            line.setsockopt(socket.IPPROTO_TCP, option, value)


def place(server: MailServer) -> str:
    return f"{server.host}:{server.port}"


def unreachable(server: MailServer, error: OSError) -> MailServerUnreachable:
    """The error as a sentence that names the server and what to check."""
    where = place(server)
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailServerUnreachable(
            f"{where} shows a certificate that is not trusted ({error.verify_message}): check host, or set ca_file"
        )
    if isinstance(error, ssl.SSLError):
        return MailServerUnreachable(f"{where} does not speak TLS as expected: check port and tls ({_reason(error)})")
    if isinstance(error, TooSlow):
        return MailServerUnreachable(f"{where} {error}: try again later")
    if isinstance(error, TimeoutError):
        return MailServerUnreachable(
            f"{where} did not answer within {server.timeout:g} s: check host, port and firewall"
        )
    if isinstance(error, ConnectionRefusedError):
        return MailServerUnreachable(f"{where} refused the connection: check host and port, and that the server runs")
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return MailServerUnreachable(f"{where} closed the connection: try again later ({_reason(error)})")
    return MailServerUnreachable(f"{where} cannot be reached: check host, port and network ({_reason(error)})")


@contextmanager
def network_errors(server: MailServer) -> Iterator[None]:
    """Turns every socket, TLS and name look-up error into MailServerUnreachable."""
    try:
        yield
    except OSError as error:
        raise unreachable(server, error) from error


def _reason(error: OSError) -> str:
    return " ".join((error.strerror or str(error) or type(error).__name__).split())[:200]
