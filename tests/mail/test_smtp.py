"""SMTP: what was surely sent, surely not sent, and what nobody can know."""

import base64
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest

from mail.servers import EmbeddedServers
from mail.smtp import send
from models.errors import DeliveryUnknown, MailLoginFailed, MailServerRefused, MailServerUnreachable
from models.review import Outgoing
from models.settings import MailServer, Secret, Tls

USER = "support@example.com"
RAW = b"From: support@example.com\r\nTo: ada@example.net\r\nSubject: Re: x\r\n\r\n.dot first\r\nlast\r\n"


def outgoing(*recipients: str, raw: bytes = RAW) -> Outgoing:
    return Outgoing(
        message_id="<1@example.com>", envelope_from=USER, recipients=recipients or ("ada@example.net",), raw=raw
    )


Script = Callable[[bytes], bytes | None]


class _Scripted(socketserver.StreamRequestHandler):
    """Speaks just enough SMTP to fail at a chosen point; `script` answers a command or hangs up with None."""

    script: Script
    ended: bytes | None

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            answer = self.script(line.strip())
            if answer is None:
                return
            self.wfile.write(answer)
            if answer.startswith(b"354"):
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                if self.ended is None:
                    return
                self.wfile.write(self.ended)


def _polite(line: bytes) -> bytes:
    return {b"EHLO": b"250 hello\r\n", b"DATA": b"354 go\r\n"}.get(line[:4].upper(), b"250 fine\r\n")


@contextmanager
def scripted(script: Script = _polite, ended: bytes | None = b"250 taken\r\n") -> Iterator[MailServer]:
    handler = type("Handler", (_Scripted,), {"script": staticmethod(script), "ended": ended})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield MailServer(host="127.0.0.1", port=server.server_address[1], tls=Tls.NONE, timeout=2.0)
        server.shutdown()


def failing(command: bytes, answer: bytes | None) -> Script:
    return lambda line: answer if line.upper().startswith(command) else _polite(line)


@pytest.mark.parametrize("tls", list(Tls))
def test_message_arrives_unchanged(tls: Tls) -> None:
    """Byte for byte, leading dots included, at a local recipient, signed in, with and without TLS."""
    with EmbeddedServers({USER: "right", "ada@example.com": "pw"}, tls=tls) as servers:
        send(servers.smtp(USER), outgoing("ada@example.com", "bob@elsewhere.example"))
        (wire,) = servers.wire
        assert wire.raw == RAW
        assert (wire.envelope_from, wire.user) == (USER, USER)
        assert wire.recipients == ("ada@example.com", "bob@elsewhere.example")
        assert servers.mails("ada@example.com") == [RAW]


def test_wrong_password_is_a_login_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing goes over the wire."""
    monkeypatch.setenv("WRONG_PASSWORD", "hunter2")
    with EmbeddedServers({USER: "right"}) as servers:
        settings = servers.smtp(USER).model_copy(update={"password": Secret(env="WRONG_PASSWORD")})
        with pytest.raises(MailLoginFailed, match=USER) as caught:
            send(settings, outgoing())
        assert servers.wire == []
    assert "hunter2" not in str(caught.value)


def test_server_without_sign_in_is_a_login_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user is configured, but the server offers no AUTH."""
    monkeypatch.setenv("SOME_PASSWORD", "x")
    with scripted() as server:
        settings = server.model_copy(update={"user": USER, "password": Secret(env="SOME_PASSWORD")})
        with pytest.raises(MailLoginFailed, match="not supported"):
            send(settings, outgoing())


@pytest.mark.parametrize(("answer", "accepted"), [(b"235 in\r\n", True), (b"535 no\r\n", False)])
def test_access_token_is_offered_by_xoauth2(monkeypatch: pytest.MonkeyPatch, answer: bytes, accepted: bool) -> None:
    """User and bearer token in one line, as Google and Microsoft want it; a refusal is a login failure."""
    offered: list[bytes] = []

    def script(line: bytes) -> bytes:
        if line.startswith(b"AUTH XOAUTH2 "):
            offered.append(base64.b64decode(line.split(b" ")[2]))
            return answer
        return b"250-hello\r\n250 AUTH XOAUTH2\r\n" if line.upper().startswith(b"EHLO") else _polite(line)

    monkeypatch.setenv("SOME_TOKEN", "ya29.x")
    with scripted(script) as server:
        settings = server.model_copy(update={"user": USER, "oauth2": Secret(env="SOME_TOKEN")})
        with nullcontext() if accepted else pytest.raises(MailLoginFailed, match=USER):
            send(settings, outgoing())
    assert offered == [f"user={USER}\x01auth=Bearer ya29.x\x01\x01".encode()]


