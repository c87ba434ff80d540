"""What a review is about (its case, its mail, what that was taken for), and which of those that wait are looked at."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Query

from models.asking import Asking
from models.campaign import Precedent
from models.case import Case
from models.category import Category
from models.classification import Alternative, Classification
from models.message import Message
from models.opinion import Opinion
from models.review import Review, ReviewKind
from review.desk import Desk
from store import cases, classifications, messages, queue

EARLY = 0.25
"""Share of the head start from which a page says why a question comes early: two hours."""


@dataclass(frozen=True)
class Matter:
    """A review with the mail behind it; `case` and `message` are None when it is about a whole mailbox."""

    review: Review
    case: Case | None = None
    message: Message | None = None
    classification: Classification | None = None
    category: Category | None = None
    alike: int = 1
    """How many mails the entry of the queue stands for."""

    @property
    def asking(self) -> Asking | None:
        """How much the answer would teach; None for other questions than which category."""
        return classifications.asking_in(self.review.payload) if self.review.kind is ReviewKind.CATEGORY else None

    @property
    def precedent(self) -> Precedent | None:
        """What people had made of mails of the same wording when this was asked."""
        return classifications.precedent_in(self.review.payload) if self.review.kind is ReviewKind.CATEGORY else None

    @property
    def opinion(self) -> Opinion | None:
        """What a large model says of the mail."""
        return classifications.opinion_in(self.review.payload) if self.review.kind is ReviewKind.CATEGORY else None

    @property
    def asked_early(self) -> str:
        """Why it comes before others that were asked earlier; empty where it hardly does."""
        asking = self.asking
        return asking.because if asking and asking.value >= EARLY else ""

    @property
    def why(self) -> str:
        """Why a person is asked, as a sentence."""
        said = self.review.payload.get("why")
        return str(said or (self.case.reason if self.case else ""))

    @property
    def ranking(self) -> tuple[Alternative, ...]:
        """The model's choices, the most probable first."""
        found = self.classification
        if found is None:
            return ()
        first = (Alternative(category=found.category, probability=found.probability),) if found.category else ()
        return first + tuple(other for other in found.alternatives if other.category != found.category)

    @property
    def first_choice(self) -> Alternative | None:
        return self.ranking[0] if self.ranking else None

    @property
    def proposed(self) -> str | None:
        """What a plain yes means (`tasks.decide.proposed_category`); None where no category is proposed."""
        if self.precedent:
            return self.precedent.category
        return self.classification.category if self.classification else None


def load_matter(desk: Desk, review: Review) -> Matter:
    """Raises NotFound."""
    if review.case_id is None:
        return Matter(review)
    case = cases.get_case(desk.store, review.case_id)
    found = classifications.latest_classification(desk.store, case.id)
    return Matter(
        review=review,
        case=case,
        message=messages.get_message(desk.store, case.message_id),
        classification=found,
        category=desk.settings.category(case.category),
    )


@dataclass(frozen=True)
class Filter:
    """Which waiting reviews a person goes through; empty strings stand for all."""

    mailbox: str = ""
    kind: str = ""

    @property
    def kinds(self) -> tuple[ReviewKind, ...]:
        return (ReviewKind(self.kind),) if self.kind in set(ReviewKind) else ()

    @property
    def query(self) -> str:
        """`?mailbox=support&kind=draft`, or nothing."""
        given = {name: value for name, value in (("mailbox", self.mailbox), ("kind", self.kind)) if value}
        return f"?{urlencode(given)}" if given else ""

    def next_after(self, desk: Desk, review_id: int) -> Review | None:
        """The next one that waits; after the last, the first again."""
        return queue.next_entry(desk.store, review_id, self.mailbox or None, self.kinds)


def filter_in_query(mailbox: Annotated[str, Query()] = "", kind: Annotated[str, Query()] = "") -> Filter:
    return Filter(mailbox, kind)


def filter_in_form(mailbox: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = "") -> Filter:
    return Filter(mailbox, kind)


Asked = Annotated[Filter, Depends(filter_in_query)]
Posted = Annotated[Filter, Depends(filter_in_form)]
