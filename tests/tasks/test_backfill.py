"""Old mail is brought in once, newest first, sorted, and without disturbing anybody; whatever kills the run."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mail.imap.session import ImapSession
from ml.small.registry import load
from models.case import Case, Stage
from models.errors import ConfigurationError, LostRace
from models.outbox import OutboxState
from models.rollout import Phase
from store import rollout, tables
from store.backfills import Backfill, find_backfills, save_old
from store.conversations import find_conversations
from store.cursors import get_cursor
from store.messages import get_message
from store.outbox import find_outbox
from store.reviews import waiting
from tasks.backfill import Wanted, backfill_mail
from tasks.fetch import fetch_mail
from tasks.label import write_labels
from tasks.progress import watched_by
from tasks.stop import Stopped, StopSign
from tasks.workplace import Workplace, open_workplace
from tests.cases import find_cases
from tests.company import Company

ROOT = Path(__file__).parents[2]
ORDERS = "orders@kestrelgrove.example"
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
SINCE = date(2026, 1, 11)
BATCH = 10


def question(number: int, extra: str = "") -> bytes:
    return (
        f"From: Ada <ada{number}@example.net>\r\nTo: {ORDERS}\r\nSubject: Where is my order KG-{204000 + number}?\r\n"
        f"Message-ID: <old-{number}@example.net>\r\n{extra}\r\nIt has not arrived, the tracking says nothing.\r\n"
    ).encode()


@pytest.fixture
def old(company: Company) -> Company:
    """Sixty mails, one a day from New Year on, half in the inbox; the mailbox starts long after them."""
    text = company.config.read_text(encoding="utf-8")
    text = text.replace("[mailboxes.orders]\n", "[mailboxes.orders]\nsince = 2026-06-01\n")
    company.config.write_text(text.replace("[limits]\n", "") + f"\n[limits]\nbatch = {BATCH}\n", encoding="utf-8")
    for number in range(60):
        day = FIRST + timedelta(days=number)
        company.servers.deliver(ORDERS, question(number), day, "INBOX" if number % 2 else "Archive")
    return Company(company.servers, company.config, open_workplace(company.config))


@pytest.fixture(autouse=True)
def _archive(company: Company) -> None:
    with ImapSession(company.place.mailbox("orders").imap) as session:
        session.existing_folder("Archive")


def bring_in(place: Workplace, **wanted: object) -> list[Backfill]:
    fetch_mail(place, "orders")
    asked = Wanted(**({"since": SINCE} | wanted))
    return backfill_mail(place, "orders", asked, load(place.settings.model_dir))


def brought_in(place: Workplace) -> list[Case]:
    return find_cases(place.store, "orders")


def test_old_mail_is_sorted_and_filed_and_asks_nobody(old: Company) -> None:
    """From the day on; nothing is drafted, no question stands open, no conversation waits for us."""
    rows = bring_in(old.place)
    assert [(row.folder, row.total, row.done) for row in rows] == [("Sent", 0, 0), ("INBOX", 25, 25)]
    cases = brought_in(old.place)
    assert [case.stage for case in cases] == [Stage.FILED] * 25
    assert (
        Counter(case.category for case in cases)["delivery_problem"]
        + Counter(case.category for case in cases)["order_status"]
        == 25
    )
    assert waiting(old.place.store, "orders") == []
    assert {talk.status for talk in find_conversations(old.place.store, "orders")} == {"closed"}
    assert write_labels(old.place, "orders") == 25


def test_what_the_model_is_not_sure_of_is_counted_apart(old: Company) -> None:
    """Sorted, unsure and the rest (a newsletter) make up what was done."""
    place = old.place
    for number, text in enumerate(("xyzzy plugh", "a b c", "List-Unsubscribe")):
        extra = "List-Unsubscribe: <mailto:off@example.net>\r\nPrecedence: bulk\r\n" if number == 2 else ""
        raw = f"From: eve{number}@example.org\r\nSubject: {text}\r\n{extra}\r\n{text}\r\n".encode()
        old.servers.deliver(ORDERS, raw, FIRST + timedelta(days=40, hours=number))
    _, inbox = bring_in(place)
    unsure = [case for case in brought_in(place) if case.reason.startswith("old mail, not sorted")]
    assert (inbox.done, inbox.sorted, inbox.unsure) == (28, 25, len(unsure))
    assert inbox.unsure == 2
    assert waiting(place.store, "orders") == []


def test_the_newest_comes_first_and_the_last_day_is_left_out(old: Company) -> None:
    """The order of the rows is the order in which they were saved."""
    small = old.place.settings.limits.model_copy(update={"batch": 1})
    place = Workplace(old.place.settings.model_copy(update={"limits": small}), old.place.store)
    bring_in(place, until=date(2026, 1, 21), folder="Archive")
    subjects = [get_message(place.store, case.message_id).subject for case in brought_in(place)]
    assert subjects == [f"Where is my order KG-{204000 + number}?" for number in (18, 16, 14, 12, 10)]


def test_what_arrives_is_not_disturbed(old: Company) -> None:
    """The forward cursor stays; mail that is new takes the usual road although it lies in the same days."""
    old.servers.deliver(ORDERS, question(100), datetime(2026, 7, 1, tzinfo=UTC))
    fetch_mail(old.place, "orders")
    before = get_cursor(old.place.store, "orders", "INBOX")
    bring_in(old.place)
    assert get_cursor(old.place.store, "orders", "INBOX") == before
    stages = Counter(case.stage for case in brought_in(old.place))
    assert stages == {Stage.RECEIVED: 1, Stage.FILED: 25}
    fetch_mail(old.place, "orders")
    assert len(brought_in(old.place)) == 26


def test_the_first_run_leaves_old_mail_alone(old: Company) -> None:
    """A mailbox of ten years is not downloaded before the first new mail is seen."""
    assert fetch_mail(old.place, "orders").new == 0


def test_mail_that_was_filed_unsorted_is_sorted_from_the_store(old: Company) -> None:
    """What an earlier run has read for its threads, or found answered, is not fetched again."""
    box = old.place.mailbox("orders").model_copy(update={"since": date(2026, 1, 20)})
    settings = old.place.settings.model_copy(update={"mailboxes": {"orders": box}})
    place = Workplace(settings, old.place.store)
    fetch_mail(place, "orders")
    unsorted = [case for case in brought_in(place) if case.stage is Stage.FILED]
    assert len(unsorted) == 9, "those of the month before the start"
    assert {case.category for case in unsorted} == {None}
    bring_in(place, since=date(2026, 1, 1))
    after = {case.id: case for case in brought_in(place)}
    assert all(after[case.id].category for case in unsorted)
    assert len(after) == 30


@pytest.mark.parametrize("answered", [True, False])
def test_drafts_are_written_only_where_asked_for_and_due(old: Company, answered: bool) -> None:
    """With --draft old mail goes onto the road; not what a colleague has answered."""
    if answered:
        reply = question(900, "In-Reply-To: <old-59@example.net>\r\n").replace(b"ada900@example.net", ORDERS.encode())
        old.servers.deliver(ORDERS, reply, FIRST + timedelta(days=61), "Sent")
    bring_in(old.place, since=date(2026, 3, 1), drafts=True)
    (case,) = brought_in(old.place)
    assert case.stage is (Stage.FILED if answered else Stage.CATEGORIZED)
    assert case.category


@pytest.mark.parametrize("phase", [Phase.CATEGORIZE, Phase.CONVERSE])
def test_drafts_for_old_mail_need_a_mailbox_that_asks_a_person(old: Company, phase: Phase) -> None:
    """No policy answers a mail of last year."""
    rollout.set_phase(old.place.store, "orders", phase, "noor")
    with pytest.raises(ConfigurationError, match="leave out --draft"):
        bring_in(old.place, drafts=True)
    assert find_outbox(old.place.store, "orders", OutboxState.QUEUED) == []


def test_asking_again_brings_in_nothing_twice(old: Company) -> None:
    """A finished one begins anew and finds everything known."""
    bring_in(old.place)
    again = bring_in(old.place)
    assert len(brought_in(old.place)) == 25
    assert [row.sorted for row in again] == [0, 0]


def test_mail_moved_between_two_backfilled_folders_is_one_case(old: Company) -> None:
    """The same bytes elsewhere are a copy, and are not sorted a second time."""
    old.servers.deliver(ORDERS, question(59), FIRST + timedelta(days=59), "Archive")
    bring_in(old.place)
    bring_in(old.place, folder="Archive")
    same = [case for case in brought_in(old.place) if "204059" in get_message(old.place.store, case.message_id).subject]
    assert [case.stage for case in same] == [Stage.FILED, Stage.SKIPPED]


def test_a_stop_ends_after_the_batch_and_the_next_run_goes_on(old: Company) -> None:
    """Ctrl-C: what was begun is finished, what is left is known."""
    sign = StopSign()

    def stop_at_ten(_mailbox: str, step: str, done: int, _total: int) -> None:
        if step.startswith("backfilling INBOX") and done >= BATCH:
            sign.ask()

    with sign.obeyed(), watched_by(stop_at_ten), pytest.raises(Stopped):
        bring_in(old.place)
    (_, row) = find_backfills(old.place.store, "orders")
    assert (row.done, row.left) == (10, 15)
    assert len(brought_in(old.place)) == 10
    assert bring_in(old.place)[1].done == 25
    assert len(brought_in(old.place)) == 25


def test_a_second_run_over_the_same_folder_is_told(old: Company) -> None:
    """Two cannot both move the same row on."""
    row = bring_in(old.place)[1]
    stale = row.model_copy(update={"below": row.below + 1})
    with pytest.raises(LostRace, match="under way"):
        save_old(old.place.store, stale, stale, [], [])


@pytest.mark.parametrize(("when", "number"), [("after", 1), ("before", 3), ("after", 3)])
def test_killed_at_any_batch_it_goes_on_where_it_stood(old: Company, when: str, number: int) -> None:
    """`kill -9` in a process of its own; then nothing is lost, nothing is there twice, and little is fetched again."""
    command = [sys.executable, "-m", "tests.faults.backfill", when, str(number + 1), "orders", "2026-01-11", "Archive"]
    died = subprocess.run([*command, str(old.config)], cwd=ROOT, env=os.environ, timeout=60, check=False).returncode
    assert died == -9, "the run must die at the point, or the test proves nothing"
    archive = find_backfills(old.place.store, "orders")[-1]
    saved = min(25, BATCH * (number if when == "after" else number - 1))
    assert (archive.done, archive.left) == (saved, 25 - saved)
    fetched: list[int] = []
    with watched_by(lambda _mailbox, step, done, _total: fetched.append(done) if "Archive" in step else None):
        bring_in(old.place, folder="Archive")
    assert fetched[:1] == ([] if saved == 25 else [min(25, saved + BATCH)]), "it goes on, it does not begin anew"
    assert find_backfills(old.place.store, "orders")[-1].done == 25
    assert_each_once(old.place)


def assert_each_once(place: Workplace) -> None:
    """Promise L: every mail of those days is one row with one case and one classification."""
    with place.store.read() as connection:
        keys = connection.execute(select(tables.messages.c.uid).where(tables.messages.c.folder == "Archive")).scalars()
        assert Counter(keys.all()).most_common(1)[0][1] == 1
        judged = connection.execute(select(tables.classifications.c.case_id)).scalars().all()
    subjects = Counter(get_message(place.store, case.message_id).subject for case in brought_in(place))
    assert subjects == {f"Where is my order KG-{204000 + number}?": 1 for number in range(10, 60, 2)}
    assert Counter(judged) == {case.id: 1 for case in brought_in(place)}
