"""The same road against Dovecot: a customer's mail goes in by SMTP, our reply comes back by SMTP, field by field."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import tomlkit

from mail.imap.session import ImapSession
from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.case import Stage
from models.message import Address, Message
from models.settings import Tls
from tasks.workplace import open_workplace
from tests.cases import find_cases
from tests.company import Company, open_company
from tests.dovecot import DovecotServer

pytestmark = [pytest.mark.dovecot, pytest.mark.usefixtures("prefect_server")]
SUPPORT, CUSTOMER = "support@kestrelgrove.example", "zoe.mueller@example.com"
MAIL_FIELDS = ["sender", "to", "subject", "message_id", "text", "attachments"]


@pytest.fixture
def dovecot() -> Iterator[DovecotServer]:
    with DovecotServer(users=["support", "customer"]) as server:
        yield server


@pytest.fixture
def company(tmp_path: Path, learned_data: Path, dovecot: DovecotServer) -> Iterator[Company]:
    """The example company whose support mailbox lies on Dovecot, over TLS."""
    with open_company(tmp_path, learned_data) as opened:
        document = tomlkit.parse(opened.config.read_text(encoding="utf-8"))
        imap = dovecot.imap("support", Tls.TLS).model_dump(mode="json", exclude_defaults=True)
        document["mailboxes"]["support"]["imap"] = imap
        opened.config.write_text(tomlkit.dumps(document), encoding="utf-8")
        yield Company(opened.servers, opened.config, open_workplace(opened.config))


def question() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Zoë Müller <{CUSTOMER}>"
    mail["To"] = SUPPORT
    mail["Subject"] = "K2 drips – warranty?"
    mail["Message-ID"] = "<q-1@example.com>"
    mail["Date"] = "Tue, 17 Nov 2026 09:12:00 +0100"
    mail.set_content("Hello,\n\nmy K2 drips from the steam wand, it is still under warranty. What do I do?\n\nZoë\n")
    mail.add_attachment(b"%PDF-1.4 receipt", maintype="application", subtype="pdf", filename="Beleg März.pdf")
    return mail


def send_by_smtp(servers: EmbeddedServers, mail: EmailMessage) -> bytes:
    """Over the wire to our server; what arrived there."""
    server = servers.smtp(SUPPORT)
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        assert server.password is not None
        client.login(server.user, server.password.read("the test's password"))
        client.send_message(mail)
    return servers.wire[-1].raw


def fetched(dovecot: DovecotServer, user: str, folder: str = "INBOX") -> list[Message]:
    with ImapSession(dovecot.imap(user), user) as session:
        session.select(folder, readonly=True)
        return [read_message(mail.raw) for batch in session.fetch_since(folder, 0) for mail in batch]


def test_a_mail_and_its_answer_survive_the_way_field_by_field(company: Company, dovecot: DovecotServer) -> None:
    """SMTP in, Dovecot, pipeline, SMTP out, Dovecot, and nothing has changed on the way."""
    sent = question()
    dovecot.deliver("support", send_by_smtp(company.servers, sent))
    (arrived,) = fetched(dovecot, "support")
    expected = read_message(sent.as_bytes())
    for field in MAIL_FIELDS:
        assert getattr(arrived, field) == getattr(expected, field), field
    assert arrived.date == expected.date

    company.run("support")
    reply = company.servers.wire[-1]
    assert reply.recipients == (CUSTOMER,)
    dovecot.deliver("customer", reply.raw)
    (answer,) = fetched(dovecot, "customer")
    (in_sent,) = fetched(dovecot, "support", "Sent")
    assert answer == in_sent, "the copy in Sent is what went over the wire"
    assert answer.sender == Address(name="Kestrel Grove Support", address=SUPPORT)
    assert answer.to == (Address(name="Zoë Müller", address=CUSTOMER),)
    assert answer.subject == "Re: K2 drips – warranty?"
    assert answer.in_reply_to == "<q-1@example.com>"
    assert answer.references == ("<q-1@example.com>",)
    assert answer.message_id.endswith("@kestrelgrove.example>")
    assert "serial number" in answer.reply_text
    assert "my K2 drips from the steam wand" not in answer.text, (
        "an automatic reply must not reflect a forged sender's text"
    )
    assert b"Auto-Submitted: auto-replied" in reply.raw, "approved by policy (RFC 3834 section 5)"
    assert answer.html

    (case,) = find_cases(company.place.store, "support")
    assert case.stage is Stage.SENT
    with ImapSession(dovecot.imap("support"), "support") as session:
        session.select("INBOX", readonly=True)
        (batch,) = session.fetch_since("INBOX", 0)
    assert set(batch[0].flags) >= {"\\Answered", "mailstage-warranty_repair"}


def test_a_second_run_changes_nothing(company: Company, dovecot: DovecotServer) -> None:
    """Promises L and D, with Dovecot's own UIDs."""
    dovecot.deliver("support", question().as_bytes())
    company.run("support")
    wire = len(company.servers.wire)
    company.run("support")
    assert len(company.servers.wire) == wire
    assert len(find_cases(company.place.store, "support")) == 1
    assert len(fetched(dovecot, "support", "Sent")) == 1
