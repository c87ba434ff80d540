"""The promises L, D and A, as the store keeps them."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import delete, exc, update

from models.case import LEGAL_MOVES, Stage
from models.errors import ApprovalError, IllegalMove, LostRace, StoreUnavailable
from models.outbox import OutboxState
from models.review import Decision, Outcome
from models.rollout import Phase
from store import rollout, tables
from store.audit import entries
from store.cases import claim, move
from store.cursors import get_cursor
from store.database import HEAD, open_store
from store.decisions import approve_by_policy, approve_reply
from store.drafts import ask_approval, latest_draft
from store.messages import get_raw
from store.metrics import proportion
from store.outbox import begin_transmission, claim_next, find_outbox, recover_claims
from store.outcome import back_off, postpone, record_results
from store.reviews import waiting
from tests.factories import FREE, Inbox, mail, outgoing, reply, taken_by_all


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def approved(inbox: Inbox, message_id: str = "<r1@ours.example>") -> None:
    """A reply that a person has approved and that waits in the outbox."""
    case = ask_approval(inbox.store, inbox.drafted(), reply(), "each reply is approved")
    review = waiting(inbox.store)[-1]
    decision = Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=reply().shown_hash)
    assert approve_reply(inbox.store, decision, outgoing(message_id=message_id)).id == case.id


def test_l_a_batch_saved_twice_is_saved_once(inbox: Inbox) -> None:
    """The key (mailbox, folder, UIDVALIDITY, UID) makes a repeated fetch harmless."""
    arrivals = [inbox.arrival(mail(message_id=f"<{n}@example.com>")) for n in range(3)]
    inbox.save(*arrivals)
    inbox.save(*arrivals)
    assert len(inbox.cases()) == 3
    cursor = get_cursor(inbox.store, "support", "INBOX")
    assert cursor is not None
    assert cursor.last_uid == 3


def test_l_a_new_uidvalidity_keeps_every_case(inbox: Inbox) -> None:
    """After UIDVALIDITY changes, known mail is recognised by its bytes and not answered again."""
    inbox.save(inbox.arrival(mail(), uid=5))
    case = move(inbox.store, inbox.cases()[0], Stage.CATEGORIZED)
    inbox.save(inbox.arrival(mail(), uid=1, validity=2))
    assert [c.id for c in inbox.cases()] == [case.id]
    assert inbox.cases()[0].stage is Stage.CATEGORIZED


def test_l_the_raw_bytes_are_kept_exactly(inbox: Inbox) -> None:
    """What lay on the server can be read back byte by byte."""
    arrival = inbox.arrival(mail())
    inbox.save(arrival)
    assert get_raw(inbox.store, inbox.cases()[0].message_id) == arrival.fetched.raw


def test_an_identical_copy_is_skipped(inbox: Inbox) -> None:
    """The same bytes under another UID are one question, to be answered once."""
    inbox.save(inbox.arrival(mail(), uid=5), inbox.arrival(mail(), uid=6))
    assert [case.stage for case in inbox.cases()] == [Stage.RECEIVED, Stage.SKIPPED]


def test_a_move_has_one_winner(inbox: Inbox) -> None:
    """Two runs that hold the same version cannot both move a case."""
    case = inbox.receive()
    assert case is not None
    move(inbox.store, case, Stage.CATEGORIZED)
    with pytest.raises(LostRace):
        move(inbox.store, case, Stage.SKIPPED)


@pytest.mark.parametrize("to", sorted(set(Stage) - LEGAL_MOVES[Stage.RECEIVED]))
def test_an_illegal_move_is_refused(inbox: Inbox, to: Stage) -> None:
    """The table in models/case.py is the law."""
    case = inbox.receive()
    assert case is not None
    with pytest.raises(IllegalMove):
        move(inbox.store, case, to)


def test_a_claim_keeps_others_away_until_it_runs_out(inbox: Inbox) -> None:
    """A dead run's cases fall free after the claim's time (promise R)."""
    inbox.receive()
    assert len(claim(inbox.store, "support", Stage.RECEIVED, 10, 60)) == 1
    assert claim(inbox.store, "support", Stage.RECEIVED, 10, 60) == []
    inbox.clock.forward(seconds=61)
    assert len(claim(inbox.store, "support", Stage.RECEIVED, 10, 60)) == 1


def test_d_the_outbox_takes_one_reply_for_a_case(inbox: Inbox) -> None:
    """A second row for the same case is refused by the database itself."""
    approved(inbox)
    item = find_outbox(inbox.store, "support", OutboxState.QUEUED)[0]
    row = {"case_id": item.case_id, "review_id": 99, "mailbox": "support", "message_id": "<other@ours.example>"}
    more = {"envelope_from": "", "recipients": [], "raw": b"", "approved_hash": "", "by_policy": False}
    late = {"state": "queued", "attempts": 0, "error": "", "created": inbox.clock()}
    with pytest.raises(exc.IntegrityError), inbox.store.write() as connection:
        connection.execute(tables.outbox.insert().values(**row, **more, **late))


def test_d_a_claimed_reply_is_claimed_once(inbox: Inbox) -> None:
    """The second run finds nothing to send."""
    approved(inbox)
    assert claim_next(inbox.store, "support", 60) is not None
    assert claim_next(inbox.store, "support", 60) is None


def test_d_a_run_that_lost_its_claim_cannot_reach_the_wire(inbox: Inbox) -> None:
    """The fencing token is checked right before the SMTP transaction."""
    approved(inbox)
    slow = claim_next(inbox.store, "support", 60)
    assert slow is not None
    inbox.clock.forward(seconds=61)
    recover_claims(inbox.store, "support")
    fast = claim_next(inbox.store, "support", 60)
    assert fast is not None
    begin_transmission(inbox.store, fast)
    with pytest.raises(LostRace):
        begin_transmission(inbox.store, slow)


def test_d_a_run_that_died_on_the_wire_leaves_an_unknown(inbox: Inbox) -> None:
    """What may have been delivered is never queued again by itself."""
    approved(inbox)
    item = claim_next(inbox.store, "support", 60)
    assert item is not None
    begin_transmission(inbox.store, item)
    inbox.clock.forward(seconds=61)
    recover_claims(inbox.store, "support")
    assert [unknown.id for unknown in find_outbox(inbox.store, "support", OutboxState.UNKNOWN)] == [item.id]
    assert inbox.cases()[0].stage is Stage.UNKNOWN
    assert claim_next(inbox.store, "support", 60) is None


def test_a_temporary_refusal_waits_twice_as_long_each_time(inbox: Inbox) -> None:
    """A 4xx queues again with back-off, a little spread; before its time nothing is claimed."""
    approved(inbox)
    for wait in (30, 60, 120):
        item = claim_next(inbox.store, "support", 60)
        assert item is not None
        postpone(inbox.store, item, "451 try later")
        exactly = back_off(item).total_seconds()
        assert wait <= exactly <= wait * 1.25
        inbox.clock.forward(seconds=exactly - 1)
        assert claim_next(inbox.store, "support", 60) is None
        inbox.clock.forward(seconds=1)


def test_a_sent_reply_ends_the_case(inbox: Inbox) -> None:
    """The case is sent, and the audit log says so with the hash of the bytes."""
    approved(inbox)
    item = claim_next(inbox.store, "support", 60)
    assert item is not None
    begin_transmission(inbox.store, item)
    record_results(inbox.store, item, taken_by_all(item))
    assert inbox.cases()[0].stage is Stage.SENT
    newest = entries(inbox.store)[0]
    assert (newest.action, newest.detail["raw_hash"]) == ("sent", outgoing().raw_hash)


def test_a_what_has_changed_since_it_was_shown_cannot_be_approved(inbox: Inbox) -> None:
    """An approval names the hash of what was shown."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "")
    stale = Decision(
        review_id=waiting(inbox.store)[0].id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash="0" * 64
    )
    with pytest.raises(ApprovalError, match="look at it again"):
        approve_reply(inbox.store, stale, outgoing())
    assert find_outbox(inbox.store, "support", OutboxState.QUEUED) == []


