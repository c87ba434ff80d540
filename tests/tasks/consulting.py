"""A mailbox whose mail the small model is not sure of, a large model that is asked, and people who decide."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ml.large.categorizing import sorting_version
from ml.large.earning import is_audited
from models.case import Case, Stage
from models.category import Category, Risk
from models.classification import Alternative, Classification, Consultation, DecidedBy
from models.review import Decision, Outcome, Review, ReviewKind
from models.settings import Company, MailboxSettings, MailServer, Provider, Settings, Sorting
from store.cases import get_case
from store.classifications import Categorized, save_categorized
from store.opinions import begin_asking, keep_opinion, unasked_questions
from store.reviews import reviews_of_case, waiting
from tasks.consult import Consulted, consult_large_model
from tasks.decide import decide_review
from tasks.workplace import Workplace
from tests.factories import TEAM, Inbox, mail
from tests.openai_server import OpenAiServer, Reply, openai_server, says_json

NOWHERE = MailServer(host="127.0.0.1", port=1)
ENOUGH = 72
"""Right answers in a row that earn it 0.95 at the first look."""
PROVIDER = Provider(name="local", kind="openai_compatible", model="test", base_url="http://127.0.0.1:1/v1", local=True)


def names(category: str | None) -> Reply:
    return says_json({"category": category})


@dataclass
class Mailroom:
    """`read` counts the mails that came in."""

    inbox: Inbox
    place: Workplace
    server: OpenAiServer | None = None
    read: int = 0

    @property
    def model(self) -> str:
        provider = self.place.settings.large_model
        assert provider is not None
        return sorting_version(provider, self.place.settings.categories, None)

    def waits(self, text: str = "", guess: str | None = "billing", subject: str = "A question") -> Case:
        """A mail arrives that the small model takes for `guess` and is not sure of."""
        self.read += 1
        said = text or f"The amount on my invoice {_in_letters(self.read)} is not what we agreed."
        case = self.inbox.receive(mail(said, subject=subject, message_id=f"<{self.read}@example.com>"))
        assert case is not None
        maybe = Alternative(category="repair", probability=0.2)
        why = "billing at 0.40 is under its 0.95"
        found = Classification(category=guess, probability=0.4, alternatives=(maybe,), abstained=True, why=why)
        save_categorized(self.inbox.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, why)])
        return self.now(case)

    def consult(self) -> Consulted:
        return consult_large_model(self.place, "support")

    def now(self, case: Case) -> Case:
        return get_case(self.inbox.store, case.id)

    def question(self, case: Case) -> Review | None:
        """The open one."""
        return next((one for one in reviews_of_case(self.inbox.store, case.id) if one.outcome is None), None)

    def decide(self, case: Case, category: str = "billing") -> None:
        review = self.question(case)
        assert review is not None
        decision = Decision(
            review_id=review.id,
            outcome=Outcome.EDITED,
            decided_by="noor",
            shown_hash=review.shown_hash,
            category=category,
        )
        decide_review(self.place, decision)

    def judged(
        self,
        count: int,
        said: str = "billing",
        truth: str = "billing",
        guess: str | None = "billing",
        *,
        audit: bool = False,
    ) -> None:
        """So many mails of which the large model said one thing, without a server, and a person what is true."""
        for _ in range(count):
            case = self.waits(guess=guess)
            (question,) = unasked_questions(self.inbox.store, "support", None, 1)
            begun = begin_asking(self.inbox.store, "support", [question], self.model, 1_000_000)
            found = Classification(
                category=said,
                probability=0.5,
                decided_by=DecidedBy.LLM,
                model_version=self.model,
                abstained=True,
                consultation=Consultation(audit=audit),
            )
            keep_opinion(self.inbox.store, begun[case.id], found, question, shown=True)
            self.decide(case, truth)
        self.inbox.clock.forward(hours=25)

    def with_settings(self, **sorting: Any) -> None:
        settings = self.place.settings
        changed = settings.sorting.model_copy(update=sorting)
        self.place = Workplace(settings.model_copy(update={"sorting": changed}), self.inbox.store)

    @property
    def open_questions(self) -> list[Review]:
        return waiting(self.inbox.store, "support", [ReviewKind.CATEGORY])


def _in_letters(number: int) -> str:
    """Since numbers make no wording of its own."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def waiting_until(room: Mailroom, *, audited: bool) -> Case:
    """The next mail whose question is, or is not, one that goes to a person all the same."""
    while True:
        case = room.waits()
        if is_audited(case.id, room.model) is audited:
            return case
        room.decide(case)


def shown(room: Mailroom) -> tuple[str, str]:
    """What stood in the first request: instructions, and data."""
    assert room.server is not None
    sent = json.loads(room.server.prompts[0])["messages"]
    system, user = ("\n".join(one["content"] for one in sent if one["role"] == role) for role in ("system", "user"))
    return system, user


@contextmanager
def mailroom(folder: Path, *script: Reply, earned: bool = False, timeout: float = 10.0) -> Iterator[Mailroom]:
    """With a large model that answers by `script`; `earned` has it answer alone where it agrees with the small one."""
    read = ENOUGH if earned else 0
    if earned:
        shutil.copytree(_earned().name, folder, dirs_exist_ok=True)
    with openai_server(*script) as server:
        inbox = Inbox(folder, uid=read)
        inbox.clock.forward(hours=25 if earned else 0)
        provider = server.provider(timeout=timeout, input_price=10.0, output_price=100.0)
        yield Mailroom(inbox, Workplace(settings_with(provider, folder), inbox.store), server, read)
        inbox.store.close()


@cache
def _earned() -> TemporaryDirectory[str]:
    """A database to copy: so many decisions take longer than most tests."""
    folder = TemporaryDirectory()
    inbox = Inbox(Path(folder.name))
    Mailroom(inbox, Workplace(settings_with(PROVIDER, Path(folder.name)), inbox.store)).judged(ENOUGH)
    inbox.store.close()
    return folder


def settings_with(provider: Provider, folder: Path) -> Settings:
    categories = tuple(Category(name=name, description=f"About {name}.") for name in ("delivery", "billing", "repair"))
    return Settings(
        company=Company(name="Kestrel Grove"),
        data=folder,
        mailboxes={"support": MailboxSettings(address=TEAM.address, imap=NOWHERE, smtp=NOWHERE)},
        categories=(*categories, Category(name="legal", description="A claim.", risk=Risk.HIGH)),
        providers=(provider,),
        sorting=Sorting(encoder="off", large_model=provider.name),
    )
