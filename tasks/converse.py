"""Phase 3: what the written policy allows goes on its way, everything else goes before a person."""

from collections import Counter
from collections.abc import Sequence

from ml.small.tone.signals import read_signals
from models.case import Stage
from models.category import Category
from models.classification import Classification
from models.conversation import ConversationStatus
from models.draft import Draft, DraftPurpose, Verdict
from models.errors import CapReached, LostRace
from models.rollout import Phase
from models.settings import Policy
from store.cases import Work, claim
from store.classifications import latest_classification
from store.conversations import get_conversation, get_turns, newer_message
from store.decisions import approve_by_policy
from store.drafts import ask_approval, hand_over, latest_draft
from tasks.draft import blank_draft
from tasks.progress import log, report
from tasks.restrain import caps_on, restraint_on
from tasks.route import danger_in
from tasks.seal import seal
from tasks.workplace import Workplace


def converse(place: Workplace, mailbox: str) -> Counter[Stage]:
    """Moves every drafted reply of a phase-3 mailbox on; returns where to."""
    moved: Counter[Stage] = Counter()
    seconds = place.settings.policy.claim_seconds
    while place.may_act(mailbox):
        batch = claim(place.store, mailbox, Stage.DRAFTED, place.settings.limits.batch, seconds)
        if not batch:
            break
        for work in batch:
            try:
                moved[_decide_one(place, work)] += 1
            except LostRace:
                continue
            except Exception as error:  # one case must never stop those behind it
                log.exception("case=%d step=conversing", work.case.id)
                _ask_instead(place, work, f"the policy could not judge it: {error}")
                moved[Stage.AWAITING_APPROVAL] += 1
        report(mailbox, "conversing", moved.total())
    return moved


def _ask_instead(place: Workplace, work: Work, why: str) -> None:
    draft = latest_draft(place.store, work.case.id)
    assert draft is not None, "a case reaches `drafted` only together with its draft"
    ask_approval(place.store, work.case, draft, why)


def _decide_one(place: Workplace, work: Work) -> Stage:
    draft = latest_draft(place.store, work.case.id)
    assert draft is not None, "a case reaches `drafted` only together with its draft"
    danger = danger_in(read_signals(work.message, place.settings.policy.escalate_words))
    if danger:
        hand_over(place.store, work.case, blank_draft(place, work, draft.to), danger)
        return Stage.ESCALATED
    changed = _changed_since(place, work) or restraint_on(place, work, draft)
    objection = changed or objection_to(
        place.settings.policy,
        place.settings.category(work.case.category),
        latest_classification(place.store, work.case.id),
        draft,
        replies_so_far=sum(turn.ours for turn in get_turns(place.store, work.case.conversation_id)),
        doubts=work.message.trust.warnings,
    )
    # the phase is read last, right before the bytes are made: a demotion takes effect at once
    if not objection and place.state(work.case.mailbox).phase is not Phase.CONVERSE:
        objection = "the mailbox is no longer in phase 3"
    if objection:
        ask_approval(place.store, work.case, draft, objection)
        return Stage.AWAITING_APPROVAL
    outgoing = seal(place, work.case, draft, draft.body, automatic=True)
    reason = f"approved by policy: risk {_risk(place, work)}, all {len(draft.checks)} checks pass"
    try:
        approve_by_policy(place.store, work.case, draft.shown_hash, reason, outgoing, caps_on(place, work, draft))
    except CapReached as cap:
        ask_approval(place.store, work.case, draft, str(cap))
        return Stage.AWAITING_APPROVAL
    return Stage.APPROVED


def _changed_since(place: Workplace, work: Work) -> str:
    """Why the draft may be stale by now: the conversation went on, or went to a person."""
    with place.store.read() as connection:
        if newer_message(connection, work.case.id) is not None:
            return "the conversation has gone on since it was drafted"
    if get_conversation(place.store, work.case.conversation_id).status is ConversationStatus.ESCALATED:
        return "a person has taken over this conversation"
    return ""


def _risk(place: Workplace, work: Work) -> str:
    category = place.settings.category(work.case.category)
    return category.risk if category else "unknown"


def objection_to(
    policy: Policy,
    category: Category | None,
    found: Classification | None,
    draft: Draft,
    *,
    replies_so_far: int,
    doubts: Sequence[str] = (),
) -> str:
    """Why a person must approve this draft, as a sentence; empty when the policy may."""
    if category is None or category.risk not in policy.approve_risk or category.highest_phase < Phase.CONVERSE:
        return f"the risk of {category.title or category.name if category else 'an unknown category'} asks for a person"
    if found is None or found.probability < policy.min_probability:
        sure = found.probability if found else 0.0
        return f"the category is only {sure:.0%} sure, the policy wants {policy.min_probability:.0%}"
    if doubts:
        return f"the sender is in doubt: {doubts[0]}"
    if draft.purpose is DraftPurpose.NO_ANSWER:
        return "the knowledge does not hold the answer"
    if draft.purpose is DraftPurpose.ANSWER and draft.confidence < policy.min_confidence:
        return f"the answer is only {draft.confidence:.0%} sure, the policy wants {policy.min_confidence:.0%}"
    if replies_so_far >= policy.max_turns:
        return f"the conversation has {replies_so_far} replies already"
    failed = [check for check in draft.checks if check.verdict is not Verdict.PASS]
    return f"the check {failed[0].name!r} did not pass: {failed[0].message}" if failed else ""
