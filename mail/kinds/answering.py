"""Who must never get an answer: the one place that decides it, with the reason.

The rules are those of RFC 3834 section 2 and RFC 5230 sections 4.5 and 4.6. What they say about headers has been read
into the message's kind; here stand the rest of them, and the kinds that are answered: mail by people alone.
"""

from dataclasses import dataclass

from mail.kinds.senders import nobody_home
from models.message import Address, Authentication, Kind, Message

_KINDS = {
    Kind.AUTO_REPLY: "it is an automatic reply",
    Kind.BOUNCE: "it is a delivery report",
    Kind.FEEDBACK_REPORT: "it is a complaint or a wish to be left alone",
    Kind.LIST: "it came through a mailing list",
    Kind.BULK: "it is a bulk mailing",
    Kind.NOTIFICATION: "a program sent it",
    Kind.CALENDAR: "it is a calendar message",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """True when a mail may be answered; else `reason` says why not."""

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


def may_be_answered(message: Message, own_addresses: frozenset[str], *, unattended: bool = False) -> Permission:
    """Whether anything may go out in answer. `own_addresses` are in lower case.

    `unattended` adds what holds for replies that no person has looked at: the mail must name one of our addresses, and
    must not have failed the checks of its sender, since an answer to a forged one hits a stranger.
    """
    return Permission(
        _by_kind(message)
        or _by_address(message, own_addresses)
        or (unattended and _alone(message, own_addresses))
        or ""
    )


def _by_kind(message: Message) -> str:
    if message.kind is Kind.HUMAN:
        return ""
    detail = f" ({message.kind_reason})" if message.kind_reason else ""
    return f"{_KINDS[message.kind]}{detail}"


def _by_address(message: Message, own_addresses: frozenset[str]) -> str:
    sender = message.sender
    if not sender.address:
        return "it names no sender"
    if sender.address in own_addresses:
        return "it comes from one of our own addresses"
    if nobody_home(sender):
        return f"nobody reads mail to {sender.address}"
    if message.reply_to and all(_unreachable(one, own_addresses) for one in message.reply_to):
        return f"its Reply-To {message.reply_to[0].address} wants no answer"
    return ""


def _unreachable(one: Address, own_addresses: frozenset[str]) -> bool:
    return nobody_home(one) or one.address in own_addresses


def _alone(message: Message, own_addresses: frozenset[str]) -> str:
    if message.trust.authenticated is Authentication.FAIL:
        return "its sender's domain does not vouch for it"
    if not own_addresses & {one.address for one in (*message.to, *message.cc)}:
        return "it names none of our addresses in To or Cc"
    return ""
