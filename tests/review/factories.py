"""Small makers of a store with mail, cases and open reviews in it, all through the functions of `store`."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from mail.text.sanitizing import safe_html
from models.campaign import Together
from models.case import Case, Stage
from models.classification import Alternative, Classification
from models.draft import Citation, Draft, DraftPurpose, Passage, Provenance
from models.errors import NotFound
from models.message import Address, FetchedMail, Message
from models.outbox import OutboxItem
from models.review import Decision, Outcome, Outgoing, Review, ReviewKind
from models.settings import Settings
from review.app import create_app
from review.auth import Gate
from store import arrivals, cases, decisions, drafts, outbox, reviews
from store.campaigns import decide_each
from store.classifications import Categorized, save_categorized
from store.cursors import Cursor
from store.database import Store, open_store
from store.fresh import Arrival
from store.outcome import record_results, take_note
from store.threading import Thread
from store.unknown import settle_sending
from tests.cases import find_cases
from tests.factories import lost_for_all
from tests.review.company import make_settings

START = datetime(2026, 11, 5, 9, 40, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8433"
ADA = Address(name="Ada Lindqvist", address="ada.lindqvist@example.com")


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class World:
    """A store, its settings, and an application over them. `decided` lists what went through `decide`."""

    settings: Settings
    store: Store
    clock: Clock
    gate: Gate
    decided: list[Decision] = field(default_factory=list)
    uid: int = 0

    def decide(self, decision: Decision, others: Sequence[Decision] = ()) -> Together:
        return decide_each(self._decide, decision, others)

    def _decide(self, decision: Decision) -> None:
        self.decided.append(decision)
        carry_out(self.store, decision)

    def app(self, decide: Callable[[Decision, Sequence[Decision]], Together] | None = None) -> FastAPI:
        return create_app(
            store=self.store,
            settings=self.settings,
            decide=decide or self.decide,
            safe_html=safe_html,
            gate=self.gate,
        )

    def visitor(self, app: FastAPI | None = None) -> TestClient:
        """A browser that has not signed in; it does not follow redirects."""
        return TestClient(app or self.app(), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)

    def person(self, name: str = "Mira Kaya", app: FastAPI | None = None) -> TestClient:
        """A browser that has signed in with a one-time link."""
        browser = self.visitor(app)
        token = self.gate.sign_in_link(ORIGIN).rpartition("/")[2]
        answer = browser.post("/sign-in", data={"token": token, "name": name})
        assert answer.status_code == 303, answer.text
        return browser


@cache
def _empty_database() -> bytes:
    """A database with all its tables; migrating one anew for every test takes longer than most tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        store = open_store(f"sqlite:///{file}")
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        return file.read_bytes()


def make_world(tmp_path: Path, **review: Any) -> World:
    clock = Clock()
    file = tmp_path / "mailstage.db"
    if not file.exists():
        file.write_bytes(_empty_database())
    store = open_store(f"sqlite:///{file}", clock)
    gate = Gate(hashlib.sha256(b"a secret for tests").digest(), session_hours=12, clock=clock)
    return World(make_settings(tmp_path, **review), store, clock, gate)


def carry_out(store: Store, decision: Decision) -> None:
    """What the application does with a decision, without composing real mail."""
    review = reviews.get_review(store, decision.review_id)
    if review.case_id is None:
        decisions.close_mailbox_review(store, decision)
    elif review.kind is ReviewKind.CATEGORY:
        decisions.decide_category(store, decision)
    elif cases.get_case(store, review.case_id).stage is Stage.UNKNOWN:
        settle_sending(store, decision)
    elif cases.get_case(store, review.case_id).stage is Stage.SENT:
        take_note(store, decision)
    elif decision.outcome is Outcome.REJECTED or (review.kind is ReviewKind.ACTION and not decision.body):
        decisions.close_without_reply(store, decision)
    else:
        draft = drafts.latest_draft(store, review.case_id)
        if draft is None:
            raise NotFound(f"case {review.case_id} has no draft")
        decisions.approve_reply(store, decision, outgoing(review.case_id, decision.body or draft.body))


def outgoing(case_id: int, body: str) -> Outgoing:
    return Outgoing(
        message_id=f"<case-{case_id}@kestrelgrove.example>",
        envelope_from=team("support").address,
        recipients=(ADA.address,),
        raw=body.encode("utf-8", "surrogatepass"),
    )


def team(mailbox: str) -> Address:
    return Address(name=f"Kestrel Grove {mailbox.capitalize()}", address=f"{mailbox}@kestrelgrove.example")


