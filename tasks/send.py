"""Sends what has been approved, each reply once.

Right before the wire the hash of the bytes is compared with the approved one and the kill switch and the phase are read
again. A lost line after the final dot is `unknown`. There is no retry here: a reply that was not accepted waits in the
outbox for the next run.
"""

import hashlib
from dataclasses import dataclass

from mail.smtp import send
from models.conversation import ConversationStatus
from models.draft import DraftPurpose
from models.errors import (
    ApprovalError,
    ConfigurationError,
    DeliveryUnknown,
    LostRace,
    MailLoginFailed,
    MailServerRefused,
    MailServerUnreachable,
)
from models.outbox import OutboxItem
from models.review import Outgoing
from models.rollout import Phase
from store.drafts import latest_draft
from store.outbox import begin_transmission, claim_next, mark_again, mark_sent, mark_unknown, sent_since
from store.recall import mark_refused, recall
from store.unknown import sent_after_all
from tasks.progress import report
from tasks.workplace import Workplace


@dataclass(frozen=True)
class Delivered:
    """Numbers of replies by what became of them."""

    sent: int = 0
    again: int = 0
    failed: int = 0
    unknown: int = 0


def send_replies(place: Workplace, mailbox: str) -> Delivered:
    """Sends what may be sent now. Stops at the daily cap, at a pause, and when the server cannot be reached."""
    box = place.mailbox(mailbox)
    outcomes: list[str] = []
    _recall_unapproved(place, mailbox)
    budget = box.sends_per_day - sent_since(place.store, mailbox, 24)
    while budget > 0 and place.may_act(mailbox):
        item = claim_next(place.store, mailbox, place.settings.policy.claim_seconds)
        if item is None:
            break
        outcomes.append(_send_one(place, item))
        budget -= 1
        report(mailbox, "sending", outcomes.count("sent"))
        if outcomes[-1] in ("unreachable", "held"):
            break  # the others would meet the same
    return Delivered(
        sent=outcomes.count("sent"),
        again=outcomes.count("again") + outcomes.count("unreachable"),
        failed=outcomes.count("failed"),
        unknown=outcomes.count("unknown"),
    )


def _recall_unapproved(place: Workplace, mailbox: str) -> None:
    """What the policy approved, and what has changed since, goes before a person."""
    recall(place.store, mailbox, all_of_them=place.state(mailbox).phase is not Phase.CONVERSE)


def _send_one(place: Workplace, item: OutboxItem) -> str:
    try:
        _verify(item)
        if not begin_transmission(
            place.store, item, place.settings.policy.send_seconds, place.mailbox(item.mailbox).phase
        ):
            return "held"
        send(place.mailbox(item.mailbox).smtp, _outgoing(item))
    except ApprovalError as error:
        mark_refused(place.store, item, str(error))
        return "failed"
    except LostRace:
        return "lost"
    except DeliveryUnknown as error:
        mark_unknown(place.store, item, str(error))
        return "unknown"
    except MailServerUnreachable as error:
        mark_again(place.store, item, str(error))
        return "unreachable"
    except (MailLoginFailed, ConfigurationError) as error:
        mark_again(place.store, item, str(error))
        raise
    except MailServerRefused as error:
        if error.permanent:
            mark_refused(place.store, item, str(error))
            return "failed"
        mark_again(place.store, item, str(error))
        return "again"
    try:
        mark_sent(place.store, item, _whose_turn(place, item))
    except LostRace:
        sent_after_all(place.store, item)
    return "sent"


def _whose_turn(place: Workplace, item: OutboxItem) -> ConversationStatus:
    """After a reply that promises a colleague's answer the conversation stays with a person."""
    draft = latest_draft(place.store, item.case_id)
    promised = draft is not None and draft.purpose is DraftPurpose.NO_ANSWER
    return ConversationStatus.ESCALATED if promised else ConversationStatus.WAITING_ON_CUSTOMER


def _verify(item: OutboxItem) -> None:
    if hashlib.sha256(item.raw).hexdigest() != item.approved_hash:
        raise ApprovalError(f"the bytes of case {item.case_id} are not those that were approved: it is not sent")


def _outgoing(item: OutboxItem) -> Outgoing:
    return Outgoing(
        message_id=item.message_id, envelope_from=item.envelope_from, recipients=item.recipients, raw=item.raw
    )
