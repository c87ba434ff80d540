"""Labels on the mail server: Gmail's own, keywords, and copies that a crash does not double."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mail.servers import EmbeddedServers
from models.case import Stage
from models.classification import Classification
from models.rollout import Phase
from models.settings import Company, LabelStyle, MailboxSettings, MailServer, Settings, Tls
from store.classifications import Categorized, save_categorized
from store.database import open_store
from store.labels import pending_labels
from tasks.fetch import fetch_mail
from tasks.label import write_labels
from tasks.workplace import Workplace
from tests.cases import find_cases
from tests.factories import TEAM, Clock
from tests.gmail import ALL, Gmail, gmail
from tests.team import letter

LABEL = "Mailstage/Order status"


@pytest.fixture
def account() -> Iterator[Gmail]:
    with gmail() as running:
        yield running


def workplace(folder: Path, imap: MailServer, **box: object) -> Workplace:
    smtp = MailServer(host="127.0.0.1", port=1, tls=Tls.NONE)
    mailbox = MailboxSettings(address=TEAM.address, imap=imap, smtp=smtp, phase=Phase.CATEGORIZE, **box)
    settings = Settings(company=Company(name="Kestrel Grove"), data=folder, mailboxes={"support": mailbox})
    return Workplace(settings, open_store(f"sqlite:///{folder / 'mailstage.db'}", Clock()))


def sort_all(place: Workplace) -> None:
    sure = Classification(category="order_status", probability=0.95)
    received = find_cases(place.store, "support", [Stage.RECEIVED])
    save_categorized(place.store, [Categorized(case, sure, Stage.CATEGORIZED) for case in received])


def test_gmail_gets_labels_in_one_store(account: Gmail, tmp_path: Path) -> None:
    """Not keywords, which Gmail takes and shows to nobody, and not copies."""
    for number in range(5):
        account.deliver(letter(number))
    place = workplace(tmp_path, account.imap())
    fetch_mail(place, "support")
    sort_all(place)
    assert write_labels(place, "support") == 5
    assert all(mail.labels == {"INBOX", LABEL} and mail.flags == set() for mail in account.mails.values())
    assert sum("X-GM-LABELS" in command for command in account.commands) == 1
    assert not any("COPY" in command for command in account.commands)


def test_gmail_message_in_two_folders_is_recognised_by_its_id(account: Gmail, tmp_path: Path) -> None:
    """X-GM-MSGID is the same in every folder, and mail archived in one lives on in the other."""
    account.deliver(letter(1), "INBOX", "Orders")
    place = workplace(tmp_path, account.imap(), folders=("Orders",))
    fetch_mail(place, "support")
    first, second = find_cases(place.store, "support")
    assert (first.stage, second.stage) == (Stage.RECEIVED, Stage.SKIPPED)
    account.mails[1].labels.remove("INBOX")
    account.mails[1].raw += b"a footer\r\n"
    fetch_mail(place, "support")
    assert find_cases(place.store, "support")[0].stage is Stage.RECEIVED
    account.mails[1].labels.remove("Orders")
    fetch_mail(place, "support")
    assert find_cases(place.store, "support")[0].stage is Stage.FILED


def test_a_message_that_the_server_leaves_out_is_not_passed_over(account: Gmail, tmp_path: Path) -> None:
    """A hole in an answer is asked about; what still does not come stands in quarantine (promise L)."""
    for number in range(4):
        account.deliver(letter(number))
    account.leaves_out = {2}
    place = workplace(tmp_path, account.imap())
    fetch_mail(place, "support")
    stages = [case.stage for case in find_cases(place.store, "support")]
    assert stages == [Stage.RECEIVED, Stage.QUARANTINED, Stage.RECEIVED, Stage.RECEIVED]


def test_all_mail_is_found_by_its_name(account: Gmail, tmp_path: Path) -> None:
    """A folder that cannot be opened, as `[Gmail]`, does not get in the way."""
    account.deliver(letter(1))
    place = workplace(tmp_path, account.imap(), inbox=ALL)
    assert fetch_mail(place, "support").new == 1


@pytest.mark.parametrize("message_id", [True, False])
@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_crash_while_copying_makes_no_second_copy(tmp_path: Path, crash: str, message_id: bool) -> None:
    """Killed before or after COPY, the next run looks what is there, also for mail without a Message-ID."""
    with EmbeddedServers({TEAM.address: "secret"}) as servers:
        for number in range(3):
            raw = letter(number, "x" * number)
            servers.deliver(TEAM.address, raw if message_id else raw.replace(b"Message-ID: ", b"X-Number: "))
        place = workplace(tmp_path, servers.imap(TEAM.address), labels=LabelStyle.FOLDERS)
        fetch_mail(place, "support")
        sort_all(place)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("mail.imap.writing.copy", interrupted(before=crash == "before"))
            with pytest.raises(InterruptedError):
                write_labels(place, "support")
        assert all(label.begun for label in pending_labels(place.store, "support", 10))
        write_labels(place, "support")
        assert len(servers.mails(TEAM.address, LABEL)) == 3
        assert pending_labels(place.store, "support", 10) == []


def interrupted(*, before: bool):  # type: ignore[no-untyped-def]
    """`copy`, and a power cut right before or after it."""
    from mail.imap.writing import copy

    def cut(*args: Any) -> None:
        if not before:
            copy(*args)
        raise InterruptedError

    return cut


def test_a_folder_that_takes_no_label_does_not_keep_the_others_from_theirs(account: Gmail, tmp_path: Path) -> None:
    """The refused ones wait for the next run."""
    account.deliver(letter(1), "Orders")
    account.deliver(letter(2))
    place = workplace(tmp_path, account.imap(), folders=("Orders",))
    fetch_mail(place, "support")
    sort_all(place)
    account.labels.remove("Orders")
    assert write_labels(place, "support") == 1
    (waiting,) = pending_labels(place.store, "support", 10)
    assert waiting.folder == "Orders"
    account.labels.add("Orders")
    assert write_labels(place, "support") == 1