def receive(world: World, text: str = "Hello", *, mailbox: str = "support", ours: bool = False, **fields: Any) -> Case:
    """A mail arrives now. `answers` (a Message-ID) puts it into the thread of another mail."""
    world.uid += 1
    answers = fields.pop("answers", "")
    sender = fields.pop("sender", team(mailbox) if ours else ADA)
    message = Message(
        message_id=fields.pop("message_id", f"<{world.uid}@example.com>"),
        in_reply_to=answers,
        sender=sender,
        to=fields.pop("to", (ADA if ours else team(mailbox),)),
        text=text,
        reply_text=fields.pop("reply_text", text),
        subject=fields.pop("subject", "Serial number"),
        date=world.clock(),
        **fields,
    )
    fetched = FetchedMail(
        mailbox=mailbox, folder="INBOX", uidvalidity=1, uid=world.uid, raw=b"%d" % world.uid, arrived=world.clock()
    )
    thread = Thread((answers,) if answers else (), message.subject, bool(answers))
    arrival = Arrival(fetched, message, thread, ours, None if ours else Stage.RECEIVED)
    arrivals.save_batch(world.store, [arrival], mailbox, "INBOX", Cursor(1, world.uid))
    return find_cases(world.store)[-1]


def categorize(world: World, case: Case, category: str = "warranty", probability: float = 0.94) -> Case:
    found = Classification(
        category=category,
        probability=probability,
        alternatives=(Alternative(category="product_question", probability=round((1 - probability) * 0.7, 3)),),
    )
    save_categorized(world.store, [Categorized(case, found, Stage.CATEGORIZED, "sorted")])
    return cases.get_case(world.store, case.id)


def ask_category(world: World, case: Case, *ranking: tuple[str, float], why: str = "not sure enough") -> Review:
    """A category review; `ranking` is what the model thought."""
    alternatives = tuple(Alternative(category=name, probability=share) for name, share in ranking[1:])
    best, sure = ranking[0]
    found = Classification(category=best, probability=sure, alternatives=alternatives, abstained=True, why=why)
    save_categorized(world.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, why)])
    return last_review(world)


PASSAGE = Passage(
    id="warranty-terms#2",
    document="warranty/warranty-terms.md",
    title="Warranty terms",
    heading="How long the warranty lasts",
    text="The warranty is 3 years on Kestrel Grove machines. The warranty is 2 years on the Grove G1 and Grove G2 "
    "grinders. Every warranty period starts on the day of delivery.",
)
BODY = """Dear Ada,

Thank you for the photo. Your Kestrel Duo is covered: the warranty is 3 years on our machines.

Kind regards"""


def make_draft(body: str = BODY, **fields: Any) -> Draft:
    citation = Citation(
        claim="Your Kestrel Duo is covered: the warranty is 3 years on our machines.",
        document=PASSAGE.document,
        passage=PASSAGE.id,
        quote="The warranty is 3 years on Kestrel Grove machines.",
    )
    given: dict[str, Any] = {
        "sender": team("support"),
        "to": (ADA,),
        "subject": "Re: Serial number",
        "body": body,
        "language": "en",
        "citations": (citation,),
        "passages": (PASSAGE,),
        "provenance": Provenance(provider="extractive", model="embedded", prompt_version="3", latency=0.4),
        "confidence": 0.82,
    }
    return Draft(**(given | fields))


def ask_draft(world: World, case: Case, draft: Draft | None = None, why: str = "this mailbox is in phase 2") -> Review:
    """A draft waits for approval."""
    draft = draft or make_draft()
    drafted = drafts.add_draft(world.store, case, draft)
    drafts.ask_approval(world.store, drafted, draft, why)
    return last_review(world)


def ask_reply(world: World, **fields: Any) -> Review:
    """Mail, category and draft in one go."""
    return ask_draft(world, categorize(world, receive(world, **fields)))


def escalate(world: World, case: Case, why: str = "a legal threat") -> Review:
    """A person has to take over."""
    empty = make_draft("", purpose=DraftPurpose.HANDOVER, citations=(), passages=())
    drafts.hand_over(world.store, case, empty, why)
    return last_review(world)


def lose_sending(world: World, words: str = "") -> Review:
    """A reply, in `words` where a person changed it, whose sending broke off: the case is `unknown`; it is asked."""
    review = ask_reply(world)
    world.decide(answer(review, Outcome.EDITED, body=words) if words else answer(review))
    item = outbox.claim_next(world.store, review.mailbox, 60)
    assert isinstance(item, OutboxItem)
    outbox.begin_transmission(world.store, item)
    record_results(world.store, item, lost_for_all(item))
    case = cases.get_case(world.store, item.case_id)
    with world.store.write() as connection:
        reviews.open_review(connection, world.store, case, ReviewKind.ACTION, "b" * 64, {"why": case.reason})
    return last_review(world)


def ask_promotion(world: World, mailbox: str = "support") -> Review:
    reviews.open_mailbox_review(world.store, mailbox, ReviewKind.PROMOTION, "c" * 64, {"to": 3})
    return last_review(world)


def answer(review: Review, outcome: Outcome = Outcome.APPROVED, by: str = "Jonas", **fields: Any) -> Decision:
    return Decision(review_id=review.id, outcome=outcome, decided_by=by, shown_hash=review.shown_hash, **fields)


def last_review(world: World) -> Review:
    return reviews.waiting(world.store)[-1]


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the first form that answers a review."""
    start = page.index("/reviews/", page.index('method="post" action="/reviews/'))
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page[start:])[:4])
