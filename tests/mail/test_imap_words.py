"""What a server says when it refuses is shown as people write, not as Python prints bytes."""

import socket
import threading

import pytest

from mail.imap.session import ImapSession
from models.errors import MailError, MailServerRefused, MailServerUnreachable
from tests.mail.scripted_imap import Serve, commands, serving


def answering(select: bytes, greeting: bytes = b"* PREAUTH ready") -> Serve:
    """OK to every command but EXAMINE."""

    def serve(line: socket.socket, _over: threading.Event) -> None:
        line.sendall(greeting + b"\r\n")
        for tag, name in commands(line):
            line.sendall(b"* CAPABILITY IMAP4rev1\r\n" if name == b"CAPABILITY" else b"")
            line.sendall(select.replace(b"TAG", tag) if name == b"EXAMINE" else tag + b" OK done\r\n")

    return serve


@pytest.mark.parametrize(
    ("answer", "words", "error"),
    [
        (b"TAG NO [NONEXISTENT] no such folder\r\n", "no such folder", MailServerRefused),
        (b'TAG BAD it\'s not "that"\r\n', 'BAD it\'s not "that"', MailServerRefused),
        ("TAG BAD Ordner „Büro“ fehlt\r\n".encode(), "BAD Ordner „Büro“ fehlt", MailServerRefused),
        (b"TAG BAD \x1b[31mred\xff\r\n", "BAD [31mred", MailServerRefused),
        (b"half a line\n", "half a line", MailServerUnreachable),
        (b"What?\r\n", "What?", MailServerUnreachable),
        (b"* BYE closing for the night\r\n", "closing for the night", MailServerUnreachable),
        (b"TAG BAD b'\\x'\r\n", "b'", MailServerRefused),
    ],
)
def test_words_of_a_server_are_readable(answer: bytes, words: str, error: type[MailError]) -> None:
    """Whatever it is that imaplib makes of them: its lists, its quotation marks and its escapes are gone."""
    with serving(answering(answer), 5.0) as server, pytest.raises(error) as caught, ImapSession(server) as session:
        session.select("INBOX", readonly=True)
    said = str(caught.value)
    assert words in said
    assert said.isprintable()
    if "b'" not in words:
        assert "b'" not in said
        assert 'b"' not in said


def test_a_greeting_that_refuses_is_readable() -> None:
    """A server that is full says so before anybody has signed in."""
    refusing = answering(b"", greeting=b"* BYE Too many connections")
    with (
        serving(refusing, 5.0) as server,
        pytest.raises(MailError, match=r"\(\* BYE Too many connections\)|: \* BYE Too many connections$"),
        ImapSession(server),
    ):
        pass
