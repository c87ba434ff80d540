"""The two codes of a failed delivery: enhanced status (RFC 3463) and SMTP reply (RFC 5321), read out of prose.

One diagnostic often holds several: the remote server's answer, the reporter's summary of it, and what the last of many
attempts ended with. The remote server's own answer counts most, and a code that only says "something failed" least.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STATUS = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
_PAIR = re.compile(r"(?<![\d.\-/])([2345]\d\d)[ \-]{1,3}[\"'(\[<#]{0,2}([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
_TAGGED = re.compile(r"#\s?([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\w.\-/=@])([245]\d\d)(?![\w.]*@)(?=[\s\-#;:,<(\]'\"]|\.(?!\d)|$)")
_NUMBERED = re.compile(r"(?:bytes|octets|seconds|minutes|hours|days|messages|recipients|kb|mb)\b", re.IGNORECASE)
REPLIES = frozenset(
    "250 251 252 253 421 422 430 432 450 451 452 453 454 455 456 458 459 500 501 502 503 504 521 523 524 525 530 533 "
    "534 535 538 541 550 551 552 553 554 555 556 557".split()
)
"""Replies that end a delivery (RFC 5321 section 4.2.3, RFC 4954, 7504, 7505, and what large servers send besides)."""
_VAGUE = re.compile(r"[245]\.(?:0\.0|4\.7|5\.0|3\.0|1\.0)$")
"""x.0.0 says nothing; x.4.7 only that the queue gave up, not why; x.1.0, x.3.0 and x.5.0 are the gateways' defaults."""
_UNEXPLAINED = re.compile(r"[245]\.(?:0\.0|4\.7)$")
_EMPTY = re.compile(r"[245]\.0\.0$")
MAX_DIAGNOSTIC = 4_000
"""Characters of one diagnostic that are searched."""


@dataclass(frozen=True, slots=True)
class Codes:
    """`status` as 5.1.1, `reply` as 550; empty where nothing is stated. They never contradict each other's class."""

    status: str = ""
    reply: str = ""


def codes_in(diagnostic: str, stated: str = "", *, replies: bool = True) -> Codes:
    """The codes of one failure: `stated` is the report's own Status field, `diagnostic` the words beside it.

    `replies` is False where a three-digit number is no SMTP reply (Diagnostic-Code of type X-UNIX).
    """
    text = diagnostic[:MAX_DIAGNOSTIC]
    status = _status(text, stated)
    return Codes(status, _reply(text, status) if replies else "")


def status_in(text: str) -> str:
    """The first enhanced status of a field such as `5.0.0 (permanent failure)`, else nothing."""
    found = _STATUS.search(text[:200])
    return found[1] if found else ""


def explains_little(status: str) -> bool:
    """True for no status, x.0.0 and x.4.7: another source of the same report may know why."""
    return not status or bool(_UNEXPLAINED.match(status))


def _says_nothing(status: str) -> bool:
    """True for an empty status and for x.0.0, "other undefined status" (RFC 3463 section 3.1)."""
    return not status or bool(_EMPTY.match(status))


def _status(text: str, stated: str) -> str:
    spoken: list[str]
    paired = [pair[2] for pair in _PAIR.finditer(text) if pair[1][0] == pair[2][0] or pair[1] not in REPLIES]
    spoken = [*paired, *_TAGGED.findall(text), *(one for one in _STATUS.findall(text) if one[0] != "2")]
    spoken += [pair[2] for pair in _PAIR.finditer(text)]
    # the remote server's own word comes before the reporter's, unless it says less
    ranked = [*spoken, stated] if stated else spoken
    if not ranked:
        return ""
    return min(ranked, key=lambda one: (one[0] == "2", _says_nothing(one), bool(_VAGUE.match(one))))


def _reply(text: str, status: str) -> str:
    """The reply beside the chosen status, else the first of its class: 554 cannot explain a 4.0.0."""
    for pair in _PAIR.finditer(text):
        if pair[2] == status and pair[1] in REPLIES and pair[1][0] == status[0]:
            return pair[1]
    fitting = [one for one in replies_in(text) if not status or one[0] == status[0]]
    first = min(fitting, key=lambda one: one[0] == "2", default="")
    if first != "554":
        return first
    # "transaction failed": old Sendmail puts it in front of the server's own answer
    return next((one for one in fitting if one[0] == "5" and one != first), first)


def replies_in(text: str) -> Iterator[str]:
    """Three-digit SMTP replies in order, leaving out sizes, times and parts of addresses."""
    for found in _REPLY.finditer(text):
        if found[1] in REPLIES and not _NUMBERED.match(text[found.end() : found.end() + 12].lstrip()):
            yield found[1]
