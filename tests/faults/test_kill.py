"""`kill -9` at every dangerous line of the road, then a second run: promises L, D, A and R."""

import hashlib
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from models.case import Stage
from models.outbox import OutboxState
from models.review import Outcome
from store import tables
from store.cases import find_cases
from store.outbox import find_outbox
from tests.company import Company
from tests.faults.crash import POINTS

ROOT = Path(__file__).parents[2]
MAILS = ("011", "017", "022", "041", "025", "006")
"""Two that the policy answers with a question back (011, 041), the rest with a person, skipped or asked about."""
RECOVERY_SECONDS = 60.0


@pytest.fixture
def quick_company(company: Company) -> Company:
    """Claims that run out after two seconds, so that a dead run's work falls free within the test."""
    text = company.config.read_text(encoding="utf-8")
    company.config.write_text(
        text.replace("[policy]\n", "[policy]\nclaim_seconds = 2.0\nsend_seconds = 2.0\n"), encoding="utf-8"
    )
    company.deliver("support", *MAILS)
    return company


def doomed_run(company: Company, point: str) -> int:
    """Exit status of one pass in a process of its own, on the test session's Prefect server."""
    from prefect.settings import get_current_settings

    environment = os.environ | {"PREFECT_API_URL": str(get_current_settings().api.url)}
    command = [sys.executable, "-m", "tests.faults.crash", point, "support", str(company.config)]
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=90, check=False).returncode


def restless(company: Company) -> list[Stage]:
    """Stages of cases that no person holds and that are not at their end."""
    moving = {Stage.RECEIVED, Stage.CATEGORIZED, Stage.DRAFTED, Stage.APPROVED, Stage.SENDING}
    return [case.stage for case in find_cases(company.place.store, "support") if case.stage in moving]


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize("point", POINTS)
def test_after_a_kill_the_next_run_carries_on(quick_company: Company, point: str) -> None:
    """Nothing is lost, nothing goes out twice or unapproved, and all is settled within a minute."""
    company = quick_company
    assert doomed_run(company, point) == -9, "the run must die at the point, or the test proves nothing"
    begun = time.monotonic()
    while True:
        company.run("support")
        if not restless(company) or time.monotonic() - begun > RECOVERY_SECONDS:
            break
    assert restless(company) == []
    assert len(find_cases(company.place.store, "support")) == len(MAILS), "promise L"
    assert_each_once_and_approved(company)
    assert_each_filed_once(company)
    if point == "after-the-wire":
        stages = [case.stage for case in find_cases(company.place.store, "support")]
        assert stages.count(Stage.UNKNOWN) == 1, "nobody saw the answer: a person is asked, nothing is sent again"


def assert_each_once_and_approved(company: Company) -> None:
    """Promises D and A, read off the wire."""
    answered = Counter(message.in_reply_to for mail in company.servers.wire for message in [_parsed(mail.raw)])
    assert answered, "at least one reply goes out, or the test proves nothing"
    assert set(answered.values()) == {1}, "promise D"
    on_the_wire = {hashlib.sha256(mail.raw).hexdigest() for mail in company.servers.wire}
    outcomes = approvals(company)
    assert on_the_wire <= outcomes.keys(), "promise A"
    assert {outcomes[sent] for sent in on_the_wire} <= {Outcome.APPROVED, Outcome.EDITED}, "promise A"


def approvals(company: Company) -> dict[str, str | None]:
    """Hash of the approved bytes → what the review that the reply rests on came to."""
    joined = select(tables.outbox.c.approved_hash, tables.reviews.c.outcome).join(
        tables.reviews, tables.reviews.c.id == tables.outbox.c.review_id
    )
    with company.place.store.read() as connection:
        return {row.approved_hash: row.outcome for row in connection.execute(joined)}


def assert_each_filed_once(company: Company) -> None:
    """A reply on the wire lies once in Sent; one of which nobody knows waits with a person and has no copy yet."""
    box = company.place.mailbox("support")
    in_sent = Counter(_parsed(raw).message_id for raw in company.servers.mails(box.address, box.sent))
    unknown = {item.message_id for item in find_outbox(company.place.store, "support", OutboxState.UNKNOWN)}
    on_the_wire = {_parsed(mail.raw).message_id for mail in company.servers.wire}
    assert in_sent == dict.fromkeys(on_the_wire - unknown, 1)
    stages = [case.stage for case in find_cases(company.place.store, "support")]
    assert stages.count(Stage.UNKNOWN) == len(unknown)


def _parsed(raw: bytes):  # type: ignore[no-untyped-def]
    from mail.reading import read_message

    return read_message(raw)
