"""Puts each finished draft of a phase-2 mailbox before a person."""

from models.case import Stage
from models.errors import LostRace
from store.cases import claim
from store.drafts import ask_approval, latest_draft
from tasks.progress import report
from tasks.workplace import Workplace


def submit_drafts(place: Workplace, mailbox: str) -> int:
    """Opens a review for every draft that has none yet; returns how many."""
    opened = 0
    seconds = place.settings.policy.claim_seconds
    while batch := claim(place.store, mailbox, Stage.DRAFTED, place.settings.limits.batch, seconds):
        for work in batch:
            draft = latest_draft(place.store, work.case.id)
            assert draft is not None, "a case reaches `drafted` only together with its draft"
            try:
                ask_approval(place.store, work.case, draft, "each reply of this mailbox is approved by a person")
                opened += 1
            except LostRace:
                continue
        report(mailbox, "asking", opened)
    return opened
