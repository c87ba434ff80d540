"""What a review is about (its case, its mail, what that was taken for), and which of those that wait are looked at."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Query

from models.case import Case
from models.category import Category
from models.classification import Alternative, Classification
from models.message import Message
from models.review import Review, ReviewKind
from review.desk import Desk
from store import cases, classifications, messages, reviews


@dataclass(frozen=True)
class Matter:
    """A review with the mail behind it; `case` and `message` are None when it is about a whole mailbox."""

    review: Review
    case: Case | None = None
    message: Message | None = None
    classification: Classification | None = None
    category: Category | None = None

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
        mailbox = self.mailbox or None
        later = reviews.waiting(desk.store, mailbox, self.kinds, limit=1, after=review_id)
        first = later or reviews.waiting(desk.store, mailbox, self.kinds, limit=1)
        return next((review for review in first if review.id != review_id), None)


def filter_in_query(mailbox: Annotated[str, Query()] = "", kind: Annotated[str, Query()] = "") -> Filter:
    return Filter(mailbox, kind)


def filter_in_form(mailbox: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = "") -> Filter:
    return Filter(mailbox, kind)


Asked = Annotated[Filter, Depends(filter_in_query)]
Posted = Annotated[Filter, Depends(filter_in_form)]
