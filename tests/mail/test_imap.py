"""ImapSession against the embedded pymap: what it fetches, writes back, and says when things go wrong."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail.imap.session import ImapSession
from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.errors import MailLoginFailed, MailServerRefused, MailServerUnreachable, UnreadableMessage
from models.settings import Limits, MailServer, Secret, Tls

USER = "support@example.com"


def raw_mail(number: int, body: str = "Hello") -> bytes:
    return (
        f"From: ada@example.net\r\nSubject: {number}\r\nMessage-ID: <{number}@example.net>\r\n\r\n{body}\r\n".encode()
    )


@pytest.fixture
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers({USER: "right"}) as running:
        yield running


def test_fetch_yields_ascending_batches_above_the_last_uid(servers: EmbeddedServers) -> None:
    """Seven mails in batches of three: 3, 3, 1, in the order of arrival, with the key of each."""
    for number in range(7):
        servers.deliver(USER, raw_mail(number), datetime(2025, 3, 3, 12, number, tzinfo=UTC))
    with ImapSession(servers.imap(USER), mailbox="support") as session:
        batches = list(session.fetch_since("INBOX", 0, batch=3))
    mails = [mail for batch in batches for mail in batch]
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [mail.uid for mail in mails] == sorted(mail.uid for mail in mails)
    assert [mail.raw for mail in mails] == [raw_mail(number) for number in range(7)]
    assert {(mail.mailbox, mail.folder) for mail in mails} == {("support", "INBOX")}
    assert mails[3].arrived == datetime(2025, 3, 3, 12, 3, tzinfo=UTC)


def test_fetch_after_the_last_uid_yields_nothing(servers: EmbeddedServers) -> None:
    """`UID n:*` names the last message even when n is above it; it must not come twice."""
    servers.deliver(USER, raw_mail(1))
    with ImapSession(servers.imap(USER)) as session:
        (only,) = next(session.fetch_since("INBOX", 0))
        assert list(session.fetch_since("INBOX", only.uid)) == []
        servers.deliver(USER, raw_mail(2))
        assert [m.raw for batch in session.fetch_since("INBOX", only.uid) for m in batch] == [raw_mail(2)]


def test_fetching_does_not_mark_as_read(servers: EmbeddedServers) -> None:
    """A person who opens the mailbox still sees what is new."""
    servers.deliver(USER, raw_mail(1))
    with ImapSession(servers.imap(USER)) as session:
        list(session.fetch_since("INBOX", 0))
        (mail,) = next(session.fetch_since("INBOX", 0))
    assert "\\Seen" not in mail.flags


def test_too_large_message_is_fetched_in_part_and_quarantined(servers: EmbeddedServers) -> None:
    """Only its first 64 KiB cross the wire, its neighbours come whole, and reading says its size."""
    limits = Limits(message_bytes=100_000)
    huge = raw_mail(1, "x" * 70 + "\r\n" + "y" * 200_000)
    for raw in (raw_mail(0), huge, raw_mail(2)):
        servers.deliver(USER, raw)
    with ImapSession(servers.imap(USER), limits=limits) as session:
        mails = [mail for batch in session.fetch_since("INBOX", 0) for mail in batch]
    assert [mails[0].raw, mails[2].raw] == [raw_mail(0), raw_mail(2)]
    assert len(mails[1].raw) < 66_000
    with pytest.raises(UnreadableMessage, match=f"{len(huge)} bytes"):
        read_message(mails[1].raw, limits)


def test_answered_is_set_on_the_named_messages_alone(servers: EmbeddedServers) -> None:
    """\\Answered tells the team's own mail programs that a reply went out."""
    servers.deliver(USER, raw_mail(1))
    servers.deliver(USER, raw_mail(2))
    with ImapSession(servers.imap(USER)) as session:
        first, second = next(session.fetch_since("INBOX", 0))
        session.answered("INBOX", [first.uid])
        first, second = next(session.fetch_since("INBOX", 0))
    assert "\\Answered" in first.flags
    assert "\\Answered" not in second.flags


def test_server_without_keywords_gets_folders(servers: EmbeddedServers) -> None:
    """pymap keeps no keywords and says so; the copies land in folders that are made on the way."""
    servers.deliver(USER, raw_mail(1))
    with ImapSession(servers.imap(USER)) as session:
        assert session.select("INBOX").keywords_allowed is False
        (mail,) = next(session.fetch_since("INBOX", 0))
        session.copy_to_folder("INBOX", {"Mailstage/Order status": [mail.uid]})
        session.copy_to_folder("INBOX", {"Mailstage/Order status": []})
        assert "Mailstage/Order status" in session.folders()
    assert servers.mails(USER, "Mailstage/Order status") == [raw_mail(1)]


