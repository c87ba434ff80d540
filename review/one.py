"""`/reviews/{id}`: one question to a person, with everything needed to answer it."""

from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from ml.small.manifest import read_manifest
from ml.small.why.explaining import Explanation
from models.case import Stage
from models.category import Category
from models.challenge import Challenge
from models.conversation import Conversation
from models.draft import Check, Draft, Passage, Verdict
from models.errors import ApprovalError, ModelError
from models.message import Kind
from models.outbox import RecipientResult
from models.review import Outcome, Review, ReviewKind
from models.rollout import Evidence, MailboxState, Phase
from review.alike import AlikeMail, alike_mails
from review.desk import Desk, desk_of, show
from review.marking import Change, Segment, Source, changes, mark_body, sources_of
from review.matter import Asked, Filter, Matter, load_matter
from review.thread import TurnView, view_turn
from store import challenges, conversations, drafts, metrics, placed, recipients, reviews, rollout, turns
from store.placed import PlacedState

TURNS = 6
"""Messages of the thread that are shown beside the draft; the conversation's page has all."""

router = APIRouter()


@dataclass(frozen=True)
class DraftView:
    """A draft with its words marked; the checks that did not pass come first."""

    draft: Draft
    checks: tuple[Check, ...]
    segments: tuple[Segment, ...]
    sources: tuple[Source, ...]
    unused: tuple[Passage, ...]


@dataclass(frozen=True)
class Attempt:
    """What a person has typed and not yet decided, kept when a decision is refused."""

    body: str | None = None
    reason: str = ""
    category: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class CategoryChoice:
    """`probability` is None for one that the model did not rank."""

    category: Category
    probability: float | None


@dataclass(frozen=True)
class ReviewPage:
    """`form` says what may be answered: draft, missing, category, action, notice, sending, note, quarantine,
    mailbox, model or decided."""

    matter: Matter
    form: str
    shown_hash: str
    state: MailboxState
    filter: Filter
    waiting: int
    next: Review | None = None
    conversation: Conversation | None = None
    turns: tuple[TurnView, ...] = ()
    earlier: int = 0
    overtaken: bool = False
    written: DraftView | None = None
    empty: Draft | None = None
    """A reply that a person has to write; only what is added below it stands already."""
    reworded: str | None = None
    """What a person has made of the draft, where they changed it."""
    copy: PlacedState | None = None
    """Where its copy in the mailbox's own Drafts is; None where none was laid."""
    results: tuple[RecipientResult, ...] = ()
    """What the mail server said of each recipient, once the reply was tried."""
    choices: tuple[CategoryChoice, ...] = ()
    alike: tuple[AlikeMail, ...] = ()
    """Other mails of the same wording, which the same answer may decide."""
    reasons: Explanation | None = None
    """Why the model ranked the categories so; None where that cannot be told."""
    evidence: Evidence | None = None
    today: Evidence | None = None
    target: Phase | None = None
    challenge: Challenge | None = None
    """The new model that a person is asked about; None where the question cannot be read."""
    in_use: str = ""
    """The version of the model that sorts the mail now."""
    attempt: Attempt = field(default_factory=Attempt)


@router.get("/reviews/{review_id}")
def one(request: Request, review_id: int, asked: Asked) -> HTMLResponse:
    desk = desk_of(request)
    return show(request, "review.html.j2", review_page(desk, reviews.get_review(desk.store, review_id), asked))


def review_page(desk: Desk, review: Review, asked: Filter, attempt: Attempt | None = None) -> ReviewPage:
    """Raises NotFound."""
    matter = load_matter(desk, review)
    draft = drafts.latest_draft(desk.store, review.case_id) if review.case_id else None
    waiting = reviews.count_waiting(desk.store)
    start = desk.settings.mailboxes[review.mailbox].phase if review.mailbox in desk.settings.mailboxes else Phase(1)
    page = ReviewPage(
        matter=matter,
        form=form_of(matter, draft),
        shown_hash=draft.shown_hash if draft and review.kind is ReviewKind.DRAFT else review.shown_hash,
        state=rollout.state(desk.store, review.mailbox, start),
        filter=asked,
        waiting=sum(waiting.values()),
        next=asked.next_after(desk, review.id),
        written=view_draft(draft) if draft and draft.body else None,
        empty=draft if draft and not draft.body else None,
        reworded=drafts.last_edit(desk.store, review.case_id) if review.case_id else None,
        copy=placed.copy_of(desk.store, review.id),
        results=recipients.results_of_case(desk.store, review.case_id) if review.case_id else (),
        choices=rank_categories(matter, desk.settings.categories),
        attempt=attempt or Attempt(changes=_decided_edit(review, draft)),
    )
    if page.form == "category":
        reasons = desk.reasons.of(matter.classification, matter.message)
        page = replace(page, reasons=reasons, alike=alike_mails(desk, review))
    if review.kind is ReviewKind.MODEL:
        return _with_challenge(desk, page)
    if matter.case is None:
        return _with_evidence(desk, page)
    return _with_thread(desk, page, matter.case.conversation_id, matter.case.message_id)


