"""The embedded servers themselves."""

import os

import pytest

from mail.imap.session import ImapSession
from mail.servers import EmbeddedServers
from mail.smtp.sending import send
from models.review import Outgoing

RAW = b"From: ada@example.com\r\nSubject: x\r\n\r\nHello\r\n"


def test_users_have_mailboxes_of_their_own() -> None:
    """Mail for one is not seen by another."""
    with EmbeddedServers({"a@example.com": "1", "b@example.com": "2"}) as servers:
        servers.deliver("a@example.com", RAW)
        assert servers.mails("A@example.com") == [RAW]
        assert servers.mails("b@example.com") == []
        assert servers.mails("b@example.com", "Sent") == []
        with pytest.raises(KeyError):
            servers.deliver("c@example.com", RAW)


def test_sent_mail_arrives_in_a_local_inbox() -> None:
    """From SMTP to IMAP without leaving the process."""
    with EmbeddedServers({"a@example.com": "1", "b@example.com": "2"}) as servers:
        outgoing = Outgoing(message_id="<1@x>", envelope_from="a@example.com", recipients=("B@example.com",), raw=RAW)
        send(servers.smtp("a@example.com"), outgoing)
        with ImapSession(servers.imap("b@example.com"), mailbox="b") as session:
            assert [mail.raw for batch in session.fetch_since("INBOX", 0) for mail in batch] == [RAW]


def test_nothing_is_left_behind() -> None:
    """Neither passwords in the environment nor listening ports."""
    with EmbeddedServers({"a@example.com": "1"}) as servers:
        settings = servers.imap("a@example.com")
        assert settings.password is not None
        name = settings.password.env
        assert os.environ[name] == "1"
    assert name not in os.environ
