"""Keeps the policy from answering too often, or a machine: the reason why a person must look first.

Headers tell of honest robots, and those are never drafted for. The others are known by what they do: they say the same
again, answer whatever comes, or send our own mail back. Whatever they do, the caps end it.
"""

from mail.kinds.answering import may_be_answered
from mail.kinds.loops import fingerprint, sign_of_a_loop
from mail.smtp.fields import envelope, sendable
from models.draft import Draft
from store.caps import is_own_reply, policy_answers_to, policy_replies_in, policy_replies_to, replies_queued_since
from store.cases import Work
from store.messages import get_raw
from tasks.arrive import start_of
from tasks.workplace import Workplace

DAY = 24.0


def restraint_on(place: Workplace, work: Work, draft: Draft) -> str:
    """A sentence; empty when nothing speaks against a reply by policy."""
    return _by_age(place, work) or _by_cap(place, work, draft) or _by_loop(place, work)


def _by_age(place: Workplace, work: Work) -> str:
    """Old mail, drafted for because `mailstage backfill --draft` was asked to, goes before a person in any phase."""
    since = place.mailbox(work.case.mailbox).since
    if since is None or work.case.arrived >= start_of(place, since):
        return ""
    return f"it arrived before {since}, where this mailbox starts"


def _by_cap(place: Workplace, work: Work, draft: Draft) -> str:
    policy, store, case = place.settings.policy, place.store, work.case
    people = (work.message.sender, *draft.to, *draft.cc)
    for address in dict.fromkeys(envelope(person.address) for person in people if sendable(person.address)):
        lately = policy_replies_to(store, address, DAY)
        if lately >= policy.replies_per_day:
            return f"{lately} replies went to {address} within a day already"
    turns = policy_replies_in(store, case.conversation_id)
    if turns >= policy.max_turns:
        return f"the policy has answered {turns} times in this conversation already"
    today, most = replies_queued_since(store, case.mailbox, DAY), place.mailbox(case.mailbox).sends_per_day
    return f"{today} replies of this mailbox within a day are as many as it may send" if today >= most else ""


def _by_loop(place: Workplace, work: Work) -> str:
    own = place.settings.own_addresses
    if refusal := may_be_answered(work.message, own, unattended=True).reason:
        return refusal
    if is_own_reply(place.store, work.message.message_id):
        return "it is our own reply, which has come back"
    if sign := sign_of_a_loop(get_raw(place.store, work.case.message_id), own):
        return sign
    if policy_answers_to(place.store, fingerprint(work.message), DAY):
        return "a mail with the same words was answered within a day already: a machine may have written it"
    return ""