def form_of(matter: Matter, draft: Draft | None) -> str:
    """Which of the forms fits the review as it stands now."""
    review, case = matter.review, matter.case
    if review.outcome is not None:
        return "decided"
    if case is None:
        return "model" if review.kind is ReviewKind.MODEL else "mailbox"
    if review.kind is ReviewKind.ACTION:
        forms = {Stage.UNKNOWN: "sending", Stage.QUARANTINED: "quarantine", Stage.SENT: "note"}
        by_machine = matter.message is not None and matter.message.kind is not Kind.HUMAN
        return forms.get(case.stage, "notice" if by_machine else "action")
    if review.kind is ReviewKind.CATEGORY:
        return "category"
    return "draft" if draft else "missing"


def rank_categories(matter: Matter, categories: tuple[Category, ...]) -> tuple[CategoryChoice, ...]:
    """What a like mail was given, the model's ranking, then the others in the order of mailstage.toml; those deleted
    there are left out."""
    ranked: dict[str, float | None] = {choice.category: choice.probability for choice in matter.ranking}
    if matter.precedent and matter.precedent.category:
        known = ranked.pop(matter.precedent.category, None)
        ranked = {matter.precedent.category: known, **ranked}
    order = list(ranked)
    chosen = [CategoryChoice(category, ranked.get(category.name)) for category in categories]
    return tuple(
        sorted(chosen, key=lambda c: order.index(c.category.name) if c.category.name in ranked else len(order))
    )


def view_draft(draft: Draft) -> DraftView:
    used = {citation.passage for citation in draft.citations}
    unused = tuple(passage for passage in draft.passages if passage.id not in used)
    checks = sorted(draft.checks, key=lambda check: -list(Verdict).index(check.verdict))
    return DraftView(draft, tuple(checks), tuple(mark_body(draft)), tuple(sources_of(draft)), unused)


def _decided_edit(review: Review, draft: Draft | None) -> tuple[Change, ...]:
    if review.outcome is Outcome.EDITED and review.edit and draft and draft.body:
        return tuple(changes(draft.body, review.edit))
    return ()


def _with_thread(desk: Desk, page: ReviewPage, conversation_id: int, message_id: int) -> ReviewPage:
    found = turns.find_turns(desk.store, conversation_id, TURNS)
    overtaken = bool(found) and found[-1].message_id != message_id
    return replace(
        page,
        conversation=conversations.get_conversation(desk.store, conversation_id),
        turns=tuple(view_turn(numbered, message_id) for numbered in found),
        earlier=max(0, turns.count_turns(desk.store, conversation_id) - len(found)),
        overtaken=overtaken and page.form != "decided",
    )


def _with_evidence(desk: Desk, page: ReviewPage) -> ReviewPage:
    needed = desk.settings.policy.promotion
    today = metrics.evidence(desk.store, page.matter.review.mailbox, needed)
    payload = page.matter.review.payload
    target = Phase(payload["to"]) if payload.get("to") in set(Phase) else Phase(min(page.state.phase + 1, 3))
    return replace(page, evidence=_asked_with(payload) or today, today=today, target=target)


def _with_challenge(desk: Desk, page: ReviewPage) -> ReviewPage:
    try:
        asked = challenges.challenge_of(page.matter.review)
    except ApprovalError:
        return page
    try:
        in_use = read_manifest(desk.settings.model_dir).version
    except ModelError:  # the page can do without; a yes is checked again when it is given
        in_use = ""
    return replace(page, challenge=asked, in_use=in_use)


def _asked_with(payload: dict[str, Any]) -> Evidence | None:
    """The evidence on which the question was asked: the answer names the hash of this."""
    try:
        return Evidence.model_validate(payload.get("evidence"))
    except ValidationError:
        return None
