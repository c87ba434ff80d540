"""What a watching process asks the store every few seconds."""

from datetime import timedelta
from pathlib import Path

from models.case import Stage
from models.rollout import Phase
from store.cases import claim
from store.classifications import Categorized, save_categorized
from store.due import abandoned, decided_since, newest_entry, replies_due
from store.outbox import claim_next
from store.rollout import set_paused, set_phase
from tasks.reconcile import reconcile
from tests.office import open_office


def test_a_reply_is_due_once_it_is_approved_and_no_more_when_it_is_sent(tmp_path: Path) -> None:
    """By mailbox; a mailbox that nobody asks about is left out."""
    with open_office(tmp_path) as office:
        store = office.place.store
        assert replies_due(store, ["support"]) == {}
        office.approve()
        assert len(replies_due(store, ["support"])["support"]) == 1
        assert replies_due(store, ["orders"]) == {}
        office.send()
        assert replies_due(store, ["support"]) == {}


def test_a_reply_that_was_put_off_is_due_when_its_time_has_come(tmp_path: Path) -> None:
    """The outbox keeps its own back-off."""
    with open_office(tmp_path) as office:
        office.approve()
        down = office.place.mailbox("support").smtp.model_copy(update={"port": 1})
        office.send(smtp=down)
        assert replies_due(office.place.store, ["support"]) == {}
        office.inbox.clock.now += timedelta(hours=1)
        assert len(replies_due(office.place.store, ["support"])["support"]) == 1


def test_work_that_a_dead_run_had_taken_is_found_when_its_time_is_over(tmp_path: Path) -> None:
    """A case, a reply on its way, a copy that was not filed: not while somebody is at it, nor once it is done."""
    with open_office(tmp_path) as office:
        store, clock = office.place.store, office.inbox.clock
        office.inbox.receive()
        claim(store, "support", Stage.RECEIVED, 10, 25)
        assert abandoned(store, ["support"]) == frozenset()
        clock.forward(seconds=26)
        assert abandoned(store, ["support"]) == {"support"}
        assert abandoned(store, ["orders"]) == frozenset()
        save_categorized(store, [Categorized(office.inbox.cases()[-1], None, Stage.SKIPPED)])
        office.approve()
        assert claim_next(store, "support", 25) is not None
        assert abandoned(store, ["support"]) == frozenset()
        clock.forward(seconds=26)
        assert abandoned(store, ["support"]) == {"support"}
        reconcile(office.place, "support")
        assert office.send().sent == 1
        assert abandoned(store, ["support"]) == frozenset()
        clock.forward(seconds=60)
        assert abandoned(store, ["support"]) == {"support"}
        reconcile(office.place, "support")
        assert abandoned(store, ["support"]) == frozenset()


def test_what_people_decide_is_seen_once_and_what_we_write_ourselves_never(tmp_path: Path) -> None:
    """A decision, a phase, a pause; not the entries that a pass leaves behind."""
    with open_office(tmp_path) as office:
        store = office.place.store
        entry = newest_entry(store)
        assert decided_since(store, entry) == (entry, frozenset())
        office.approve()
        entry, mailboxes = decided_since(store, entry)
        assert mailboxes == {"support"}
        office.send()
        entry, mailboxes = decided_since(store, entry)
        assert mailboxes == frozenset()
        set_phase(store, "orders", Phase.DRAFT, "noor")
        set_paused(store, "*", True, "noor")
        assert decided_since(store, entry)[1] == {"orders", "*"}
