"""Bounces: who could not be reached and why, from the report where there is one, else from the words.

Both are read and joined: a report often holds only a vague status (5.0.0), while the prose beside it quotes the server.
"""

import re
from dataclasses import replace

from mail.kinds.bounce_codes import Codes, codes_in, explains_little, replies_in, status_in
from mail.kinds.bounce_reasons import is_passing, status_of
from mail.kinds.bounce_text import Spoken, addresses_in, spoken_recipients, unquoted, without_returned
from mail.kinds.reports import (
    Reported,
    delivery_status,
    feedback_recipients,
    is_feedback,
    is_service_notice,
    reported_in,
    service_notice,
)
from mail.mime.charsets import decode
from mail.mime.headers import header_text, message_ids
from mail.mime.parsing import parse
from mail.mime.part import Part
from models.errors import UnreadableMessage
from models.message import Bounce, BounceRecipient
from models.settings import Limits

MAX_RECIPIENTS = 100
MAX_TEXT = 20_000
"""Characters of free text that are searched when no report part names the recipients."""
MAX_RETURNED = 200_000
"""Bytes of a returned message whose header is read."""
MAX_DIAGNOSTIC = 500
"""Characters of a diagnostic that are kept."""
_RETURNED_TYPES = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers",
     "message/global-headers", "message/partial"}
)  # fmt: skip
_ID_FIELD = re.compile(
    r"^[ \t>]*(?:X-)?(?:Original-)?Message-I[Dd][ \t]*:[ \t\n>]*(<[^<>\s]{1,996}>)", re.MULTILINE | re.IGNORECASE
)
_TO_FIELD = re.compile(
    r"^[ \t>]*(?:To|X-Envelope-To|Envelope-To|X-HmXmrOriginalRecipient)[ \t]*:([^\n]{1,500})",
    re.MULTILINE | re.IGNORECASE,
)
_INNER_LIMITS = Limits(parts=50)
"""For a bounce within a bounce."""
_SPACES = re.compile(r"\s+")


def read_bounce(root: Part, text: str) -> Bounce:
    """The recipients of a delivery or feedback report, and the Message-ID of the mail that it is about, if named."""
    original = _original_id(root, text)
    if is_service_notice(text):
        reported, named = service_notice(text)
        return Bounce(recipients=_joined(reported, [], ""), original_message_id=original or _bracketed(named))
    if is_feedback(root):
        complained = feedback_recipients(root)
        return Bounce(
            recipients=tuple(BounceRecipient(address=one) for one in complained), original_message_id=original
        )
    return Bounce(recipients=_recipients(root, text, nested=False)[:MAX_RECIPIENTS], original_message_id=original)


def _recipients(root: Part, text: str, *, nested: bool) -> tuple[BounceRecipient, ...]:
    whole = unquoted(_notice(root, text))[:MAX_TEXT]
    notice, returned = without_returned(whole)
    reported = delivery_status(root) or reported_in(whole)
    others = frozenset(addresses_in(header_text(b", ".join((root.first("from"), root.first("to"))))))
    spoken = spoken_recipients(notice, others)
    if not reported:
        reported = [Reported(one) for one in addresses_in(header_text(b",".join(root.all("x-failed-recipients")[:20])))]
    if not reported and not nested and not any(codes_in(one.passage).status for one in spoken):
        # a gateway may wrap one bounce in another, whole or as text; the inner one says more
        if inner := _inner_bounce(root):
            return inner
        if (
            returned
            and (again := spoken_recipients(returned, others))
            and any(codes_in(a.passage).reply for a in again)
        ):
            spoken, notice = again, returned
    if not reported and not spoken:
        spoken = [Spoken(one, notice) for one in _returned_to(root, returned)[:1]] or [Spoken("", notice)]
    joined = _joined(reported, _with_shared_words(spoken, notice), notice)
    return tuple(one for one in joined if one.address or one.status or one.reply_code)


def _notice(root: Part, text: str) -> str:
    """What the mail system itself wrote: all text before the first report or returned message.

    It is taken from the parts, since some gateways label their text with a type that nobody shows.
    """
    if not root.children:
        return text
    out: list[str] = []
    size = 0
    for part in root.walk():
        if part.children or part.type.startswith(("image/", "application/", "audio/", "video/")):
            continue
        if part.type in _RETURNED_TYPES or (part.type.startswith("message/") and out) or size > MAX_TEXT:
            break
        if part.type != "text/html" and not part.type.startswith("message/"):
            found = decode(part.payload()[: MAX_TEXT * 4], part.params.get("charset", "").strip("\"' "))[0]
            out.append(found[:MAX_TEXT])
            size += len(found)
    return "\n".join(out) if size > 0 and "".join(out).strip() else text


