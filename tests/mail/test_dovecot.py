"""ImapSession against a real Dovecot: keywords, delimiters, speed of labels, UIDVALIDITY."""

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mail.imap.session import ImapSession
from models.errors import MailLoginFailed, MailServerRefused
from models.settings import Secret, Tls
from tests.dovecot_configuration import PLAIN

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


@pytest.mark.parametrize("after", ["SEARCH", "RFC822.SIZE"])
def test_what_is_expunged_between_two_commands_leaves_no_trace(dovecot: Any, after: str) -> None:
    """Neither a mail that cannot be fetched nor a gap in the others, whichever command came first."""
    user = "other@example.com"
    with dovecot.client(user, "INBOX") as colleague, ImapSession(dovecot.imap(user)) as session:
        start = session.select("INBOX").uidnext
        dovecot.deliver(user, [raw_mail(number) for number in range(5)])
        colleague.noop()
        meddled = Meddled(session.client, after, lambda: (colleague.delete_messages([start + 2]), colleague.expunge()))
        session._connected = meddled
        mails = [mail for batch in session.fetch_since("INBOX", start - 1) for mail in batch]
    assert meddled.done
    assert [mail.uid - start for mail in mails] == [0, 1, 3, 4]
    assert all(mail.raw.startswith(b"From: ada") for mail in mails)


class Meddled:
    """A client between two of whose commands somebody else does something, once."""

    def __init__(self, client: Any, after: str, meddle: Any) -> None:
        self.client, self.after, self.meddle, self.done = client, after, meddle, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def search(self, *arguments: Any, **more: Any) -> Any:
        return self._then(self.client.search(*arguments, **more), "SEARCH")

    def fetch(self, uids: Any, items: Any, **more: Any) -> Any:
        return self._then(self.client.fetch(uids, items, **more), items[0])

    def _then(self, answer: Any, command: str) -> Any:
        if command == self.after and not self.done:
            self.done = True
            self.meddle()
        return answer


def test_folder_renumbered_during_the_fetch_is_refused(dovecot: Any) -> None:
    """UIDs of another UIDVALIDITY must never be taken for ours."""
    with ImapSession(dovecot.imap(USER)) as session:
        session.select("INBOX")
        with pytest.raises(MailServerRefused, match="renumbered"):
            session.reopen("INBOX", 1)


@pytest.mark.parametrize("capability", ["", PLAIN], ids=["qresync", "plain"])
def test_changes_are_told_with_and_without_qresync(capability: str) -> None:
    """Flags and expunges since a MODSEQ, or by comparison; in an unchanged folder QRESYNC asks nothing at all."""
    with _module().DovecotServer([USER], capability=capability) as server:
        server.deliver(USER, [raw_mail(number) for number in range(6)])
        with ImapSession(server.imap(USER)) as session:
            assert session.tells_vanished is (capability == "")
            before = session.select("INBOX", readonly=True)
            with server.client(USER, "INBOX") as colleague:
                colleague.add_flags([2], ["\\Answered"])
                colleague.delete_messages([4, 5])
                colleague.expunge()
            after = session.select("INBOX", readonly=True)
            found = session.changes(after, [1, 2, 3, 4], before.modseq)
            assert {uid: flags for uid, flags in found.flags.items() if flags} == {2: {"\\answered"}}
            assert found.gone == {4}, "what was not asked about is not told"
            nothing = session.changes(after, [1, 2, 3], after.modseq)
            assert nothing.gone == set()
            assert set(nothing.flags) == (set() if session.tells_vanished else {1, 2, 3})


@pytest.mark.parametrize("capability", ["", PLAIN], ids=["uidplus", "plain"])
def test_deleting_touches_no_message_of_anybody_else(capability: str) -> None:
    """Without UIDPLUS an EXPUNGE would take what a colleague has only marked: then ours is marked too, and stays."""
    with _module().DovecotServer([USER], capability=capability) as server:
        server.deliver(USER, [raw_mail(number) for number in range(3)])
        with server.client(USER, "INBOX") as colleague, ImapSession(server.imap(USER)) as session:
            colleague.add_flags([1], ["\\Deleted"])
            session.delete("INBOX", 2)
            left = [1, 3] if capability == "" else [1, 2, 3]
            assert session.select("INBOX").exists == len(left)
            colleague.remove_flags([1], ["\\Deleted"])
            session.delete("INBOX", 3)
            assert session.select("INBOX").exists == (1 if capability == "" else 3)


def test_append_tells_the_uid_and_drafts_are_found_by_their_use() -> None:
    r"""`\Draft` and `\Seen` on a draft; the folder is made when the account has none."""
    with _module().DovecotServer([USER]) as server, ImapSession(server.imap(USER)) as session:
        drafts = session.special_folder("\\Drafts", "Entwürfe")
        assert drafts == "Entwürfe"
        uid = session.append(drafts, raw_mail(1), ["\\Draft", "\\Seen"], datetime(2026, 3, 3, tzinfo=UTC))
        assert uid == session.find_message_id(drafts, "<1@example.net>")
        (batch,) = session.fetch_since(drafts, 0)
        assert set(batch[0].flags) >= {"\\Draft", "\\Seen"}
        session.delete(drafts, uid or 0)
        assert session.find_message_id(drafts, "<1@example.net>") is None
