"""Sends what has been approved, each reply once to each of its recipients.

Right before the wire the hash of the bytes is compared with the approved one and the kill switch and the phase are read
again. A lost line after the final dot is `unknown`. There is no retry here: a reply that was not accepted waits in the
outbox for the next run.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from mail.smtp.sending import is_closing, send
from models.errors import (
    ApprovalError,
    ConfigurationError,
    LostRace,
    MailLoginFailed,
    MailServerRefused,
    MailServerUnreachable,
)
from models.outbox import OutboxItem, OutboxState, RecipientResult
from models.review import Outgoing
from models.rollout import Phase
from store.caps import replies_today
from store.outbox import begin_transmission, claim_next
from store.outcome import LAST_CALL, postpone, record_results, withhold
from store.recall import recall
from store.unknown import sent_after_all
from tasks.progress import report
from tasks.seal import refuse_own
from tasks.stop import on_the_wire
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
    states: Counter[OutboxState | None] = Counter()
    # what the policy approved, and what has changed since, goes before a person
    recall(place.store, mailbox, all_of_them=place.state(mailbox).phase is not Phase.CONVERSE)
    budget = box.sends_per_day - replies_today(place.store, mailbox)
    while budget > 0 and place.may_act(mailbox):
        item = claim_next(place.store, mailbox, place.settings.policy.claim_seconds)
        if item is None:
            break
        with on_the_wire():
            attempt = _send_one(place, item)
        states[attempt.state] += 1
        budget -= 1
        report(mailbox, "sending", states[OutboxState.SENT])
        if attempt.last:
            break
    return Delivered(
        sent=states[OutboxState.SENT],
        again=states[OutboxState.QUEUED],
        failed=states[OutboxState.FAILED],
        unknown=states[OutboxState.UNKNOWN],
    )


@dataclass(frozen=True)
class _Attempt:
    """Where a reply stands afterwards (None: held back, or another run's); `last` when the next would meet the same."""

    state: OutboxState | None
    last: bool = False


def _send_one(place: Workplace, item: OutboxItem) -> _Attempt:
    policy = place.settings.policy
    patience = timedelta(hours=policy.retry_hours)
    box = place.mailbox(item.mailbox)
    try:
        _verify(place, item)
        results = send(
            box.smtp,
            _outgoing(item),
            may_go=lambda: begin_transmission(place.store, item, policy.send_seconds, box.phase, box.sends_per_day),
            before=policy.claim_seconds,
            # the lease must outlive the line, or another run would take a reply for unknown that is still on the wire
            after=policy.send_seconds * 0.9,
        )
        if not results:
            return _Attempt(None, last=True)
        return _Attempt(_taken_down(place, item, results, patience), is_closing(results))
    except LostRace:
        return _Attempt(None)
    except ApprovalError as error:
        return _Attempt(withhold(place.store, item, str(error)))
    except MailServerUnreachable as error:
        return _Attempt(postpone(place.store, item, str(error), patience, LAST_CALL), last=True)
    except MailServerRefused as error:
        return _Attempt(postpone(place.store, item, str(error), patience), last=True)
    except (MailLoginFailed, ConfigurationError) as error:
        postpone(place.store, item, str(error), patience)
        raise


def _taken_down(
    place: Workplace, item: OutboxItem, results: tuple[RecipientResult, ...], patience: timedelta
) -> OutboxState:
    try:
        return record_results(place.store, item, results, patience)
    except LostRace:
        sent_after_all(place.store, item, results)
        return OutboxState.SENT


def _verify(place: Workplace, item: OutboxItem) -> None:
    refuse_own(place, item.case_id, item.pending)
    if hashlib.sha256(item.raw).hexdigest() != item.approved_hash:
        raise ApprovalError(f"the bytes of case {item.case_id} are not those that were approved: it is not sent")


def _outgoing(item: OutboxItem) -> Outgoing:
    """To those alone who have not got it and have not been refused."""
    return Outgoing(message_id=item.message_id, envelope_from=item.envelope_from, recipients=item.pending, raw=item.raw)
