"""One mailbox in phase 2 on embedded servers, whose replies people approve: no model, no knowledge, no flow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.case import Stage
from models.classification import Classification
from models.message import Address
from models.outbox import OutboxState
from models.review import Decision, Outcome, Review, ReviewKind
from models.rollout import Phase
from models.settings import Company, MailboxSettings, Settings
from store import rollout
from store.classifications import Categorized, save_categorized
from store.drafts import add_draft, ask_approval
from store.outbox import find_outbox
from store.reviews import waiting
from tasks.decide import decide_review
from tasks.send import Delivered, send_replies
from tasks.workplace import Workplace
from tests.cases import find_cases
from tests.factories import TEAM, Inbox, mail, reply

ADA = "ada@example.com"


@dataclass
class Office:
    """The mailbox, its servers, and a clock that stands still."""

    inbox: Inbox
    servers: EmbeddedServers
    place: Workplace

    def approve(self, customer: str = ADA) -> Review:
        """One mail arrives, is drafted, and a person approves the draft as it is."""
        review = self.ask(customer)
        self.decide(review, Outcome.APPROVED)
        return review

    def ask(self, customer: str = ADA, cc: tuple[Address, ...] = ()) -> Review:
        """One mail arrives, is drafted, and the draft waits for a person."""
        number = self.inbox.uid + 1
        sender = Address(name="Ada", address=customer)
        self.inbox.save(self.inbox.arrival(mail(message_id=f"<{number}@example.com>", sender=sender)))
        (case,) = self.inbox.cases(Stage.RECEIVED)
        sure = Classification(category="order_status", probability=0.95)
        save_categorized(self.inbox.store, [Categorized(case, sure, Stage.CATEGORIZED)])
        draft = reply().model_copy(update={"to": (sender,), "cc": cc})
        case = add_draft(self.inbox.store, self.inbox.cases(Stage.CATEGORIZED)[-1], draft)
        ask_approval(self.inbox.store, case, draft, "each reply is approved by a person")
        return waiting(self.inbox.store, "support", [ReviewKind.DRAFT])[-1]

    def decide(self, review: Review, outcome: Outcome, **more: str) -> None:
        decision = Decision(
            review_id=review.id, outcome=outcome, decided_by="noor", shown_hash=review.shown_hash, **more
        )
        decide_review(self.place, decision)

    def on(self, **box: Any) -> Workplace:
        """The same office with other settings of its mailbox."""
        mailbox = self.place.mailbox("support").model_copy(update=box)
        settings = self.place.settings.model_copy(update={"mailboxes": {"support": mailbox}})
        return replace(self.place, settings=settings)

    def change_policy(self, **policy: Any) -> None:
        """From now on."""
        changed = self.place.settings.policy.model_copy(update=policy)
        self.place = replace(self.place, settings=self.place.settings.model_copy(update={"policy": changed}))

    def send(self, **box: Any) -> Delivered:
        return send_replies(self.on(**box), "support")

    def count(self, state: OutboxState) -> int:
        return len(find_outbox(self.inbox.store, "support", state))

    def stages(self) -> list[Stage]:
        return [case.stage for case in find_cases(self.inbox.store, "support")]

    def reached(self) -> list[str]:
        """Who got mail, in the order in which it went over the wire."""
        return [address for sent in self.servers.wire for address in sent.recipients]

    def in_sent(self) -> list[str]:
        return [read_message(raw).message_id for raw in self.servers.mails(TEAM.address, "Sent")]


@contextmanager
def open_office(folder: Path) -> Iterator[Office]:
    """Its store lies in `folder`."""
    inbox = Inbox(folder)
    with EmbeddedServers({TEAM.address: "secret"}) as servers:
        imap, smtp = servers.imap(TEAM.address), servers.smtp(TEAM.address)
        box = MailboxSettings(address=TEAM.address, team="Support", imap=imap, smtp=smtp, phase=Phase.DRAFT)
        settings = Settings(company=Company(name="Kestrel Grove"), data=folder, mailboxes={"support": box})
        rollout.ensure(inbox.store, "support", Phase.DRAFT)
        yield Office(inbox, servers, Workplace(settings, inbox.store))
        inbox.store.close()
