"""Labelled mail out of the folders that people file mail in, on both IMAP servers, and without a trace there."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from imapclient import IMAPClient

from mail.reading import read_message
from mail.servers import EmbeddedServers
from ml.small.labelled import MailText
from ml.small.registry import load
from ml.small.training import train
from models.category import Category
from models.errors import ConfigurationError, MailServerRefused, TrainingDataError
from models.message import Message
from models.settings import Company, Limits, MailboxSettings, MailServer, Settings, Tls
from tasks.from_folders import FiledMail, TakenFrom, filed_mail
from tasks.passed_over import PassedOver, lines_of
from tests.dovecot import DovecotServer
from tests.gmail import ALL, gmail

TEAM = "support@kestrelgrove.example"
CATEGORIES = (
    Category(name="order_status", title="Where is it", description="Where is my order."),
    Category(name="billing", description="Invoices and payments."),
    Category(name="sent", description="What somebody has sent us."),
)


@dataclass
class Account:
    """The mailbox's settings, and its folders as a colleague's mail client reaches them."""

    settings: Settings

    def client(self) -> IMAPClient:
        imap = self.settings.mailbox("support").imap
        client = IMAPClient(imap.host, imap.port, ssl=False, timeout=20)
        client.login(imap.user, os.environ[imap.password.env or ""] if imap.password else "")
        return client

    def file(self, folder: str, *raws: bytes, flags: Sequence[str] = ()) -> None:
        with self.client() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for raw in raws:
                client.append(folder, raw, flags)

    def traces(self) -> dict[str, list[tuple[bytes, ...]]]:
        """The flags of every mail in every folder."""
        with self.client() as client:
            found = {}
            for _, _, folder in client.list_folders():
                client.select_folder(folder, readonly=True)
                answers = client.fetch(client.search(), ["FLAGS"]) if client.search() else {}
                found[folder] = [
                    tuple(flag for flag in answers[uid][b"FLAGS"] if flag != b"\\Recent") for uid in answers
                ]
            return found

    def filed(self, *named: str, limit: int = 100) -> FiledMail:
        return filed_mail(self.settings, "support", named, limit)


def settings_for(imap: MailServer) -> Settings:
    box = MailboxSettings(address=TEAM, team="Support", imap=imap, smtp=imap)
    return Settings(
        company=Company(name="Kestrel Grove"),
        mailboxes={"support": box},
        categories=CATEGORIES,
        limits=Limits(batch=3),
    )


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    if request.param == "pymap":
        with EmbeddedServers({TEAM: "secret"}) as servers:
            yield Account(settings_for(servers.imap(TEAM)))
    else:
        with DovecotServer([TEAM]) as server:
            yield Account(settings_for(server.imap(TEAM, Tls.NONE)))


def mail(number: int, subject: str, text: str = "Please help me.", sender: str = "", head: str = "") -> bytes:
    return (
        f"From: {sender or f'ada{number}@example.net'}\r\nTo: {TEAM}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@example.net>\r\n{head}\r\n{text}\r\n"
    ).encode()


def figures(filed: FiledMail) -> dict[tuple[str, str], TakenFrom]:
    return {(source.folder, source.keyword): source for source in filed.sources}


def test_a_folder_stands_for_the_category_that_it_is_called_like(account: Account) -> None:
    """By name or title, in any case, wherever it hangs; what is called otherwise stays unread."""
    account.file("Order Status", mail(1, "Where is KG-1?"))
    account.file("Where is it", mail(2, "Where is KG-2?"))
    account.file("2025/Billing", mail(3, "An invoice", "It is too high.\r\n\r\nOn Monday, Bo wrote:\r\n> parcel"))
    account.file("Holidays", mail(4, "Palms"))
    filed = account.filed()
    assert sorted((row.label, row.subject) for row in filed.rows) == [
        ("billing", "An invoice"),
        ("order_status", "Where is KG-1?"),
        ("order_status", "Where is KG-2?"),
    ]
    invoice = next(row for row in filed.rows if row.label == "billing")
    assert (invoice.sender, invoice.body.strip()) == ("someone@example.net", "It is too high.")
    assert {source.folder for source in filed.sources} == {"Order Status", "Where is it", "2025/Billing"}


def test_what_a_person_maps_comes_before_names(account: Account) -> None:
    """A folder may stand for another category than its name says, or for none at all."""
    account.file("Billing", mail(1, "Where is KG-1?"))
    account.file("Private", mail(2, "Lunch?"))
    filed = account.filed("Billing=order_status", "Private=")
    assert {(row.label, row.subject) for row in filed.rows} == {("order_status", "Where is KG-1?"), (None, "Lunch?")}


def test_only_what_customers_wrote_is_taken(account: Account) -> None:
    """Own answers, automatic mail and copies are counted and left out, and so is mail under two categories."""
    account.file(
        "Billing",
        mail(1, "An invoice"),
        mail(1, "An invoice"),
        mail(2, "Re: An invoice", sender=TEAM),
        mail(3, "Out of office", head="Auto-Submitted: auto-replied\r\n"),
        mail(4, "Where is the invoice of my order?"),
    )
    account.file("order_status", mail(4, "Where is the invoice of my order?"), mail(5, "Where is KG-5?"))
    filed = account.filed()
    assert sorted(row.subject for row in filed.rows) == ["An invoice", "Where is KG-5?"]
    billing, orders = figures(filed)["Billing", ""], figures(filed)["order_status", ""]
    assert (billing.taken, billing.twice, billing.own, billing.automatic, billing.torn) == (1, 1, 1, 1, 1)
    assert (orders.taken, orders.torn) == (1, 1)


def test_an_odd_mail_ends_no_training(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reading it raises, it is counted and the others are learned from."""

    def reads(raw: bytes, limits: Limits) -> Message:
        if b"odd" in raw:
            raise RecursionError("too deep")
        return read_message(raw, limits)

    monkeypatch.setattr("tasks.from_folders.read_message", reads)
    account.file("Billing", mail(1, "Invoice"), mail(2, "An odd one"), mail(3, "Payment"))
    filed = account.filed()
    (source,) = [one for one in filed.sources if one.folder == "Billing"]
    assert (source.taken, source.unreadable) == (2, 1)
    assert {row.subject for row in filed.rows} == {"Invoice", "Payment"}


