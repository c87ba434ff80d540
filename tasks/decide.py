"""A person's decision takes effect. The command line and the web UI both come through here."""

from collections.abc import Sequence
from functools import partial

from models.campaign import Together
from models.case import Case, Stage
from models.category import NO_CATEGORY
from models.errors import ApprovalError, LostRace
from models.review import Decision, Outcome, Review, ReviewKind
from store.campaigns import decide_each
from store.cases import get_case
from store.classifications import latest_classification, precedent_in
from store.decisions import approve_reply, close_mailbox_review, close_without_reply, decide_category
from store.drafts import latest_draft
from store.outcome import take_note
from store.promotion import promote
from store.reviews import get_review
from store.unknown import settle_sending
from tasks.activate import answer_question
from tasks.rank_questions import rank_questions
from tasks.seal import seal
from tasks.workplace import Workplace

WHY_NO_CATEGORY = "it belongs to none of the categories"


def decide_review(place: Workplace, decision: Decision) -> None:
    """Raises ApprovalError, LostRace or NotFound, each with a sentence for the person who decided."""
    decide_together(place, decision, ())


def decide_together(place: Workplace, first: Decision, others: Sequence[Decision]) -> Together:
    """One answer for several mails. Raises what `decide_review` does, for the first and before any is decided.

    What the answers teach is reckoned once, after all: it looks at the whole queue.
    """
    review = get_review(place.store, first.review_id)
    done = decide_each(partial(_decide, place), first, others)
    if review.kind is ReviewKind.CATEGORY:
        rank_questions(place, review.mailbox)
    return done


def _decide(place: Workplace, decision: Decision) -> None:
    review = get_review(place.store, decision.review_id)
    if review.outcome is not None:
        raise LostRace(f"review {review.id} is already decided ({review.outcome} by {review.decided_by or 'nobody'})")
    if decision.outcome is Outcome.REJECTED and not decision.reason.strip():
        raise ApprovalError("say why it is rejected: the reason is what the system learns from")
    if review.case_id is None:
        _decide_mailbox(place, review, decision)
        return
    case = get_case(place.store, review.case_id)
    if review.kind is ReviewKind.CATEGORY:
        _decide_category(place, review, case, decision)
    elif case.stage is Stage.UNKNOWN:
        settle_sending(place.store, decision)
    elif case.stage is Stage.SENT:
        take_note(place.store, _without_reply(case, decision))
    else:
        _decide_reply(place, review, case, decision)


def _without_reply(case: Case, decision: Decision) -> Decision:
    if decision.outcome is Outcome.EDITED:
        raise ApprovalError(f"the reply to case {case.id} has been sent: write to the one who lacks it by mail client")
    return decision


def _decide_category(place: Workplace, review: Review, case: Case, decision: Decision) -> None:
    if decision.category == NO_CATEGORY:
        none = {"outcome": Outcome.REJECTED, "category": None, "reason": decision.reason or WHY_NO_CATEGORY}
        decision = decision.model_copy(update=none)
    if decision.outcome is Outcome.REJECTED:
        decide_category(place.store, decision)
        return
    proposed = proposed_category(place, review, case)
    chosen = decision.category or proposed
    known = ", ".join(category.name for category in place.settings.categories)
    if chosen is None:
        raise ApprovalError(
            f"no category is proposed for review {review.id}: choose one of {known}, or {NO_CATEGORY} for none of these"
        )
    if place.settings.category(chosen) is None:
        raise ApprovalError(f"there is no category {chosen!r}; choose one of: {known}, or {NO_CATEGORY}")
    outcome = Outcome.APPROVED if chosen == proposed else Outcome.EDITED
    decide_category(place.store, decision.model_copy(update={"category": chosen, "outcome": outcome}))


def proposed_category(place: Workplace, review: Review, case: Case) -> str | None:
    """What a plain yes means: what mails of the same wording were given before, else what the model says. None where
    that is no category at all: then a yes would mean nothing that was shown."""
    if precedent := precedent_in(review.payload):
        return precedent.category
    found = latest_classification(place.store, case.id)
    return found.category if found else None


def _decide_reply(place: Workplace, review: Review, case: Case, decision: Decision) -> None:
    dealt_with = review.kind is ReviewKind.ACTION and decision.outcome is Outcome.APPROVED
    if dealt_with or decision.outcome is Outcome.REJECTED:
        close_without_reply(place.store, decision)
        return
    if place.state(case.mailbox).paused:
        raise ApprovalError(f"{case.mailbox} is paused: `mailstage resume {case.mailbox}` first")
    draft = latest_draft(place.store, case.id)
    if draft is None:
        raise ApprovalError(f"case {case.id} has no draft any more: look at it again")
    if decision.outcome is Outcome.EDITED and not (decision.body or "").strip():
        raise ApprovalError("the edited reply is empty: write something, or reject it")
    body = decision.body if decision.outcome is Outcome.EDITED and decision.body else draft.body
    approve_reply(place.store, decision, seal(place, case, draft, body, automatic=False))


def _decide_mailbox(place: Workplace, review: Review, decision: Decision) -> None:
    if review.kind is ReviewKind.MODEL:
        answer_question(place, review, decision)
    elif review.kind is ReviewKind.PROMOTION and decision.outcome is Outcome.APPROVED:
        promote(place.store, decision, place.mailbox(review.mailbox).phase)
    else:
        close_mailbox_review(place.store, decision)
