"""Mails of one wording that are decided together: what the page shows of them, and what its form says of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import ApprovalError
from models.review import Decision, Review
from review.desk import Desk
from store import cases, messages
from store.campaigns import waiting_alike
from store.reviews import get_review

MOST = 200
"""Mails that one answer may decide: more are shown as soon as these are done."""
EXCERPT, OWN_WORDS = 160, 8
_WORD = re.compile(r"\w[\w.@-]*")


@dataclass(frozen=True)
class AlikeMail:
    """Another question about the same wording. `own` are the words that the first mail does not have."""

    review: Review
    sender: str
    subject: str
    excerpt: str
    own: tuple[str, ...]

    @property
    def ticket(self) -> str:
        """What the form sends for it: which question, and the hash of what was shown."""
        return f"{self.review.id}:{self.review.shown_hash}"


def alike_mails(desk: Desk, review: Review) -> tuple[AlikeMail, ...]:
    """Those that still wait, at most MOST."""
    others = waiting_alike(desk.store, review)[:MOST]
    if not others:
        return ()
    words = set(_WORD.findall(_text(desk, review)[1].casefold()))
    found = []
    for other in others:
        sender, text, subject = _text(desk, other)
        own = dict.fromkeys(word for word in _WORD.findall(text) if word.casefold() not in words)
        found.append(AlikeMail(other, sender, subject, " ".join(text.split())[:EXCERPT], tuple(own)[:OWN_WORDS]))
    return tuple(found)


def mail_itself(desk: Desk, review: Review) -> AlikeMail:
    """The mail that the page is about, as one line of the list."""
    sender, text, subject = _text(desk, review)
    return AlikeMail(review, sender, subject, " ".join(text.split())[:EXCERPT], ())


def decisions_alike(desk: Desk, review: Review, tickets: Sequence[str], decision: Decision) -> list[Decision]:
    """The same answer for the mails that were ticked. Raises ApprovalError for one that is not of the same wording."""
    found = []
    for ticket in dict.fromkeys(tickets):
        number, _, shown = ticket.partition(":")
        if not number.isdecimal() or review.campaign is None:
            raise ApprovalError("The list of mails is damaged: open the question again.")
        other = get_review(desk.store, int(number))
        if other.campaign != review.campaign:
            raise ApprovalError(f"Review {other.id} is not about the same wording: open the question again.")
        found.append(decision.model_copy(update={"review_id": other.id, "shown_hash": shown}))
    return found


def _text(desk: Desk, review: Review) -> tuple[str, str, str]:
    """Sender, new text and subject."""
    assert review.case_id is not None  # questions of one wording are about mails
    message = messages.get_message(desk.store, cases.get_case(desk.store, review.case_id).message_id)
    sender = message.sender.name or message.sender.address or "unknown sender"
    return sender, message.request, message.subject