def test_sent_mail_is_filed_and_found_by_message_id(servers: EmbeddedServers) -> None:
    """After a crash, the Sent folder tells whether a reply went out."""
    with ImapSession(servers.imap(USER)) as session:
        assert session.find_message_id("Sent", "<7@example.net>") is None
        session.append_sent("Sent", raw_mail(7), datetime(2025, 3, 3, tzinfo=UTC))
        session.append_sent("Archive", raw_mail(8), datetime(2025, 3, 3, tzinfo=UTC))
        assert session.find_message_id("Sent", "<7@example.net>") is not None
        assert session.find_message_id("Archive", "<8@example.net>") is not None
        assert session.find_message_id("No such folder", "<7@example.net>") is None
    assert servers.mails(USER, "Sent") == [raw_mail(7)]


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_tls_with_a_trusted_certificate(tls: Tls) -> None:
    """Both ways into TLS work when the certificate is trusted through ca_file."""
    with EmbeddedServers({USER: "right"}, tls=tls) as servers, ImapSession(servers.imap(USER)) as session:
        assert session.select("INBOX").exists == 0


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_untrusted_certificate_is_refused(tls: Tls) -> None:
    """Without ca_file a self-signed certificate ends the connection before any password is sent."""
    with EmbeddedServers({USER: "right"}, tls=tls) as servers:
        settings = servers.imap(USER).model_copy(update={"ca_file": None})
        with pytest.raises(MailServerUnreachable, match="certificate that is not trusted"), ImapSession(settings):
            pass


def test_tls_asked_of_a_plain_port_is_explained(servers: EmbeddedServers) -> None:
    """The sentence names the setting to check."""
    settings = servers.imap(USER).model_copy(update={"tls": Tls.TLS})
    with pytest.raises(MailServerUnreachable, match="check port and tls"), ImapSession(settings):
        pass


def test_starttls_that_is_not_offered_is_refused(servers: EmbeddedServers) -> None:
    """Mailstage never falls back to plain text by itself."""
    settings = servers.imap(USER).model_copy(update={"tls": Tls.STARTTLS})
    with pytest.raises((MailServerRefused, MailServerUnreachable), match="STARTTLS"), ImapSession(settings):
        pass


def test_wrong_password_is_a_login_failure(servers: EmbeddedServers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names server and user, and never the password."""
    monkeypatch.setenv("WRONG_PASSWORD", "hunter2")
    settings = servers.imap(USER).model_copy(update={"password": Secret(env="WRONG_PASSWORD")})
    with pytest.raises(MailLoginFailed, match=USER) as caught, ImapSession(settings):
        pass
    assert "hunter2" not in str(caught.value)


def test_unknown_folder_is_refused_with_its_name(servers: EmbeddedServers) -> None:
    """A typing error in `inbox` or `sent` is found at once."""
    with ImapSession(servers.imap(USER)) as session, pytest.raises(MailServerRefused, match="'Nowhere'"):
        session.select("Nowhere")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_server_that_is_down_is_unreachable() -> None:
    """The sentence names host and port."""
    port = free_port()
    with (
        pytest.raises(MailServerUnreachable, match=str(port)),
        ImapSession(MailServer(host="127.0.0.1", port=port)),
    ):
        pass


def test_unknown_host_is_unreachable() -> None:
    """A name that no server answers for ends in the same error."""
    with (
        pytest.raises(MailServerUnreachable, match=r"host\.invalid"),
        ImapSession(MailServer(host="host.invalid", port=993)),
    ):
        pass


@pytest.mark.parametrize("tls", [Tls.NONE, Tls.TLS, Tls.STARTTLS])
def test_silent_server_ends_in_a_time_out(tls: Tls) -> None:
    """A socket that accepts and says nothing holds nobody longer than `timeout`."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = MailServer(host="127.0.0.1", port=silent.getsockname()[1], tls=tls, timeout=0.2)
        with pytest.raises(MailServerUnreachable, match="did not answer"), ImapSession(settings):
            pass


def test_server_that_hangs_up_is_unreachable() -> None:
    """A server that stops in the middle of a session is told from one that refuses."""
    with EmbeddedServers({USER: "right"}) as servers:
        session = ImapSession(servers.imap(USER, timeout=2.0)).__enter__()
        session.select("INBOX")
    with pytest.raises(MailServerUnreachable):
        session.select("INBOX")
    session.__exit__(None, None, None)


def test_missing_ca_file_is_a_configuration_error(tmp_path: Path) -> None:
    """The file is named; nothing is connected."""
    from models.errors import ConfigurationError

    settings = MailServer(host="127.0.0.1", port=1, ca_file=tmp_path / "none.pem")
    with pytest.raises(ConfigurationError, match=r"none\.pem"), ImapSession(settings):
        pass


def test_default_context_verifies() -> None:
    """Certificate and host name are checked unless nothing is encrypted at all."""
    from mail.connection import tls_context

    context = tls_context(MailServer(host="example.com", port=993))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@contextmanager
def mad_server(said: bytes) -> Iterator[MailServer]:
    """Takes every command, but says `said` again and again in answer to SELECT."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* PREAUTH ready\r\n")
            for line in self.rfile:
                tag, command = line.split()[:2]
                with suppress(OSError):
                    self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n" if command == b"CAPABILITY" else b"")
                    while command in (b"SELECT", b"EXAMINE"):
                        self.wfile.write(said)
                    self.wfile.write(tag + b" OK done\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield MailServer(host="127.0.0.1", port=server.server_address[1], tls=Tls.NONE, timeout=2.0)
        server.shutdown()


@pytest.mark.parametrize("said", [b"* OK " + b"still here " * 50_000 + b"\r\n", b"* 1 FETCH (BODY[] {99999999999}\r\n"])
def test_an_answer_without_an_end_fills_no_memory(said: bytes) -> None:
    """imaplib alone keeps every line, and asks for the memory of whatever literal is announced."""
    small = Limits(message_bytes=1_000)
    with (
        mad_server(said) as server,
        ImapSession(server, limits=small) as session,
        pytest.raises(MailServerUnreachable, match=r"answers with more than \d+"),
    ):
        session.select("INBOX")
