"""SMTP: what was surely sent, surely not sent, and what nobody can know."""

import base64
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

import pytest

from mail.servers import EmbeddedServers
from mail.smtp.sending import is_closing, send
from models.errors import MailLoginFailed, MailServerRefused, MailServerUnreachable
from models.outbox import RecipientState
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


def polite(line: bytes) -> bytes:
    return {b"EHLO": b"250 hello\r\n", b"DATA": b"354 go\r\n"}.get(line[:4].upper(), b"250 fine\r\n")


@contextmanager
def scripted(script: Script = polite, ended: bytes | None = b"250 taken\r\n") -> Iterator[MailServer]:
    handler = type("Handler", (_Scripted,), {"script": staticmethod(script), "ended": ended})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield MailServer(host="127.0.0.1", port=server.server_address[1], tls=Tls.NONE, timeout=2.0)
        server.shutdown()


def failing(command: bytes, answer: bytes | None) -> Script:
    return lambda line: answer if line.upper().startswith(command) else polite(line)


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
    """A user is configured, but the server offers no AUTH; the line says what may be wrong in the settings."""
    monkeypatch.setenv("SOME_PASSWORD", "x")
    with scripted() as server:
        settings = server.model_copy(update={"user": USER, "password": Secret(env="SOME_PASSWORD")})
        with pytest.raises(MailLoginFailed, match=r"check port and tls.*leave user and password out"):
            send(settings, outgoing())


@pytest.mark.parametrize(("answer", "accepted"), [(b"235 in\r\n", True), (b"535 no\r\n", False)])
def test_access_token_is_offered_by_xoauth2(monkeypatch: pytest.MonkeyPatch, answer: bytes, accepted: bool) -> None:
    """User and bearer token in one line, as Google and Microsoft want it; a refusal is a login failure."""
    offered: list[bytes] = []

    def script(line: bytes) -> bytes:
        if line.startswith(b"AUTH XOAUTH2 "):
            offered.append(base64.b64decode(line.split(b" ")[2]))
            return answer
        return b"250-hello\r\n250 AUTH XOAUTH2\r\n" if line.upper().startswith(b"EHLO") else polite(line)

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


def states(server: MailServer, *recipients: str, raw: bytes = RAW) -> list[RecipientState]:
    return [result.state for result in send(server, outgoing(*recipients, raw=raw))]


@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize(
    ("answer", "state"), [(b"450 4.2.0 greylisted\r\n", "waiting"), (b"550 5.1.1 never\r\n", "refused")]
)
def test_refusal_carries_its_code(command: bytes, answer: bytes, state: str) -> None:
    """4xx may be tried again, 5xx may not (RFC 5321 section 4.2.1); the enhanced status stands with it."""
    with scripted(failing(command, answer)) as server:
        (result,) = send(server, outgoing())
    assert result.state == state
    assert (result.code, result.status) == (int(answer[:3]), answer[4:9].decode())
    assert result.address == "ada@example.net"


@pytest.mark.parametrize(("answer", "state"), [(b"452 full\r\n", "waiting"), (b"554 spam\r\n", "refused")])
def test_refusal_after_the_final_dot_is_certain(answer: bytes, state: str) -> None:
    """A clear no after the text means that it was not sent."""
    with scripted(ended=answer) as server:
        assert states(server) == [state]


def some_gone(line: bytes) -> bytes:
    """Knows most people, not "gone", and lets "busy" wait."""
    if b"gone@" in line:
        return b"550 5.1.1 no such user\r\n"
    return b"450 4.2.2 over quota\r\n" if b"busy@" in line else polite(line)


def test_each_recipient_has_its_own_answer() -> None:
    """The text goes to those who are taken; the others' answers stand beside theirs (RFC 5321 section 3.3)."""
    names = ("ada@example.net", "gone@example.net", "busy@example.net")
    with scripted(some_gone) as server:
        ada, gone, busy = send(server, outgoing(*names))
    assert (ada.state, ada.code) == (RecipientState.ACCEPTED, 250)
    assert (gone.state, gone.code, gone.status, gone.text) == ("refused", 550, "5.1.1", "5.1.1 no such user")
    assert (busy.state, busy.code, busy.status) == ("waiting", 450, "4.2.2")


