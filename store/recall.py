"""Replies that come back from the outbox to a person: approved by policy, and no longer covered by it."""

from sqlalchemy import select

from models.case import Stage
from models.outbox import OutboxState
from models.review import ReviewKind
from store import audit
from store.cases import get_case_in, move_in
from store.conversations import newer_message
from store.database import Store
from store.drafts import latest_draft_in
from store.outbox import remove_reply
from store.reviews import open_review
from store.tables import outbox

LEFT = "approved by policy, but the mailbox is no longer in phase 3"
NEWER = "approved by policy, but the conversation has gone on"


def recall(store: Store, mailbox: str, *, all_of_them: bool) -> int:
    """Replies of the policy that nobody has begun to send go before a person: those overtaken by a later mail, or all
    of them once the mailbox has left phase 3. Returns how many."""
    waiting = (outbox.c.mailbox == mailbox) & (outbox.c.state == OutboxState.QUEUED) & outbox.c.by_policy
    with store.write() as connection:
        rows = connection.execute(select(outbox.c.id, outbox.c.case_id).where(waiting)).all()
        recalled = 0
        for row in rows:
            reason = LEFT if all_of_them else NEWER if newer_message(connection, row.case_id) else ""
            # one that somebody has got already cannot be replaced: the others get the same
            if not reason or not remove_reply(connection, waiting & (outbox.c.id == row.id)):
                continue
            recalled += 1
            draft = latest_draft_in(connection, row.case_id)
            assert draft is not None, "an approved case has a draft"
            after = move_in(connection, store, get_case_in(connection, row.case_id), Stage.AWAITING_APPROVAL, reason)
            open_review(connection, store, after, ReviewKind.DRAFT, draft.shown_hash, {"why": reason})
            audit.record(
                connection, store.clock(), "mailstage", "recalled", mailbox, f"case {row.case_id}", reason=reason
            )
        return recalled
