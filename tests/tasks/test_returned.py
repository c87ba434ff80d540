"""A reply of ours comes back: over real servers, with a report as Postfix writes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from mail.reading import read_message
from ml.small.classifier import Classifier
from models.case import Case, Stage
from models.message import Kind
from models.review import Outcome, ReviewKind
from store.cases import claim
from store.classifications import save_categorized
from store.conversations import get_conversation
from store.reviews import waiting
from tasks.categorize import categorize_batch
from tasks.fetch import fetch_mail
from tests.cases import find_cases
from tests.factories import TEAM
from tests.office import ADA, Office, open_office

NO_MODEL = cast(Classifier, None)
"""What a rule decides, no model is asked about."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


REPORT = """\
From: Mail Delivery System <mailer-daemon@mx.example.net>
To: {team}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {about}
Subject: Re: My order

--b--
"""


def report(about: str, recipient: str = ADA, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery report (RFC 3464) on the message of that id."""
    text = REPORT.format(team=TEAM.address, about=about, recipient=recipient, action=action, status=status)
    return text.replace("\n", "\r\n").encode()


def comes_back(office: Office, raw: bytes) -> Case:
    """The case of a report after it was fetched and sorted."""
    office.servers.deliver(TEAM.address, raw)
    fetch_mail(office.place, "support")
    (work,) = claim(office.place.store, "support", Stage.RECEIVED, 10, 60)
    assert work.message.kind is Kind.BOUNCE
    save_categorized(office.place.store, categorize_batch(office.place, NO_MODEL, [work]))
    return find_cases(office.place.store, "support")[-1]


def replied(office: Office) -> str:
    """A reply to Ada has left; its Message-ID."""
    office.approve()
    assert office.send().sent == 1
    return read_message(office.servers.wire[0].raw).message_id


def test_a_person_hears_of_a_reply_that_did_not_arrive(office: Office) -> None:
    """With whom and why, in the conversation of that reply; dealt with, the conversation goes on."""
    case = comes_back(office, report(replied(office)))
    assert case.stage is Stage.ESCALATED
    assert case.reason == f"our reply did not reach {ADA} (550 5.1.1)"
    assert case.conversation_id == office.inbox.cases()[0].conversation_id
    assert get_conversation(office.place.store, case.conversation_id).status == "escalated"
    (review,) = waiting(office.place.store, "support", [ReviewKind.ACTION])
    office.decide(review, Outcome.APPROVED)
    assert find_cases(office.place.store, "support")[-1].stage is Stage.FILED
    assert get_conversation(office.place.store, case.conversation_id).status == "open"


@pytest.mark.parametrize(
    "changed",
    [
        {"about": "<somebody-elses@example.org>"},
        {"recipient": "stranger@example.org"},
        {"action": "delayed", "status": "4.4.1"},
    ],
    ids=["another message", "a stranger", "still being tried"],
)
def test_other_reports_are_set_aside(office: Office, changed: dict[str, str]) -> None:
    """What is not ours, names nobody whom we wrote to, or may arrive yet, asks nobody."""
    case = comes_back(office, report(**{"about": replied(office), **changed}))
    assert case.stage is Stage.SKIPPED
    assert waiting(office.place.store, "support", [ReviewKind.ACTION]) == []
