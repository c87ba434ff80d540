"""Keeps the policy from answering too often, or a machine: the reason why a person must look first.

Headers tell of honest robots, and those are never drafted for. The others are known by what they do: they say the same
again, answer whatever comes, or send our own mail back. Whatever they do, the caps end it.
"""

from mail.kinds.answering import may_be_answered
from mail.kinds.loops import fingerprint, sign_of_a_loop
from mail.smtp.fields import envelope, sendable
from models.draft import Draft
from store.caps import Caps, cap_reached, is_own_reply
from store.cases import Work
from store.messages import get_raw
from tasks.arrive import start_of
from tasks.workplace import Workplace


def restraint_on(place: Workplace, work: Work, draft: Draft) -> str:
    """A sentence; empty when nothing speaks against a reply by policy, as far as can be told beforehand."""
    return _by_age(place, work) or _by_cap(place, work, draft) or _by_loop(place, work)


def caps_on(place: Workplace, work: Work, draft: Draft) -> Caps:
    """They count for good when the reply is approved, in the same transaction."""
    policy = place.settings.policy
    people = (work.message.sender, *draft.to, *draft.cc)
    return Caps(
        addresses=tuple(dict.fromkeys(envelope(person.address) for person in people if sendable(person.address))),
        per_address=policy.replies_per_day,
        per_conversation=policy.max_turns,
        per_mailbox=place.mailbox(work.case.mailbox).sends_per_day,
    )


def _by_age(place: Workplace, work: Work) -> str:
    """Old mail, drafted for because `mailstage backfill --draft` was asked to, goes before a person in any phase."""
    since = place.mailbox(work.case.mailbox).since
    if since is None or work.case.arrived >= start_of(place, since):
        return ""
    return f"it arrived before {since}, where this mailbox starts"


def _by_cap(place: Workplace, work: Work, draft: Draft) -> str:
    """So that the reason is the cap, and no work is done for what may not go out."""
    with place.store.read() as connection:
        words = fingerprint(work.message)
        return cap_reached(connection, place.store, work.case, words, caps_on(place, work, draft))


def _by_loop(place: Workplace, work: Work) -> str:
    own = place.settings.own_addresses
    if refusal := may_be_answered(work.message, own, unattended=True).reason:
        return refusal
    if is_own_reply(place.store, work.message.message_id):
        return "it is our own reply, which has come back"
    return sign_of_a_loop(get_raw(place.store, work.case.message_id), own)