def _with_shared_words(spoken: list[Spoken], notice: str) -> list[Spoken]:
    """Where no passage gives a code, the reason stands apart from the addresses and holds for all of them."""
    if any(codes_in(one.passage) != Codes() for one in spoken):
        return spoken
    return [replace(one, passage=f"{one.passage}\n{notice}") for one in spoken]


def _joined(reported: list[Reported], spoken: list[Spoken], notice: str) -> tuple[BounceRecipient, ...]:
    words = {one.address: one.passage for one in spoken}
    if not reported:
        return tuple(_from_words(one) for one in spoken)
    if len(reported) == 1:
        said = words.get(reported[0].address, "") or "\n".join(words.values())
        return (_from_report(reported[0], f"{said}\n{notice}"),)
    shared = "\n".join(words.values())
    return tuple(_from_report(one, words.get(one.address, shared)) for one in reported)


def _from_report(one: Reported, words: str) -> BounceRecipient:
    """The report's own codes; the words fill what it leaves open or says only vaguely."""
    stated = status_in(one.status)
    codes = codes_in(one.diagnostic, stated, replies=one.replies)
    if one.reached:
        stated = stated or "2.0.0"
        return _recipient(one.address, Codes(stated, codes.reply), one.diagnostic, passing=True)
    delayed = one.action == "delayed"
    if explains_little(codes.status) or not codes.reply:
        codes = _completed(codes, codes_in(words, replies=one.replies))
    if not codes.status:
        derived = status_of(f"{one.diagnostic}\n{words}", codes.reply or ("4" if delayed else ""))
        codes = Codes(derived, codes.reply)
    return _recipient(one.address, codes, one.diagnostic or words, passing=delayed)


def _completed(codes: Codes, spoken: Codes) -> Codes:
    """`codes` made more exact by what is said elsewhere, as long as both are of one class."""
    same = not codes.status or codes.status[:1] == spoken.status[:1]
    if same and explains_little(codes.status) and not explains_little(spoken.status):
        return Codes(spoken.status, spoken.reply or (codes.reply if codes.reply[:1] == spoken.status[:1] else ""))
    status = codes.status or spoken.status
    reply = codes.reply or (spoken.reply if not status or spoken.reply[:1] == status[0] else "")
    return Codes(status, reply)


def _from_words(one: Spoken) -> BounceRecipient:
    codes = codes_in(one.passage)
    if not codes.status:
        codes = Codes(status_of(one.passage, codes.reply), codes.reply)
    return _recipient(one.address, codes, one.passage, passing=not codes.reply and is_passing(one.passage))


def _recipient(address: str, codes: Codes, diagnostic: str, *, passing: bool) -> BounceRecipient:
    return BounceRecipient(
        address=address[:320],
        status=codes.status,
        reply_code=codes.reply,
        permanent=not passing and (codes.status or codes.reply or "5").startswith("5"),
        diagnostic=_SPACES.sub(" ", diagnostic[: 4 * MAX_DIAGNOSTIC]).strip()[:MAX_DIAGNOSTIC],
    )


def _returned_parts(root: Part) -> list[Part]:
    return [part for part in root.walk() if part.type in _RETURNED_TYPES]


def _inner_bounce(root: Part) -> tuple[BounceRecipient, ...]:
    """The recipients of a bounce that was returned within this one, if the inner mail is one."""
    for part in _returned_parts(root)[:1]:
        try:
            inner, _ = parse(part.payload()[:MAX_RETURNED], _INNER_LIMITS)
        except UnreadableMessage:
            continue
        text = _notice(inner, inner.body[:MAX_TEXT].decode("utf-8", "replace"))
        if delivery_status(inner) or any(replies_in(without_returned(text)[0])):
            return _recipients(inner, text, nested=True)
    return ()


def _returned_to(root: Part, returned: str) -> list[str]:
    """Who the returned message was addressed to: the last resort."""
    heads = [part.payload()[:MAX_RETURNED].decode("utf-8", "replace") for part in _returned_parts(root)[:1]]
    return [one for head in (*heads, returned) for found in _TO_FIELD.findall(head) for one in addresses_in(found)]


def _original_id(root: Part, text: str) -> str:
    """The Message-ID within the returned message, else the one that the bounce says it answers."""
    own = message_ids(root.first("message-id"))
    for part in _returned_parts(root)[:2]:
        head = part.payload()[:MAX_RETURNED].replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
        if found := _ID_FIELD.search(head.decode("utf-8", "replace")):
            return found[1]
    ids = [one for one in _ID_FIELD.findall(unquoted(text[:MAX_TEXT])) if one not in own]
    answered = (*message_ids(root.first("in-reply-to")), *reversed(message_ids(root.first("references"))))
    return next(iter((*ids, *(one for one in answered if one not in own))), "")


def _bracketed(identity: str) -> str:
    return identity if not identity or identity.startswith("<") else f"<{identity}>"
