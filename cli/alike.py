"""Mails of one wording on the command line: one answer for all, the number said out loud."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.show import clean, console
from models.campaign import Together
from models.errors import ApprovalError
from models.review import Decision, Outcome, Review, ReviewKind

if TYPE_CHECKING:
    from tasks.workplace import Workplace

SHOWN = 10


def print_alike(review: Review, others: Sequence[Review]) -> None:
    """How to decide them together; nothing where a mail stands alone."""
    if not others:
        return
    named = ", ".join(str(other.id) for other in others[:SHOWN]) + (" …" if len(others) > SHOWN else "")
    console.print(
        f"{len(others)} more of the same wording: {named}. "
        f"`mailstage approve {review.id} --alike {len(others) + 1}` decides all of them; `--without ID` leaves one out."
    )


def others_alike(
    place: "Workplace", review: Review, decision: Decision, number: int | None, without: Sequence[int]
) -> tuple[Decision, list[Decision]]:
    """The decision, and the same one for the mails of the same wording: none where nobody asked for that.

    Raises ApprovalError when they are not as many as the person said.
    """
    from store.campaigns import waiting_alike
    from store.cases import get_case
    from tasks.decide import proposed_category

    if number is None:
        if without:
            raise ApprovalError("--without belongs to --alike: without it this mail alone is decided anyway")
        return decision, []
    if review.kind is not ReviewKind.CATEGORY or review.case_id is None:
        raise ApprovalError(f"review {review.id} asks about a {review.kind}: only categories are decided together")
    others = waiting_alike(place.store, review)
    if unknown := sorted(set(without) - {other.id for other in others}):
        raise ApprovalError(f"review {unknown[0]} is not among those of the same wording: see `show {review.id}`")
    others = [other for other in others if other.id not in without]
    if len(others) + 1 != number:
        raise ApprovalError(f"{len(others) + 1} mails would be decided, not {number}: see `mailstage show {review.id}`")
    if decision.outcome is not Outcome.REJECTED and decision.category is None:
        case = get_case(place.store, review.case_id)
        decision = decision.model_copy(update={"category": proposed_category(place, review, case)})
    same = [{"review_id": other.id, "shown_hash": other.shown_hash} for other in others]
    return decision, [decision.model_copy(update=one) for one in same]


def said_of_several(done: Together) -> str:
    """Which reviews were decided; who was left out stands on a line before."""
    if done.left_out:
        console.print(f"[yellow]{clean(done.sentence)}[/]")
    return f"{len(done.decided)} reviews ({', '.join(map(str, done.decided))})"