def test_untrusted_certificate_is_refused() -> None:
    """No password and no mail reach a server whose certificate nobody vouches for."""
    with EmbeddedServers({USER: "right"}, tls=Tls.TLS) as servers:
        with pytest.raises(MailServerUnreachable, match="not trusted"):
            send(servers.smtp(USER).model_copy(update={"ca_file": None}), outgoing())
        assert servers.wire == []


@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize(("answer", "permanent"), [(b"451 later\r\n", False), (b"550 never\r\n", True)])
def test_refusal_carries_its_code(command: bytes, answer: bytes, permanent: bool) -> None:
    """4xx may be tried again, 5xx may not (RFC 5321 section 4.2.1)."""
    with scripted(failing(command, answer)) as server, pytest.raises(MailServerRefused) as caught:
        send(server, outgoing())
    assert caught.value.code == int(answer[:3])
    assert caught.value.permanent is permanent


@pytest.mark.parametrize(("answer", "permanent"), [(b"452 full\r\n", False), (b"554 spam\r\n", True)])
def test_refusal_after_the_final_dot_is_certain(answer: bytes, permanent: bool) -> None:
    """A clear no after the text means that it was not sent."""
    with scripted(ended=answer) as server, pytest.raises(MailServerRefused) as caught:
        send(server, outgoing())
    assert caught.value.permanent is permanent


def test_one_refused_recipient_refuses_the_message() -> None:
    """Nobody gets it, so that a second try reaches each of them once."""
    data_seen: list[bytes] = []

    def script(line: bytes) -> bytes:
        if line.upper().startswith(b"DATA"):
            data_seen.append(line)
        return b"550 no such user\r\n" if b"gone@" in line else _polite(line)

    with scripted(script) as server, pytest.raises(MailServerRefused, match="no such user"):
        send(server, outgoing("ada@example.net", "gone@example.net"))
    assert data_seen == []


@pytest.mark.parametrize("command", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
def test_connection_lost_before_the_final_dot_is_safe_to_repeat(command: bytes) -> None:
    """The server cannot have taken what it never saw the end of."""
    with scripted(failing(command, None)) as server, pytest.raises(MailServerUnreachable):
        send(server, outgoing())


def test_connection_lost_while_the_text_is_sent_is_safe_to_repeat() -> None:
    """A text larger than any socket buffer, and a server that hangs up instead of reading it."""

    def hang_up(connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 ready\r\n")
            stream.flush()
            for line in stream:
                stream.write(_polite(line.strip()))
                stream.flush()
                if line.upper().startswith(b"DATA"):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: hang_up(listener.accept()[0]), daemon=True)
        thread.start()
        server = MailServer(host="127.0.0.1", port=listener.getsockname()[1], tls=Tls.NONE, timeout=2.0)
        with pytest.raises(MailServerUnreachable):
            send(server, outgoing(raw=RAW + b"x" * 70_000_000))
        thread.join(5)


def test_connection_lost_after_the_final_dot_is_unknown() -> None:
    """It may have been sent: only the Sent folder or a person can tell."""
    with scripted(ended=None) as server, pytest.raises(DeliveryUnknown, match="before sending again"):
        send(server, outgoing())


def test_silence_after_the_final_dot_is_unknown() -> None:
    """A time-out there says as little as a lost connection."""
    with scripted(ended=b"") as server, pytest.raises(DeliveryUnknown):
        send(server.model_copy(update={"timeout": 0.3}), outgoing())


@pytest.mark.parametrize("ended", [b"gibberish\r\n", b"354 more?\r\n"])
def test_answer_that_is_neither_yes_nor_no_is_unknown(ended: bytes) -> None:
    """Whoever answers nonsense may have sent it all the same."""
    with scripted(ended=ended) as server, pytest.raises(DeliveryUnknown):
        send(server, outgoing())


def test_hang_up_after_success_changes_nothing() -> None:
    """A server that does not wait for QUIT has still taken the message."""
    with scripted(failing(b"QUIT", None)) as server:
        send(server, outgoing())


def test_silent_server_ends_in_a_time_out() -> None:
    """Nobody is held longer than `timeout`."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer(host="127.0.0.1", port=silent.getsockname()[1], tls=Tls.NONE, timeout=0.2)
        with pytest.raises(MailServerUnreachable, match=r"0\.2 s"):
            send(server, outgoing())


@pytest.mark.parametrize("bad", ["a@b.c>\r\nRCPT TO:<evil@x.y", "no-at-sign", "two words@x.y", "<a@b.c>", ""])
def test_odd_recipient_is_refused_before_connecting(bad: str) -> None:
    """No address can smuggle in a command."""
    with pytest.raises(MailServerRefused) as caught:
        send(MailServer(host="host.invalid", port=25), outgoing(bad))
    assert caught.value.permanent


def test_non_ascii_address_needs_a_server_that_knows_it() -> None:
    """Without SMTPUTF8 (RFC 6531) it is refused for good."""
    with scripted() as server, pytest.raises(MailServerRefused, match="ASCII"):
        send(server, outgoing("müller@example.net"))