def test_folders_that_are_passed_over_are_named(account: Account) -> None:
    """With the mails in them and why, those with most mails first; a folder of a category is not among them."""
    account.file("Billing", mail(1, "An invoice"))
    account.file("Holidays", mail(2, "Palms"), mail(3, "More palms"), mail(6, "Sun"))
    account.file("Sent", mail(4, "Re: An invoice", sender=TEAM))
    account.file("Mailstage/Billing", mail(5, "An invoice"))
    account.file("INBOX", mail(7, "Hello"), mail(8, "Hello again"))
    found = [(one.folder, one.mails, one.why) for one in account.filed().passed_over if one.mails]
    assert found == [
        ("Holidays", 3, "not called like a category"),
        ("INBOX", 2, "mail arrives there"),
        ("Mailstage/Billing", 1, "copies by Mailstage itself"),
        ("Sent", 1, "the place of sent mail"),
    ]
    assert "Holidays" not in {one.folder for one in account.filed("Holidays=").passed_over}


def test_many_folders_of_one_reason_are_one_line() -> None:
    """Whoever has hundreds is not flooded; a folder that cannot be opened has no number."""
    found = [PassedOver(folder=f"Project {number}", mails=9 - number, why="unnamed") for number in range(4)]
    found.append(PassedOver(folder="Locked", mails=None, why="unnamed, and it cannot be opened"))
    assert list(lines_of(found, most=3)) == [
        "Passed over, unnamed: Project 0 (9), Project 1 (8), Project 2 (7) and 1 more",
        "Passed over, unnamed, and it cannot be opened: Locked",
    ]


def test_nothing_changes_on_the_server(account: Account) -> None:
    """Unread mail stays unread: folders are examined, bodies peeked at."""
    account.file("Billing", mail(1, "An invoice"), mail(2, "Another"), flags=["\\Flagged"])
    before = account.traces()
    account.filed()
    assert account.traces() == before


