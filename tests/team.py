"""A team's mailbox on a Dovecot, as Mailstage and a colleague with a mail client both see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from models.case import Case, Stage
from models.classification import Classification
from models.review import Decision, Outcome, Review
from models.rollout import Phase
from models.settings import Company, MailboxSettings, MailServer, Settings, Tls
from store.classifications import Categorized, save_categorized
from store.database import open_store
from store.drafts import add_draft, ask_approval
from store.reviews import waiting
from tasks.decide import decide_review
from tasks.fetch import Fetched, fetch_mail
from tasks.workplace import Workplace
from tests.cases import find_cases
from tests.dovecot import DovecotServer
from tests.factories import TEAM, Clock, reply


def letter(number: int, body: str = "Where is my order?") -> bytes:
    return (
        f"From: Ada <ada{number}@example.net>\r\nTo: {TEAM.address}\r\nSubject: Question {number}\r\n"
        f"Date: Mon, 02 Nov 2026 08:00:00 +0000\r\nMessage-ID: <{number}@example.net>\r\n\r\n{body}\r\n"
    ).encode()


@dataclass
class Team:
    """One mailbox, called `support`, in phase 2; its own user on the server."""

    server: DovecotServer
    user: str
    place: Workplace

    def on(self, **box: Any) -> "Team":
        """The same team with other settings of its mailbox."""
        mailbox = self.place.mailbox("support").model_copy(update=box)
        settings = self.place.settings.model_copy(update={"mailboxes": {"support": mailbox}})
        return replace(self, place=replace(self.place, settings=settings))

    def deliver(self, *numbers: int, folder: str = "INBOX") -> None:
        self.server.deliver(self.user, [letter(number) for number in numbers], folder)

    @contextmanager
    def colleague(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        with self.server.client(self.user, folder) as client:
            yield client

    def fetch(self) -> Fetched:
        return fetch_mail(self.place, "support")

    def cases(self) -> list[Case]:
        return find_cases(self.place.store, "support")

    def case(self) -> Case:
        (case,) = self.cases()
        return case

    def stages(self) -> list[Stage]:
        return [case.stage for case in self.cases()]

    def ask(self) -> Review:
        """The newest case is sorted and drafted, and its draft waits for a person."""
        store = self.place.store
        sure = Classification(category="order_status", probability=0.95)
        save_categorized(store, [Categorized(self.cases()[-1], sure, Stage.CATEGORIZED)])
        case = add_draft(store, self.cases()[-1], reply())
        ask_approval(store, case, reply(), "each reply is approved by a person")
        return self.questions()[-1]

    def questions(self) -> list[Review]:
        return waiting(self.place.store, "support")

    def approve(self, review: Review, body: str = "") -> None:
        outcome = Outcome.EDITED if body else Outcome.APPROVED
        decision = Decision(
            review_id=review.id, outcome=outcome, decided_by="noor", shown_hash=review.shown_hash, body=body or None
        )
        decide_review(self.place, decision)

    def reject(self, review: Review) -> None:
        decision = Decision(
            review_id=review.id, outcome=Outcome.REJECTED, decided_by="noor", shown_hash=review.shown_hash, reason="no"
        )
        decide_review(self.place, decision)


@contextmanager
def open_team(folder: Path, server: DovecotServer, user: str, **box: Any) -> Iterator[Team]:
    """A team whose store lies in `folder`."""
    store = open_store(f"sqlite:///{folder / 'mailstage.db'}", Clock())
    smtp = MailServer(host="127.0.0.1", port=1, tls=Tls.NONE)
    settings = {"address": TEAM.address, "imap": server.imap(user, Tls.NONE), "smtp": smtp, "phase": Phase.DRAFT}
    mailbox = MailboxSettings(**(settings | box))
    whole = Settings(company=Company(name="Kestrel Grove"), data=folder, mailboxes={"support": mailbox})
    yield Team(server, user, Workplace(whole, store))
    store.close()
