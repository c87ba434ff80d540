"""A mail server that is never silent, and never comes to an end: each command ends all the same."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from mail.certificate import write_self_signed
from mail.imap import bounded
from mail.imap.bounded import LEAST_RATE
from mail.imap.session import ImapSession
from models.errors import MailServerUnreachable
from models.settings import MailServer, Tls
from tests.mail.scripted_imap import Serve, commands, serving

SILENCE, PATIENCE = 1.0, 2
"""Seconds, and how many times as long a whole answer may take here; a busy machine may pause this very process."""


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", PATIENCE)


def drip(line: socket.socket, over: threading.Event, byte: bytes = b"x") -> None:
    """One byte at a time, well within every time-out, until the other side has had enough."""
    while not over.wait(SILENCE / 40):
        line.sendall(byte)


def dripping_at(wanted: bytes, before: bytes) -> Serve:
    """Answers each command with OK, but says `before` and then drips when `wanted` comes."""

    def serve(line: socket.socket, over: threading.Event) -> None:
        line.sendall(b"* PREAUTH ready\r\n")
        for tag, name in commands(line):
            if name == wanted:
                line.sendall(before)
                drip(line, over)
            line.sendall(b"* CAPABILITY IMAP4rev1\r\n" if name == b"CAPABILITY" else b"")
            line.sendall(tag + b" OK done\r\n")

    return serve


def test_an_answer_that_drips_comes_to_an_end() -> None:
    """Every byte comes in time, the whole never would; the sentence says how long was waited."""
    begun = time.monotonic()
    with (
        serving(dripping_at(b"EXAMINE", b"* 1 FETCH (BODY[] {1000000}\r\n"), SILENCE) as server,
        pytest.raises(MailServerUnreachable, match=rf"took more than {PATIENCE * SILENCE:g} s over one answer"),
        ImapSession(server) as session,
    ):
        session.select("INBOX", readonly=True)
    assert time.monotonic() - begun < 3 * PATIENCE * SILENCE


def test_a_greeting_that_drips_comes_to_an_end() -> None:
    """The bound holds before anybody has said a word."""
    with (
        serving(drip, SILENCE) as server,
        pytest.raises(MailServerUnreachable, match="over one answer"),
        ImapSession(server),
    ):
        pass


def test_a_handshake_that_drips_comes_to_an_end() -> None:
    """TLS records that never end (a handshake message of 64 kB is announced) hold nobody."""
    begun = time.monotonic()

    def serve(line: socket.socket, over: threading.Event) -> None:
        line.sendall(b"\x16\x03\x03\x40\x00\x02\x00\xff\xff")
        drip(line, over)

    with serving(serve, SILENCE, Tls.TLS) as server, pytest.raises(MailServerUnreachable), ImapSession(server):
        pass
    assert time.monotonic() - begun < 3 * PATIENCE * SILENCE


def test_a_sign_in_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Challenge upon challenge, each answered at once: all of them are one command."""
    monkeypatch.setenv("DRIPPING_PASSWORD", "gehëim")

    def serve(line: socket.socket, over: threading.Event) -> None:
        line.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
        told = line.makefile("rb")
        while not over.is_set() and (said := told.readline()):
            words = said.split()
            if words[1:2] == [b"CAPABILITY"]:
                line.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + words[0] + b" OK done\r\n")
            else:
                over.wait(SILENCE / 40)
                line.sendall(b"+ \r\n")

    with serving(serve, SILENCE) as server:
        user = {"user": "ada", "password": {"env": "DRIPPING_PASSWORD"}}
        with (
            pytest.raises(MailServerUnreachable, match="over one answer"),
            ImapSession(MailServer(**(server.model_dump() | user))),
        ):
            pass


def test_a_large_mail_over_a_slow_line_is_given_its_time() -> None:
    """What comes at no less than LEAST_RATE may take longer than PATIENCE allows for an answer without a mail."""
    pieces, piece = 32, b"y" * 1_000

    def serve(line: socket.socket, over: threading.Event) -> None:
        line.sendall(b"* PREAUTH ready\r\n")
        for tag, name in commands(line):
            if name == b"CAPABILITY":
                line.sendall(b"* CAPABILITY IMAP4rev1\r\n")
            elif name == b"EXAMINE":
                line.sendall(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 8] ok\r\n")
            elif name == b"UID" and not over.is_set():
                asked.append(name)
                if len(asked) == 1:
                    line.sendall(b"* 1 FETCH (UID 7 RFC822.SIZE %d)\r\n" % (pieces * len(piece)))
                else:
                    line.sendall(b"* 1 FETCH (UID 7 FLAGS () BODY[] {%d}\r\n" % (pieces * len(piece)))
                    for _ in range(pieces):
                        over.wait(0.8 * len(piece) / LEAST_RATE)
                        line.sendall(piece)
                    line.sendall(b")\r\n")
            line.sendall(tag + b" OK done\r\n")

    asked: list[bytes] = []
    begun = time.monotonic()
    with serving(serve, SILENCE) as server, ImapSession(server) as session:
        session.select("INBOX", readonly=True)
        ((mail,),) = session.fetch("INBOX", [7], 1)
    assert mail.raw == piece * pieces
    assert time.monotonic() - begun > PATIENCE * SILENCE


def test_what_comes_in_the_clear_before_starttls_is_not_believed(tmp_path: Path) -> None:
    """Somebody on the way may add answers to the one that begins TLS; they are thrown away (CVE-2011-0411's kind)."""
    certificate, key = write_self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def serve(line: socket.socket, _: threading.Event) -> None:
        line.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
        told = line.makefile("rb")
        line.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + told.readline().split()[0] + b" OK done\r\n")
        tag = told.readline().split()[0]
        line.sendall(tag + b" OK begin\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n")
        with context.wrap_socket(line, server_side=True) as secret:
            for tag, _name in commands(secret):
                secret.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")

    with serving(serve, SILENCE, Tls.STARTTLS) as server:
        trusting = server.model_copy(update={"ca_file": certificate, "timeout": 5.0})
        with ImapSession(trusting) as session:
            assert not session.can("INJECTED")
