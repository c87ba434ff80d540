"""Small, readable things to build tests from."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.case import Case, Stage
from models.classification import Alternative, Classification
from models.draft import Draft, DraftPurpose, Provenance
from models.message import Address, FetchedMail, Message
from models.outbox import OutboxItem, RecipientResult, RecipientState
from models.review import Outgoing
from store.arrivals import save_batch
from store.caps import Caps
from store.classifications import Categorized, save_categorized
from store.cursors import Cursor
from store.database import Store, open_store
from store.drafts import add_draft
from store.fresh import Arrival
from store.threading import Thread
from tests.cases import find_cases

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CUSTOMER = Address(name="Ada", address="ada@example.com")
TEAM = Address(name="Support", address="support@kestrelgrove.example")
FREE = Caps(addresses=(CUSTOMER.address,), per_address=100, per_conversation=100, per_mailbox=100)


@dataclass
class Clock:
    """A clock that stands still until it is told to move."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Inbox:
    """A store in a folder, and the means to put mail into it."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    uid: int = 0

    def __post_init__(self) -> None:
        self.store: Store = open_store(f"sqlite:///{self.folder / 'mailstage.db'}", self.clock)

    def arrival(self, message: Message, uid: int | None = None, *, ours: bool = False, validity: int = 1) -> Arrival:
        self.uid = uid if uid is not None else self.uid + 1
        raw = f"{self.uid if uid is None else ''}{message.model_dump_json()}".encode()
        fetched = FetchedMail(
            mailbox="support",
            folder="Sent" if ours else "INBOX",
            uidvalidity=validity,
            uid=self.uid,
            raw=raw,
            arrived=self.clock.now + timedelta(seconds=self.uid),
        )
        links = (message.in_reply_to, *message.references)
        key = message.subject.removeprefix("Re: ").casefold()
        thread = Thread(tuple(link for link in links if link), key, message.subject.startswith("Re: "))
        return Arrival(fetched, message, thread, ours, None if ours else Stage.RECEIVED)

    def save(self, *arrivals: Arrival) -> None:
        first = arrivals[0].fetched
        cursor = Cursor(first.uidvalidity, arrivals[-1].fetched.uid)
        save_batch(self.store, arrivals, first.mailbox, first.folder, cursor)

    def receive(self, message: Message | None = None, *, ours: bool = False) -> Case | None:
        """One mail arrives; its case, or None for our own mail."""
        self.save(self.arrival(message or mail(), ours=ours))
        return None if ours else self.cases()[-1]

    def cases(self, *stages: Stage) -> list[Case]:
        return find_cases(self.store, "support", stages)

    def categorized(self, message: Message | None = None, category: str = "order_status") -> Case:
        case = self.receive(message)
        assert case is not None
        found = Classification(category=category, probability=0.95)
        save_categorized(self.store, [Categorized(case, found, Stage.CATEGORIZED)])
        return self.cases()[-1]

    def asked_category(self, message: Message | None = None, *, foreign: bool = False) -> Case:
        """A case whose category a person is asked for; `foreign` mail is unlike that of every category."""
        case = self.receive(message)
        assert case is not None
        maybe = Alternative(category="complaint", probability=0.3)
        best = None if foreign else "order_status"
        found = Classification(category=best, probability=0.4, alternatives=(maybe,), abstained=True, why="not sure")
        save_categorized(self.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, "not sure")])
        return self.cases()[-1]

    def drafted(self, message: Message | None = None, draft: Draft | None = None) -> Case:
        return add_draft(self.store, self.categorized(message), draft or reply())


def mail(
    text: str = "Where is my order KG-204518?",
    *,
    subject: str = "My order",
    sender: Address = CUSTOMER,
    message_id: str = "<1@example.com>",
    in_reply_to: str = "",
    to: Address = TEAM,
) -> Message:
    return Message(
        message_id=message_id,
        in_reply_to=in_reply_to,
        sender=sender,
        to=(to,),
        subject=subject,
        text=text,
        reply_text=text,
        language="en",
    )


def reply(body: str = "It ships today.", *, purpose: DraftPurpose = DraftPurpose.ANSWER) -> Draft:
    return Draft(
        purpose=purpose,
        sender=TEAM,
        to=(CUSTOMER,),
        subject="Re: My order",
        body=body,
        language="en",
        provenance=Provenance(provider="extractive", model="quotes"),
    )


def taken_by_all(item: OutboxItem) -> list[RecipientResult]:
    """What a server says that takes a reply for everybody."""
    return [RecipientResult(address=name, state=RecipientState.ACCEPTED, code=250) for name in item.pending]


def lost_for_all(item: OutboxItem) -> list[RecipientResult]:
    """A line that broke after the final dot."""
    return [RecipientResult(address=name, state=RecipientState.UNKNOWN, text="line lost") for name in item.pending]


def outgoing(raw: bytes = b"Subject: Re\r\n\r\nIt ships today.\r\n", message_id: str = "<r1@ours.example>") -> Outgoing:
    return Outgoing(message_id=message_id, envelope_from=TEAM.address, recipients=(CUSTOMER.address,), raw=raw)
