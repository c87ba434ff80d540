"""A person's yes to a promotion: the answer and the phase it leads to are one transaction."""

from models.errors import ApprovalError
from models.review import Decision
from models.rollout import MailboxState, Phase
from store.database import Store
from store.decisions import close_review, note_decision
from store.rollout import set_phase_in, state_in


def promote(store: Store, decision: Decision, start: Phase = Phase.CATEGORIZE) -> MailboxState:
    """Raises ApprovalError when the mailbox has left the phase that the question was asked in, LostRace."""
    with store.write() as connection:
        review = close_review(connection, store, decision)
        before, after = Phase(review.payload["from"]), Phase(review.payload["to"])
        if state_in(connection, review.mailbox, start).phase is not before:
            raise ApprovalError(f"{review.mailbox} is no longer in phase {int(before)}: say no to this question")
        note_decision(connection, store, review, decision)
        reason = decision.reason or "evidence"
        return set_phase_in(connection, store, review.mailbox, after, decision.decided_by, reason)
