"""ImapSession against a real Dovecot: keywords, delimiters, speed of labels, UIDVALIDITY."""

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mail.imap import ImapSession
from models.errors import MailLoginFailed, MailServerRefused
from models.settings import Secret, Tls

pytestmark = pytest.mark.dovecot
USER = "support@example.com"


def _module() -> Any:
    """tests/dovecot.py, which other test files share; tests are no package."""
    if "dovecot_server" not in sys.modules:
        spec = importlib.util.spec_from_file_location("dovecot_server", Path(__file__).parent.parent / "dovecot.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["dovecot_server"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["dovecot_server"])
    return sys.modules["dovecot_server"]


@pytest.fixture(scope="module", params=["/", "."])
def dovecot(request: pytest.FixtureRequest) -> Iterator[Any]:
    with _module().DovecotServer([USER, "other@example.com"], separator=request.param) as server:
        yield server


def raw_mail(number: int) -> bytes:
    return f"From: ada@example.net\r\nSubject: {number}\r\nMessage-ID: <{number}@example.net>\r\n\r\nHi\r\n".encode()


@pytest.mark.parametrize("tls", list(Tls))
def test_all_three_ways_to_connect(dovecot: Any, tls: Tls) -> None:
    """TLS, STARTTLS and plain reach the same mailbox."""
    with ImapSession(dovecot.imap(USER, tls)) as session:
        assert session.select("INBOX").keywords_allowed


def test_wrong_password(dovecot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dovecot's refusal becomes a login failure."""
    monkeypatch.setenv("WRONG_PASSWORD", "wrong")
    settings = dovecot.imap(USER).model_copy(update={"password": Secret(env="WRONG_PASSWORD")})
    with pytest.raises(MailLoginFailed), ImapSession(settings):
        pass


def test_labels_come_back_as_keywords_and_folders(dovecot: Any) -> None:
    """Every message carries the keyword it was given; copies stand under the server's own delimiter."""
    dovecot.deliver(USER, [raw_mail(number) for number in range(600)])
    with ImapSession(dovecot.imap(USER), mailbox="support") as session:
        uids = [mail.uid for batch in session.fetch_since("INBOX", 0) for mail in batch]
        labels = {"mailstage-order_status": uids[::2], "mailstage-warranty": uids[1::2]}
        session.add_keywords("INBOX", labels)
        session.copy_to_folder("INBOX", {"Mailstage/Order status": uids[:3]})
        mails = [mail for batch in session.fetch_since("INBOX", 0) for mail in batch]
        folders = session.folders()
    assert len(uids) == 600
    assert [mail.flags for mail in mails] == [("mailstage-order_status",), ("mailstage-warranty",)] * 300
    assert f"Mailstage{dovecot.separator}Order status" in folders


def test_sent_mail_is_found_again(dovecot: Any) -> None:
    """What reconciliation rests on."""
    with ImapSession(dovecot.imap(USER)) as session:
        session.append_sent("Sent", raw_mail(9000), datetime(2025, 3, 3, tzinfo=UTC))
        assert session.find_message_id("Sent", "<9000@example.net>") is not None
        assert session.find_message_id("Sent", "<9001@example.net>") is None


def test_message_expunged_during_the_fetch_is_left_out(dovecot: Any) -> None:
    """A colleague may delete while a batch is under way; the rest still comes."""
    from imapclient import IMAPClient

    dovecot.deliver("other@example.com", [raw_mail(number) for number in range(6)])
    with ImapSession(dovecot.imap("other@example.com")) as session:
        batches = session.fetch_since("INBOX", 0, batch=2)
        first = next(batches)
        with IMAPClient("127.0.0.1", dovecot.port, ssl=False, timeout=10) as colleague:
            colleague.login("other@example.com", dovecot.user("other@example.com"))
            colleague.select_folder("INBOX")
            colleague.delete_messages([first[-1].uid + 1])
            colleague.expunge()
        rest = [mail.uid for batch in batches for mail in batch]
    assert rest == [first[-1].uid + n for n in (2, 3, 4)]


def test_folder_renumbered_during_the_fetch_is_refused(dovecot: Any) -> None:
    """UIDs of another UIDVALIDITY must never be taken for ours."""
    with ImapSession(dovecot.imap(USER)) as session:
        session.select("INBOX")
        with pytest.raises(MailServerRefused, match="renumbered"):
            session._reopen("INBOX", 1)
