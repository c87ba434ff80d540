"""Reads the evidence and acts on it: proposes a promotion to a person, takes a mailbox back when quality drops."""

from models.record import canonical_hash
from models.review import ReviewKind
from models.rollout import Evidence, Phase
from store import metrics, rollout
from store.reviews import open_mailbox_review
from tasks.workplace import Workplace

RECENT = 50
"""Decisions that count for a fall-back: enough for an interval of about ±0.13 around 0.7."""


def evidence_for(place: Workplace, mailbox: str) -> Evidence:
    return metrics.evidence(place.store, mailbox, place.settings.policy.promotion, place.state(mailbox).phase)


def propose_promotion(place: Workplace, mailbox: str) -> int | None:
    """Asks a person when the evidence allows one phase more; the id of the review, or None."""
    state = place.state(mailbox)
    if state.phase is Phase.CONVERSE or state.paused:
        return None
    found = evidence_for(place, mailbox)
    if not found.suffices:
        return None
    payload = {"from": int(state.phase), "to": int(state.phase) + 1, "evidence": found.model_dump(mode="json")}
    return open_mailbox_review(place.store, mailbox, ReviewKind.PROMOTION, canonical_hash(payload), payload)


def fall_back(place: Workplace, mailbox: str) -> bool:
    """One phase down when even the upper end of the recent acceptance interval misses what a promotion asks."""
    state = place.state(mailbox)
    if state.phase is Phase.CATEGORIZE:
        return False
    recent = metrics.recent_acceptance(place.store, mailbox, RECENT, since=state.phase_since)
    needed = place.settings.policy.promotion.acceptance
    if recent.trials < place.settings.policy.promotion.reviewed or recent.high >= needed:
        return False
    reason = f"{recent.successes} of the last {recent.trials} drafts went out unchanged, {needed:.0%} are needed"
    rollout.set_phase(place.store, mailbox, Phase(state.phase - 1), "mailstage", reason)
    return True