def test_a_line_lost_after_the_dot_leaves_unknown_only_who_was_taken() -> None:
    """Whoever was refused before is known to lack it."""
    with scripted(some_gone, ended=None) as server:
        assert states(server, "ada@example.net", "gone@example.net") == ["unknown", "refused"]


def test_no_text_leaves_when_nobody_is_taken() -> None:
    """And none when the last look at the switch says no."""
    seen: list[bytes] = []

    def script(line: bytes) -> bytes:
        seen.append(line[:4].upper())
        return some_gone(line)

    with scripted(script) as server:
        assert states(server, "gone@example.net") == ["refused"]
        assert send(server, outgoing("ada@example.net"), may_go=lambda: False) == ()
    assert b"DATA" not in seen


@pytest.mark.parametrize("command", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
def test_a_server_that_closes_is_tried_later(command: bytes) -> None:
    """421 may answer any command (RFC 5321 section 3.8); nothing was taken."""
    with scripted(failing(command, b"421 4.3.2 shutting down\r\n")) as server, pytest.raises(MailServerUnreachable):
        send(server, outgoing())


def test_a_421_after_the_final_dot_is_a_no() -> None:
    """The text was refused, and the next message would be too."""
    with scripted(ended=b"421 4.3.2 shutting down\r\n") as server:
        results = send(server, outgoing())
    assert [result.state for result in results] == ["waiting"]
    assert is_closing(results)


def test_a_server_that_knows_no_ehlo_is_greeted_the_old_way() -> None:
    """HELO (RFC 5321 section 3.2), and no extension is used."""
    seen: list[bytes] = []

    def script(line: bytes) -> bytes:
        seen.append(line.upper())
        return b"502 what?\r\n" if line.upper().startswith(b"EHLO") else polite(line)

    with scripted(script) as server:
        assert states(server) == ["accepted"]
    assert b"HELO [127.0.0.1]" in seen
    assert b"MAIL FROM:<SUPPORT@EXAMPLE.COM>" in seen


def test_a_server_whose_starttls_was_struck_out_gets_nothing() -> None:
    """Somebody on the way may want the password in the clear (RFC 3207 section 6)."""
    seen: list[bytes] = []

    def script(line: bytes) -> bytes:
        seen.append(line[:4].upper())
        return polite(line)

    with scripted(script) as server, pytest.raises(MailServerRefused, match="no STARTTLS"):
        send(server.model_copy(update={"tls": Tls.STARTTLS}), outgoing())
    assert set(seen) <= {b"EHLO", b"QUIT"}


def offering(*extensions: str) -> Script:
    """A server that offers these."""
    lines = b"".join(f"250-{name}\r\n".encode() for name in extensions)
    return lambda line: b"250-hello\r\n" + lines + b"250 HELP\r\n" if line[:4].upper() == b"EHLO" else polite(line)


def test_a_message_over_the_servers_size_is_not_even_offered() -> None:
    """SIZE (RFC 1870) says what it takes; 0 says that it does not tell."""
    with scripted(offering("SIZE 50")) as server:
        (result,) = send(server, outgoing())
    assert (result.state, result.code, result.status) == ("refused", 552, "5.3.4")
    with scripted(offering("SIZE 0")) as server:
        assert states(server) == ["accepted"]


def test_eight_bit_text_needs_a_server_that_takes_it() -> None:
    """8BITMIME (RFC 6152); our own replies are 7-bit and need none."""
    raw = RAW + "für".encode()
    with scripted() as server:
        assert states(server, raw=raw) == ["refused"]
    with scripted(offering("8BITMIME")) as server:
        assert states(server, raw=raw) == ["accepted"]


def test_a_line_that_no_server_may_take_is_refused_here() -> None:
    """998 octets (RFC 5321 section 4.5.3.1.6); some servers would break it, and with it every signature."""
    with scripted() as server:
        assert states(server, raw=RAW + b"x" * 998) == ["accepted"]
        assert states(server, raw=RAW + b"x" * 999) == ["refused"]


def test_non_ascii_address_needs_a_server_that_knows_it() -> None:
    """SMTPUTF8 (RFC 6531) where it is offered; elsewhere a clear no."""
    seen: list[bytes] = []

    def script(line: bytes) -> bytes:
        seen.append(line)
        return offering("SMTPUTF8", "8BITMIME")(line) or b""

    with scripted() as server:
        (result,) = send(server, outgoing("müller@example.net"))
    assert (result.state, result.status) == ("refused", "5.6.7")
    with scripted(script) as server:
        assert states(server, "müller@example.net") == ["accepted"]
    assert "RCPT TO:<müller@example.net>".encode() in seen
    assert any(line.startswith(b"MAIL") and b"SMTPUTF8" in line for line in seen)


@pytest.mark.parametrize("where", ["greeting", "MAIL"])
def test_a_server_that_answers_a_byte_at_a_time_does_not_hold_us(where: str) -> None:
    """Every single read is in time, so only a bound on the whole helps."""
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rwb", 0) as stream:
            if where == "MAIL":
                stream.write(b"220 ready\r\n")
                while not stream.readline().upper().startswith(b"MAIL"):
                    stream.write(b"250 fine\r\n")
            while not stop.wait(0.02):
                stream.write(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: drip(listener.accept()[0]), daemon=True)
        thread.start()
        server = MailServer(host="127.0.0.1", port=listener.getsockname()[1], tls=Tls.NONE, timeout=5.0)
        with pytest.raises(MailServerUnreachable, match=r"longer than 0\.3 s in all"):
            send(server, outgoing(), before=0.3)
        stop.set()
        thread.join(5)


@pytest.mark.parametrize("command", [b"EHLO", b"RCPT"])
def test_an_answer_without_an_end_fills_no_memory(command: bytes) -> None:
    """smtplib alone collects every line of it until the watchdog pulls the plug."""
    flood = b"250-and so on\r\n" * 200_000
    with scripted(failing(command, flood)) as server, pytest.raises(MailServerUnreachable, match="more than 1,000,000"):
        send(server, outgoing())


def test_a_flood_after_the_final_dot_is_unknown() -> None:
    """The server may have taken the message before it went mad."""
    with scripted(ended=b"250-and so on\r\n" * 200_000) as server:
        assert states(server, "ada@example.net") == ["unknown"]


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
                stream.write(polite(line.strip()))
                stream.flush()
                if line.upper().startswith(b"DATA"):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: hang_up(listener.accept()[0]), daemon=True)
        thread.start()
        server = MailServer(host="127.0.0.1", port=listener.getsockname()[1], tls=Tls.NONE, timeout=2.0)
        with pytest.raises(MailServerUnreachable):
            send(server, outgoing(raw=RAW + (b"x" * 98 + b"\r\n") * 700_000))
        thread.join(5)


def test_connection_lost_after_the_final_dot_is_unknown() -> None:
    """It may have been sent: only the Sent folder or a person can tell."""
    with scripted(ended=None) as server:
        assert states(server) == ["unknown"]


def test_silence_after_the_final_dot_is_unknown() -> None:
    """A time-out there says as little as a lost connection."""
    with scripted(ended=b"") as server:
        assert states(server.model_copy(update={"timeout": 0.3})) == ["unknown"]


@pytest.mark.parametrize("ended", [b"gibberish\r\n", b"354 more?\r\n"])
def test_answer_that_is_neither_yes_nor_no_is_unknown(ended: bytes) -> None:
    """Whoever answers nonsense may have sent it all the same."""
    with scripted(ended=ended) as server:
        assert states(server) == ["unknown"]


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
    assert states(MailServer(host="host.invalid", port=25), bad) == ["refused"]
