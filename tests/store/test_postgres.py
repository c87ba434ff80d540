"""The store's promises on PostgreSQL: the same code, another database."""

import threading
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from models.case import Stage
from models.errors import LostRace
from models.outbox import OutboxState
from models.review import Decision, Outcome
from models.rollout import Phase, Requirement
from store import rollout
from store.adopted import adopt_sent
from store.arrivals import save_batch
from store.audit import entries
from store.backfills import Backfill, begin_backfill, find_backfills, save_old
from store.cases import claim
from store.conversations import get_turns
from store.cursors import Cursor, get_cursor, set_trouble, troubles
from store.decisions import approve_reply
from store.drafts import ask_approval
from store.metrics import evidence, overview
from store.outbox import begin_transmission, claim_next, find_outbox
from store.outcome import record_results
from store.overtaken import withdraw_overtaken
from store.placed import Question, claim_placing
from store.reviews import waiting
from tests.factories import CUSTOMER, TEAM, mail, outgoing, reply, taken_by_all
from tests.store.postgres import PostgresInbox

pytestmark = pytest.mark.postgres


@pytest.fixture
def inbox(fresh_postgres: PostgresInbox) -> PostgresInbox:
    return fresh_postgres


def test_a_case_travels_from_inbox_to_sent(inbox: PostgresInbox) -> None:
    """Every table is written and read once: the road in the store alone."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "each reply is approved")
    (review,) = waiting(inbox.store)
    decision = Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=review.shown_hash)
    approve_reply(inbox.store, decision, outgoing())
    item = claim_next(inbox.store, "support", 60)
    assert item is not None
    begin_transmission(inbox.store, item)
    record_results(inbox.store, item, taken_by_all(item))
    assert find_outbox(inbox.store, "support", OutboxState.SENT)[0].raw == outgoing().raw
    assert overview(inbox.store, "support").sent == 1
    assert evidence(inbox.store, "support", Requirement()).acceptance.successes == 1
    assert [entry.action for entry in entries(inbox.store)] == ["sent", "draft approved"]


def test_threads_join_and_overtake(inbox: PostgresInbox) -> None:
    """The batch-wise threading, with PostgreSQL's own RETURNING."""
    case = inbox.drafted()
    ask_approval(inbox.store, case, reply(), "")
    inbox.receive(mail(message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    assert len(get_turns(inbox.store, case.conversation_id)) == 2
    assert withdraw_overtaken(inbox.store, "support") == 1


def test_the_switch_and_the_audit_log(inbox: PostgresInbox) -> None:
    """The upsert, and the trigger that keeps the log as it is."""
    rollout.ensure(inbox.store, "support", Phase.DRAFT)
    rollout.set_phase(inbox.store, "support", Phase.CONVERSE, "noor")
    assert rollout.state(inbox.store, "support").phase is Phase.CONVERSE
    with pytest.raises(Exception, match="append-only"), inbox.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'nobody'")


def test_two_runs_share_the_work_without_overlap(inbox: PostgresInbox) -> None:
    """SKIP LOCKED: each case is claimed by one of two threads."""
    inbox.save(*[inbox.arrival(mail(message_id=f"<{n}@example.com>")) for n in range(40)])
    taken: list[int] = []

    def work() -> None:
        while batch := claim(inbox.store, "support", Stage.RECEIVED, 5, 60):
            taken.extend(one.case.id for one in batch)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(case.id for case in inbox.cases())


def test_two_reviewers_cannot_both_approve(inbox: PostgresInbox) -> None:
    """One wins, the other is told, and one reply waits in the outbox."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "")
    (review,) = waiting(inbox.store)
    outcomes: list[str] = []

    def approve(name: str) -> None:
        decision = Decision(
            review_id=review.id, outcome=Outcome.APPROVED, decided_by=name, shown_hash=review.shown_hash
        )
        try:
            approve_reply(inbox.store, decision, outgoing())
            outcomes.append("approved")
        except LostRace:
            outcomes.append("lost")

    threads = [threading.Thread(target=approve, args=(name,)) for name in ("noor", "lea")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "lost"]
    assert len(find_outbox(inbox.store, "support", OutboxState.QUEUED)) == 1


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Runs each in a thread, all released together; returns what they raised."""
    start, raised = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_l_two_fetches_at_once_save_each_mail_once(inbox: PostgresInbox) -> None:
    """A watch that fetches beside its own pass: whoever comes second finds everything known."""
    for first in range(0, 200, 40):
        batch = [inbox.arrival(mail(message_id=f"<{n}@example.com>"), n + 1) for n in range(first, first + 40)]
        save = partial(save_batch, inbox.store, batch, "support", "INBOX", Cursor(1, first + 40))
        assert at_once(save, save, save) == []
    assert len(inbox.cases()) == 200
    assert get_cursor(inbox.store, "support", "INBOX") == Cursor(1, 200)


def test_processes_that_start_at_once_note_the_first_phase_once(inbox: PostgresInbox) -> None:
    """One entry in the audit log, however many of them see the mailbox for the first time."""
    ensure = partial(rollout.ensure, inbox.store, "support", Phase.DRAFT)
    assert at_once(*[ensure] * 6) == []
    assert [entry.action for entry in entries(inbox.store)] == ["phase"]


def test_a_pause_is_not_undone_by_a_phase_that_is_set_at_the_same_moment(inbox: PostgresInbox) -> None:
    """Both are kept, whoever comes first."""
    for round_ in range(5):
        mailbox = f"box{round_}"
        pause = partial(rollout.set_paused, inbox.store, mailbox, True, "noor")
        promote = partial(rollout.set_phase, inbox.store, mailbox, Phase.DRAFT, "lea")
        ensure = partial(rollout.ensure, inbox.store, mailbox, Phase.CATEGORIZE)
        assert at_once(pause, promote, ensure, pause) == []
        state = rollout.state(inbox.store, mailbox)
        assert (state.paused, state.phase) == (True, Phase.DRAFT)


def test_two_notes_about_one_folder_are_one(inbox: PostgresInbox) -> None:
    """Nobody has read the folder yet, and both runs find that it is not there."""
    assert at_once(*[lambda: set_trouble(inbox.store, "support", "Orders", "there is no folder 'Orders'")] * 4) == []
    assert troubles(inbox.store, "support", ("Orders",)) == ["there is no folder 'Orders'"]


def old_mail(inbox: PostgresInbox) -> Backfill:
    now = inbox.clock()
    return Backfill(
        mailbox="support",
        folder="INBOX",
        since=date(2026, 1, 1),
        uidvalidity=1,
        below=100,
        total=2,
        started=now,
        updated=now,
    )


def test_old_mail_is_brought_in_with_how_far_it_is(inbox: PostgresInbox) -> None:
    """The batch and its place in one transaction; a second run over the same folder is told."""
    job = old_mail(inbox)
    begin_backfill(inbox.store, job)
    arrivals = [inbox.arrival(mail(message_id=f"<{n}@example.com>"), n) for n in (99, 98)]
    moved = save_old(inbox.store, job, job.model_copy(update={"below": 98, "done": 2}), arrivals, [])
    with pytest.raises(LostRace, match="under way"):
        save_old(inbox.store, job, job.model_copy(update={"below": 98, "done": 2}), arrivals, [])
    assert find_backfills(inbox.store) == [moved]
    assert len(inbox.cases()) == 2


def test_two_backfills_begun_at_once_leave_one(inbox: PostgresInbox) -> None:
    """The one that has lost its row is told with its first batch."""
    assert at_once(*[lambda: begin_backfill(inbox.store, old_mail(inbox))] * 4) == []
    assert len(find_backfills(inbox.store)) == 1


def test_a_reply_from_a_mail_client_is_adopted_once(inbox: PostgresInbox) -> None:
    """Two runs read Sent at the same time; neither fails."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "")
    (review,) = waiting(inbox.store)
    question = Question(review.id, inbox.cases()[0].id, review.shown_hash)
    assert claim_placing(inbox.store, "support", question, "<draft@ours.example>", 60)
    inbox.clock.forward(hours=1)
    sent = mail("It ships today.", message_id="<draft@ours.example>", in_reply_to="<1@example.com>", sender=TEAM)
    inbox.receive(sent.model_copy(update={"to": (CUSTOMER,)}), ours=True)
    adopted: list[int] = []
    assert at_once(*[lambda: adopted.append(adopt_sent(inbox.store, "support"))] * 4) == []
    assert sum(adopted) == 1
    assert [case.stage for case in inbox.cases()] == [Stage.SENT]