def test_a_an_approval_that_fails_half_way_leaves_nothing(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Review, stage and outbox row change together or not at all."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "")
    review = waiting(inbox.store)[0]
    decision = Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=reply().shown_hash)

    def crash(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("store.decisions.queue_reply", crash)
    with pytest.raises(RuntimeError):
        approve_reply(inbox.store, decision, outgoing())
    assert waiting(inbox.store)[0].id == review.id
    assert inbox.cases()[0].stage is Stage.AWAITING_APPROVAL


def test_a_an_approval_counts_once(inbox: Inbox) -> None:
    """Two reviewers who press the button together: one wins, the other is told."""
    approved(inbox)
    review_id = 1
    again = Decision(review_id=review_id, outcome=Outcome.APPROVED, decided_by="lea", shown_hash=reply().shown_hash)
    with pytest.raises(LostRace, match="already decided"):
        approve_reply(inbox.store, again, outgoing())


def test_a_the_policy_leaves_the_same_traces_as_a_person(inbox: Inbox) -> None:
    """A reply approved by policy has its review and its audit entry too."""
    case = inbox.drafted()
    approve_by_policy(inbox.store, case, reply().shown_hash, "risk low", outgoing(), FREE)
    assert [entry.actor for entry in entries(inbox.store)] == ["policy"]
    assert waiting(inbox.store) == []


def test_the_audit_log_refuses_changes(inbox: Inbox) -> None:
    """Neither an update nor a deletion gets past the database's own triggers."""
    rollout.set_phase(inbox.store, "support", Phase.DRAFT, "noor")
    for change in (update(tables.audit).values(actor="nobody"), delete(tables.audit)):
        with pytest.raises(exc.IntegrityError, match="append-only"), inbox.store.write() as connection:
            connection.execute(change)
    assert entries(inbox.store)[0].actor == "noor"


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    """HEAD decides whether alembic is imported at all, so it must not lag behind."""
    versions = Path(__file__).parents[2] / "store" / "migrations" / "versions"
    assert max(file.stem.split("_")[0] for file in versions.glob("[0-9]*.py")) == HEAD


def test_a_draft_comes_back_as_it_was_stored(inbox: Inbox) -> None:
    """The hash that was shown survives the way through the database."""
    case = inbox.drafted()
    kept = latest_draft(inbox.store, case.id)
    assert kept == reply()
    assert kept is not None
    assert kept.shown_hash == reply().shown_hash


def test_a_database_that_is_no_database_gets_one_clear_line(tmp_path: Path) -> None:
    """The message names the setting to look at."""
    (tmp_path / "mailstage.db").write_bytes(b"this is not a database, but it is long enough to be looked at" * 20)
    with pytest.raises(StoreUnavailable, match=r"mailstage\.toml"):
        open_store(f"sqlite:///{tmp_path / 'mailstage.db'}")


def test_a_full_disk_gets_one_clear_line_and_loses_nothing(inbox: Inbox) -> None:
    """SQLite's own page limit stands in for the disk: the write fails, what was there stays."""
    inbox.receive()
    with inbox.store.engine.connect() as connection:
        raw: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreUnavailable, match="free some disk space"):
        inbox.save(*[inbox.arrival(mail("x" * 5000, message_id=f"<big{n}@example.com>")) for n in range(200)])
    assert inbox.cases()[0].stage is Stage.RECEIVED


def test_the_interval_is_that_of_wilson() -> None:
    """Checked against scipy's own."""
    from scipy.stats import binomtest

    for successes, trials in ((0, 5), (3, 7), (30, 30), (450, 1000)):
        ours, theirs = proportion(successes, trials), binomtest(successes, trials).proportion_ci(method="wilson")
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_a_phase_change_during_a_general_pause_keeps_the_two_apart(inbox: Inbox) -> None:
    """When everything resumes, the mailbox runs again."""
    rollout.set_paused(inbox.store, rollout.EVERYTHING, True, "noor")
    rollout.set_phase(inbox.store, "support", Phase.DRAFT, "noor")
    rollout.set_paused(inbox.store, rollout.EVERYTHING, False, "noor")
    assert rollout.state(inbox.store, "support") == rollout.state(inbox.store, "support").model_copy(
        update={"paused": False, "phase": Phase.DRAFT}
    )


def test_the_migrations_lead_to_the_tables_of_the_code(inbox: Inbox) -> None:
    """Otherwise a fresh database would differ from one that has grown up."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with inbox.store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