def test_the_newest_of_a_full_folder_are_read(account: Account) -> None:
    """In batches, down to the limit."""
    account.file("Billing", *(mail(number, f"Invoice {number}") for number in range(10)))
    assert {row.subject for row in account.filed(limit=4).rows} == {f"Invoice {number}" for number in (6, 7, 8, 9)}


def test_what_is_no_filing_is_left_out(account: Account) -> None:
    """Sent by the setting, and the copies that Mailstage itself has made: no model learns from its own guesses."""
    account.file("Sent", mail(1, "To a customer", sender="bo@example.org"))
    account.file("Mailstage/Billing", mail(2, "An invoice"))
    account.file("Where is it", mail(3, "Where is KG-3?"))
    assert [row.subject for row in account.filed().rows] == ["Where is KG-3?"]


@pytest.mark.dovecot
def test_keywords_that_people_set_are_labels() -> None:
    """In the folders that mail arrives in; those of Mailstage have a prefix and are no person's word."""
    with DovecotServer([TEAM]) as server:
        account = Account(settings_for(server.imap(TEAM, Tls.NONE)))
        account.file("INBOX", mail(1, "An invoice"), flags=["billing"])
        account.file("INBOX", mail(2, "Another"), flags=["mailstage-billing"])
        account.file("INBOX", mail(3, "Where is KG-3?"))
        filed = account.filed()
        assert [(row.label, row.subject) for row in filed.rows] == [("billing", "An invoice")]
        assert figures(filed)["INBOX", "billing"].taken == 1


def test_labels_of_gmail_are_folders() -> None:
    """A mail under one label is taken; All Mail and Sent, which Gmail marks, are not."""
    with gmail() as server:
        server.deliver(mail(1, "An invoice"), "INBOX", "Billing")
        server.deliver(mail(2, "Where is KG-2?"), "order_status")
        server.deliver(mail(3, "Neither"))
        account = Account(settings_for(server.imap()))
        filed = account.filed()
        assert {(row.label, row.subject) for row in filed.rows} == {
            ("billing", "An invoice"),
            ("order_status", "Where is KG-2?"),
        }
        assert ALL not in {source.folder for source in filed.sources}


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        (["Billing"], "maps no folder"),
        (["=billing"], "maps no folder"),
        (["Billing=bills"], "no category 'bills'.*order_status, billing"),
    ],
)
def test_a_mapping_that_cannot_be_is_one_clear_line(account: Account, named: list[str], complaint: str) -> None:
    """It names what there is to choose from."""
    account.file("Billing", mail(1, "An invoice"))
    with pytest.raises(ConfigurationError, match=complaint):
        account.filed(*named)


def test_a_folder_that_is_not_there_is_told(account: Account) -> None:
    """With those that are."""
    with pytest.raises(MailServerRefused, match=r"no folder 'Bills', it has .*INBOX"):
        account.filed("Bills=billing")


def test_a_mailbox_without_filing_is_told_what_to_do(account: Account) -> None:
    """No folder called like a category, or none with a customer's mail in it."""
    with pytest.raises(ConfigurationError, match="--folder 'NAME=category'"):
        account.filed()
    account.file("Billing", mail(1, "Ours", sender=TEAM))
    with pytest.raises(TrainingDataError, match=r"no customer's mail .* Billing"):
        account.filed()


def test_a_model_is_learned_from_folders(account: Account, tmp_path: Path) -> None:
    """What was filed is enough to sort the next mail of its kind."""
    topics = {"Billing": "invoice payment amount", "Order Status": "parcel courier tracking"}
    for at, (folder, words) in enumerate(topics.items()):
        raws = [mail(100 * at + n, words.split()[n % 3], f"{words} {n}") for n in range(12)]
        account.file(folder, *raws)
    train(account.filed().rows, tmp_path)
    (answer,) = load(tmp_path).classify_texts([MailText("my parcel", "the courier has no tracking")])
    assert answer.category == "order_status"
