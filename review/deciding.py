"""The answers to a review. Every one goes through `decide`, names the hash of what was shown, and may be refused."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from models.campaign import Together
from models.category import NO_CATEGORY
from models.errors import ApprovalError, LostRace
from models.review import Decision, Outcome, Review, ReviewKind
from models.typed import typed
from review.alike import MOST, AlikeMail, alike_mails, decisions_alike, mail_itself
from review.auth import Session
from review.desk import Desk, desk_of, go, show
from review.marking import changes
from review.matter import Filter, Posted, load_matter
from review.one import Attempt, review_page
from review.protection import Person
from store import drafts, reviews

USUAL_REASON = {
    ReviewKind.CATEGORY: "it belongs to none of the categories",
    ReviewKind.ACTION: "it was not sent",
    ReviewKind.PROMOTION: "not yet",
    ReviewKind.MODEL: "not yet",
}
"""Why somebody says no where the page does not insist on a reason; the log never stands without one."""

router = APIRouter()


@dataclass(frozen=True)
class Answer:
    """The fields of the form, as they come from the browser."""

    answer: str
    shown_hash: str
    body: str
    reason: str
    category: str
    read_block: bool
    also: tuple[str, ...] = ()
    """Mails of the same wording that the answer is for too, see `AlikeMail.ticket`."""
    confirmed: int = 0
    """How many mails the person has said yes to."""


@dataclass(frozen=True)
class AlikePage:
    """Asks once more before one answer decides several mails. `fields` repeat the form."""

    review: Review
    filter: Filter
    category: str | None
    number: int
    mails: tuple[AlikeMail, ...]
    fields: tuple[tuple[str, str], ...]


def answer_in_form(
    answer: Annotated[str, Form()] = "",
    shown_hash: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    reason: Annotated[str, Form(max_length=2_000)] = "",
    category: Annotated[str, Form()] = "",
    read_block: Annotated[str, Form()] = "",
    also: Annotated[list[str] | None, Form(max_length=MOST)] = None,
    confirmed: Annotated[int, Form()] = 0,
) -> Answer:
    """Browsers end the lines of a text field with CR LF (HTML standard, form submission)."""
    words = typed(reason).strip()
    return Answer(answer, shown_hash, typed(body), words, category, bool(read_block), tuple(also or ()), confirmed)


Given = Annotated[Answer, Depends(answer_in_form)]


@router.post("/reviews/{review_id}")
def decide(request: Request, person: Person, review_id: int, given: Given, posted: Posted) -> Response:
    desk = desk_of(request)
    review = reviews.get_review(desk.store, review_id)
    try:
        decision = decision_of(desk, review, given, person)
        others = decisions_alike(desk, review, given.also, decision)
        if others and given.confirmed != len(others) + 1:
            return show(request, "alike.html.j2", _alike_page(desk, review, given, posted, decision))
        done = desk.decide(decision, others)
    except (ApprovalError, LostRace) as refused:
        fresh = review_page(desk, reviews.get_review(desk.store, review_id), posted, _attempt(given))
        if fresh.form == "decided":
            fresh = replace(fresh, attempt=Attempt())
        return show(request, "review.html.j2", fresh, HTTPStatus.CONFLICT, problem=str(refused))
    following = posted.next_after(desk, review_id)
    to = f"/reviews/{following.id}{posted.query}" if following else f"/{posted.query}"
    return go(request, to, _said_of_several(done, decision) if others else _said(desk, review, decision))


@router.post("/reviews/{review_id}/difference")
def difference(request: Request, review_id: int, given: Given, posted: Posted) -> HTMLResponse:
    """What an edit would change; alone for htmx, else the whole page with it."""
    desk = desk_of(request)
    review = reviews.get_review(desk.store, review_id)
    draft = drafts.latest_draft(desk.store, review.case_id) if review.case_id else None
    attempt = replace(_attempt(given), changes=tuple(changes(draft.body if draft else "", given.body)))
    if "hx-request" in request.headers:
        return show(request, "difference.html.j2", attempt)
    return show(request, "review.html.j2", review_page(desk, review, posted, attempt))


def _alike_page(desk: Desk, review: Review, given: Answer, posted: Filter, decision: Decision) -> AlikePage:
    chosen = tuple(mail for mail in alike_mails(desk, review) if mail.ticket in given.also)
    fields = [("shown_hash", given.shown_hash), ("category", given.category), ("reason", given.reason)]
    fields += [("mailbox", posted.mailbox), ("kind", posted.kind), ("answer", given.answer)]
    fields += [("also", mail.ticket) for mail in chosen]
    mails = (mail_itself(desk, review), *chosen)
    return AlikePage(review, posted, decision.category, len(mails), mails, tuple(fields))


def _said_of_several(done: Together, decision: Decision) -> str:
    mails = f"{len(done.decided)} mails" if len(done.decided) > 1 else "One mail"
    said = f"{mails} sorted as {decision.category}." if decision.category else f"{mails} filed under no category."
    return f"{said} {done.sentence}".strip()


def _attempt(given: Answer) -> Attempt:
    body = given.body if given.answer in ("edited", "difference") else None
    return Attempt(body=body, reason=given.reason, category=given.category)


def decision_of(desk: Desk, review: Review, given: Answer, person: Session) -> Decision:
    """Raises ApprovalError when the form is incomplete."""
    decision = Decision(
        review_id=review.id,
        outcome=Outcome.APPROVED,
        decided_by=person.name,
        shown_hash=given.shown_hash,
        reason=given.reason,
    )
    if review.kind is ReviewKind.CATEGORY:
        return _category_decision(desk, review, given, decision)
    if given.answer == "edited":
        return _edit_decision(desk, review, given, decision)
    if given.answer == "rejected":
        if review.kind is ReviewKind.DRAFT and not given.reason:
            raise ApprovalError("Say why you reject it: the reason is kept, and helps the next draft.")
        return decision.model_copy(
            update={"outcome": Outcome.REJECTED, "reason": given.reason or USUAL_REASON[review.kind]}
        )
    if given.answer != "approved":
        raise ApprovalError("Choose one of the answers.")
    _require_tick(desk, review, given)
    return decision


def _category_decision(desk: Desk, review: Review, given: Answer, decision: Decision) -> Decision:
    if given.category == NO_CATEGORY:
        return decision.model_copy(
            update={"outcome": Outcome.REJECTED, "reason": given.reason or USUAL_REASON[review.kind]}
        )
    if desk.settings.category(given.category) is None:
        raise ApprovalError("Choose a category, or none of these.")
    kept = load_matter(desk, review).proposed == given.category
    outcome = Outcome.APPROVED if kept else Outcome.EDITED
    return decision.model_copy(update={"outcome": outcome, "category": given.category})


def _edit_decision(desk: Desk, review: Review, given: Answer, decision: Decision) -> Decision:
    if not given.body.strip():
        raise ApprovalError("The reply is empty. Write it, or choose another answer.")
    draft = drafts.latest_draft(desk.store, review.case_id) if review.case_id else None
    if draft and draft.body.strip() == given.body.strip() and review.kind is ReviewKind.DRAFT:
        _require_tick(desk, review, given)
        return decision  # nothing was changed: it counts as accepted, not as edited
    return decision.model_copy(update={"outcome": Outcome.EDITED, "body": given.body.strip()})


def _require_tick(desk: Desk, review: Review, given: Answer) -> None:
    draft = drafts.latest_draft(desk.store, review.case_id) if review.case_id else None
    if review.kind is ReviewKind.DRAFT and draft and draft.blocked and not given.read_block:
        raise ApprovalError("A check blocks this draft. Tick that you have read it, or edit the reply.")


def _said(desk: Desk, review: Review, decision: Decision) -> str:
    """What the next page says about the decision."""
    message = load_matter(desk, review).message
    who = f" to {message.sender.name or message.sender.address}" if message else ""
    if review.kind is ReviewKind.CATEGORY:
        return f"Sorted as {decision.category}." if decision.category else "Filed under no category."
    if review.kind is ReviewKind.MODEL:
        yes = decision.outcome is Outcome.APPROVED
        return "The new model sorts the mail from the next run on." if yes else "The model in use stays."
    if review.kind is ReviewKind.DRAFT or decision.body:
        verb = {Outcome.APPROVED: "Approved", Outcome.EDITED: "Approved your wording of"}.get(decision.outcome)
        return f"{verb} the reply{who}." if verb else f"Rejected the reply{who}. Nothing was sent."
    return f"Your answer is noted: {decision.outcome}."
