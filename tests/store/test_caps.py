"""Caps are counted in the transaction that adds to them: nobody passes one by being quick."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from models.case import Case, Stage
from models.errors import CapReached
from models.outbox import OutboxState
from models.review import Decision, Outcome
from store.caps import Caps
from store.decisions import approve_by_policy, approve_reply
from store.drafts import ask_approval
from store.outbox import begin_transmission, claim_next, find_outbox
from store.outcome import record_results
from store.reviews import waiting
from tests.factories import CUSTOMER, FREE, TEAM, Inbox, mail, outgoing, reply, taken_by_all

TOGETHER = 4


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Inbox]:
    opened = Inbox(tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture(params=["sqlite", pytest.param("fresh_postgres", marks=pytest.mark.postgres)])
def inbox(request: pytest.FixtureRequest) -> Inbox:
    opened: Inbox = request.getfixturevalue(request.param)
    return opened


def drafted(inbox: Inbox, number: int) -> Case:
    return inbox.drafted(mail(f"Question {number}", subject=f"Matter {number}", message_id=f"<{number}@example.com>"))


def approved(inbox: Inbox, number: int) -> None:
    """By a person, of whose approvals as many as may go today are sent."""
    ask_approval(inbox.store, drafted(inbox, number), reply(), "each reply is approved")
    review = waiting(inbox.store)[0]
    decision = Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=review.shown_hash)
    approve_reply(inbox.store, decision, outgoing(message_id=f"<r{number}@ours.example>"))


def let_go(inbox: Inbox, caps: Caps, words: str, number: int, case: Case) -> str:
    """What stood against it; empty when it was approved."""
    sealed = outgoing(message_id=f"<r{number}@ours.example>").model_copy(update={"fingerprint": words or str(number)})
    try:
        approve_by_policy(inbox.store, case, reply().shown_hash, "risk low", sealed, caps)
    except CapReached as cap:
        return str(cap)
    return ""


def at_once(calls: list[Callable[[], str]]) -> list[str]:
    """Each in a thread of its own, all let go at the same moment."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], str]) -> str:
        ready.wait(20)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.mark.parametrize(
    ("caps", "words", "why"),
    [
        (replace(FREE, per_address=1), "", f"1 replies went to {CUSTOMER.address}"),
        (replace(FREE, per_mailbox=1), "", "1 replies of this mailbox"),
        (FREE, "the same", "the same words"),
    ],
    ids=["address", "mailbox", "words"],
)
def test_runs_that_approve_at_once_never_pass_a_cap(inbox: Inbox, caps: Caps, words: str, why: str) -> None:
    """Of several one wins; the others are told which cap it has filled, and nothing of theirs is written."""
    cases = [drafted(inbox, number) for number in range(TOGETHER)]
    said = at_once([partial(let_go, inbox, caps, words, number, case) for number, case in enumerate(cases)])
    assert sorted(said)[0] == ""
    assert all(why in one for one in sorted(said)[1:])
    assert len(find_outbox(inbox.store, "support", OutboxState.QUEUED)) == 1
    assert len(inbox.cases(Stage.DRAFTED)) == TOGETHER - 1


def test_a_conversation_has_a_cap_of_its_own(inbox: Inbox) -> None:
    """However many addresses write in it."""
    first = inbox.drafted()
    assert let_go(inbox, replace(FREE, per_conversation=1), "", 1, first) == ""
    second = inbox.drafted(mail("And now?", message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    assert second.conversation_id == first.conversation_id
    assert "1 times in this conversation" in let_go(inbox, replace(FREE, per_conversation=1), "", 2, second)


def test_runs_that_send_at_once_never_pass_the_daily_cap(inbox: Inbox) -> None:
    """What people approve beyond it waits, also while the last that may go is still on the wire."""
    for number in range(TOGETHER):
        approved(inbox, number)
    items = [item for _ in range(TOGETHER) if (item := claim_next(inbox.store, "support", 60))]

    def may_go(number: int) -> str:
        return str(begin_transmission(inbox.store, items[number], per_day=2))

    said = at_once([partial(may_go, number) for number in range(TOGETHER)])
    assert sorted(said) == ["False", "False", "True", "True"]
    assert len(find_outbox(inbox.store, "support", OutboxState.QUEUED)) == TOGETHER - 2


def test_a_reply_does_not_stand_in_its_own_way(inbox: Inbox) -> None:
    """One that somebody has got, and somebody else not yet, counts once and goes on; the next day all may go."""
    approved(inbox, 1)
    first = claim_next(inbox.store, "support", 60)
    assert first is not None
    assert begin_transmission(inbox.store, first, per_day=1)
    assert begin_transmission(inbox.store, first, per_day=1)
    record_results(inbox.store, first, taken_by_all(first))
    approved(inbox, 2)
    second = claim_next(inbox.store, "support", 60)
    assert second is not None
    assert second.envelope_from == TEAM.address
    assert not begin_transmission(inbox.store, second, per_day=1)
    inbox.clock.forward(hours=25)
    third = claim_next(inbox.store, "support", 60)
    assert third is not None
    assert begin_transmission(inbox.store, third, per_day=1)
