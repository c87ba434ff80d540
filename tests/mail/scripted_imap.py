"""A server of a single connection that says what a test wants it to say, on a socket of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from models.settings import MailServer, Tls

Serve = Callable[[socket.socket, threading.Event], None]


@contextmanager
def serving(serve: Serve, silence: float, tls: Tls = Tls.NONE) -> Iterator[MailServer]:
    """The event is set when the test is over; `silence` is the time-out of whoever calls, in seconds."""
    over = threading.Event()

    def answer() -> None:
        with suppress(OSError), listening.accept()[0] as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serve(line, over)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield MailServer(host="127.0.0.1", port=listening.getsockname()[1], tls=tls, timeout=silence)
        over.set()
    thread.join(10)


def commands(line: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """(tag, name) of each command as it comes."""
    for said in line.makefile("rb"):
        tag, name = said.split()[:2]
        yield tag, name
