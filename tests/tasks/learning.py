"""An installation whose model has learned from labelled mail, and reviewers who decide on new mail."""

import random
import shutil
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ml.small.labelled import LabelledMail
from ml.small.manifest import read_manifest
from ml.small.training import train
from models.case import Case, Stage
from models.category import Category
from models.challenge import Challenge, LearningReport
from models.classification import Classification
from models.review import Decision, Outcome, Review, ReviewKind
from models.settings import Company, MailboxSettings, MailServer, Settings, Sorting
from store.challenges import challenge_of, open_question
from store.classifications import Categorized, save_categorized
from store.database import Store
from store.reviews import get_review, waiting
from tasks.decide import decide_review
from tasks.learn import learn_from_decisions
from tasks.workplace import Workplace
from tests.factories import TEAM, Inbox, mail
from tests.ml.small.factories import labelled

NOWHERE = MailServer(host="127.0.0.1", port=1)
TODAY = date(2026, 11, 22)
NEW_TOPIC = ["subscription", "monthly", "beans", "skip", "pause", "roast", "bag", "renewal"]
"""Words of a topic that the first model has never seen."""


@dataclass
class School:
    """One mailbox and its model; `read` counts the mails that came in."""

    inbox: Inbox
    place: Workplace
    read: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def store(self) -> Store:
        return self.inbox.store

    @property
    def folder(self) -> Path:
        return self.place.settings.model_dir

    @property
    def in_use(self) -> str:
        return read_manifest(self.folder).version

    def asked(self, text: str = "", subject: str = "A question") -> Review:
        """A mail arrives whose category a person is asked for."""
        self.read += 1
        said = text or f"{' '.join(self.dice.sample(NEW_TOPIC, 4))} please, {self.dice.choice(NEW_TOPIC)} {self.read}"
        self.inbox.save(self.inbox.arrival(mail(said, subject=subject, message_id=f"<{self.read}@example.com>")))
        (case,) = self.inbox.cases(Stage.RECEIVED)
        save_categorized(self.store, [asks(case)])
        return waiting(self.store, "support", [ReviewKind.CATEGORY])[-1]

    def decided(self, category: str | None, text: str = "", subject: str = "A question") -> None:
        """A reviewer says what a mail is; None: none of the categories."""
        review = self.asked(text, subject)
        outcome = Outcome.EDITED if category else Outcome.REJECTED
        self.decide(review, outcome, category=category, reason="" if category else "not ours")

    def teach(self, count: int = 60, category: str = "subscription") -> None:
        """So many mails of a topic that the model does not know."""
        for _ in range(count):
            self.decided(category)

    def decide(self, review: Review, outcome: Outcome, category: str | None = None, reason: str = "no") -> None:
        decision = Decision(
            review_id=review.id,
            outcome=outcome,
            decided_by="noor",
            shown_hash=review.shown_hash,
            category=category,
            reason=reason,
        )
        decide_review(self.place, decision)

    def learn(self) -> LearningReport:
        return learn_from_decisions(self.place, TODAY)

    def question(self) -> tuple[Review, Challenge]:
        """The open question about a new model."""
        review = open_question(self.store)
        assert review is not None
        return review, challenge_of(review)

    def answered(self, review: Review) -> Review:
        return get_review(self.store, review.id)


def asks(case: Case) -> Categorized:
    unsure = Classification(category=None, probability=0.3, abstained=True, why="not sure")
    return Categorized(case, unsure, Stage.AWAITING_CATEGORY, "not sure")


def rows() -> list[LabelledMail]:
    return labelled(40, foreign=30)


@cache
def _trained() -> TemporaryDirectory[str]:
    """A model folder to copy: training takes longer than most tests."""
    folder = TemporaryDirectory()
    train(rows(), Path(folder.name))
    return folder


def opened(folder: Path, inbox: Inbox | None = None) -> School:
    """Trained on `rows()`, with one category more than those know."""
    shutil.copytree(_trained().name, folder / "model")
    inbox = inbox or Inbox(folder)
    return School(inbox, Workplace(_settings(folder), inbox.store))


def with_question(folder: Path) -> School:
    """Reviewers have decided 60 mails of a new topic, and a new model waits for a person's yes."""
    shutil.copytree(_asked().name, folder, dirs_exist_ok=True)
    inbox = Inbox(folder, uid=60)
    return School(inbox, Workplace(_settings(folder), inbox.store), read=60)


@cache
def _asked() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()
    school = opened(Path(folder.name))
    school.teach()
    school.learn()
    school.store.close()
    return folder


def _settings(folder: Path) -> Settings:
    names = ("delivery", "billing", "repair", "subscription")
    return Settings(
        company=Company(name="Kestrel Grove"),
        data=folder,
        mailboxes={"support": MailboxSettings(address=TEAM.address, imap=NOWHERE, smtp=NOWHERE)},
        categories=tuple(Category(name=name, description=f"About {name}.") for name in names),
        sorting=Sorting(encoder="off"),
    )
