"""What links a message to its conversation: base subject, and ids of parents."""

import re

from models.message import Message

_PREFIX = re.compile(
    r"^\s*(?:"
    # reply
    r"re|aw|antw|antwort|ant|sv|vs|vá|odp|r|rif|ris|res|resp|rép|ré|ynt|yan|re[:;]?rés|atb|απ|σχετ|ответ|на|відп|"
    r"hak|回复|回覆|答复|返信|תגובה|رد|"
    # forward
    r"fw|fwd|wg|tr|rv|enc|doorst|i|vb|vl|vs|továbbítás|továbbítva|pd|pdl|vidarebefordrat|videresendt|vidb|ilt|İLT|"
    r"fyi|rm|tf|"
    r"πρθ|переслано|пересл|转发|轉寄|転送|הועבר"
    r")\.?\s*(?:\[[^\]\[]{1,20}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})?\s*[:：]",
    re.IGNORECASE,
)
_BLOB = re.compile(r"^\s*\[[^\[\]]{1,80}\]\s*(?=\S)")
_TRAILER = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)
_WRAPPED = re.compile(r"^\s*\[fwd:\s*(.*)\]\s*$", re.IGNORECASE | re.DOTALL)
_SPACE = re.compile(r"\s+")
MAX_SUBJECT = 2_000


def base_subject(subject: str) -> str:
    """The subject without reply and forward marks of any language (RFC 5256 section 2.1, wider prefixes).

    >>> base_subject("AW: Re[2]: [Support] WG: Rechnung (fwd)")
    'Rechnung'
    """
    text = _SPACE.sub(" ", subject[:MAX_SUBJECT]).strip()
    while True:
        shorter = _TRAILER.sub("", text)
        while (cut := _without_leader(shorter)) != shorter:
            shorter = cut
        if wrapped := _WRAPPED.match(shorter):
            shorter = wrapped[1].strip()
        if shorter == text:
            return text
        text = shorter


def without_prefixes(subject: str) -> str:
    """The subject without reply and forward marks in front; tags such as `[Ticket 7]` stay."""
    text = _SPACE.sub(" ", subject[:MAX_SUBJECT]).strip()
    while found := _PREFIX.match(text):
        text = text[found.end() :].strip()
    return text


def _without_leader(text: str) -> str:
    if found := _PREFIX.match(text):
        return text[found.end() :].strip()
    # a blob goes only if something is left (RFC 5256 section 2.1, step 4)
    if (found := _BLOB.match(text)) and not _WRAPPED.match(text):
        return text[found.end() :].strip()
    return text


def parent_ids(message: Message) -> tuple[str, ...]:
    """Ids of the messages it may answer, nearest first: In-Reply-To, then References from last to first."""
    ids = (message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(one for one in ids if one and one != message.message_id))
