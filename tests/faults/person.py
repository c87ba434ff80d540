"""The person at the review pages: decides what waits, the same way whenever asked."""

import logging
import random

from models.errors import ApprovalError, LostRace
from models.review import Decision, Outcome, Review, ReviewKind
from store.reviews import waiting
from tasks.decide import decide_review
from tasks.workplace import Workplace
from tests.faults.installation import MAILBOX


def decide(place: Workplace, seed: int, most: float = 0.5) -> None:
    """The person: approves or edits each draft, and names the share `most` of the categories asked for."""
    for review in waiting(place.store, MAILBOX, [ReviewKind.DRAFT, ReviewKind.CATEGORY]):
        decision = _opinion(review, random.Random(f"{seed} {review.case_id}").random(), most)
        if decision is None:
            continue
        try:
            decide_review(place, decision)
        except (LostRace, ApprovalError) as error:  # the page was stale: a person would look again
            logging.getLogger("trial").warning("not decided: %s", error)


def _opinion(review: Review, mood: float, most: float) -> Decision | None:
    """`mood` in [0, 1), the same for a case whenever asked."""
    if review.kind is ReviewKind.CATEGORY and mood > most:
        return None
    edited = review.kind is ReviewKind.DRAFT and mood > 0.7
    return Decision(
        review_id=review.id,
        outcome=Outcome.EDITED if edited else Outcome.APPROVED,
        decided_by="noor",
        shown_hash=review.shown_hash,
        body="Dear customer,\n\nwe have looked into it and come back to you tomorrow.\n" if edited else None,
    )
