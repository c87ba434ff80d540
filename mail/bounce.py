"""Delivery reports: who could not be reached and why, from RFC 3464 fields, else from the text."""

import re

from mail.headers import header_text
from mail.mime import Part
from models.message import Bounce, BounceRecipient

MAX_RECIPIENTS = 100
MAX_TEXT = 20_000
"""Characters of free text that are searched when no report part names the recipients."""
_REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.-])([45][0-5]\d)(?=[\s\-#;:,<(]|$)(?!\.\d)")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+=&'/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_GROUPS = re.compile(r"\n[ \t]*\n+")
_FIELD = re.compile(r"^([A-Za-z-]{1,40})[ \t]*:[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE)
_RETURNED = re.compile(
    r"^(?:-{2,}\s*(?:(?:the )?(?:header|body|original|returned|unsent)|below this line|this is a copy|message header|"
    r"forwarded)|Return-Path:|Received:|Original message follows)",
    re.IGNORECASE | re.MULTILINE,
)


def read_bounce(root: Part, text: str) -> Bounce:
    """Recipients of a delivery report; empty addresses, status or codes where the report is silent."""
    reported = [one for part in root.walk() if part.type in _REPORT_TYPES for one in _from_report(part.payload())]
    reported = reported or _from_headers(root)
    if not reported:
        reported = _from_text(text)
    elif not any(one.status and one.reply_code for one in reported) and (spoken := _from_text(text)):
        reported = [_completed(one, spoken[0]) for one in reported]
    return Bounce(recipients=tuple(reported[:MAX_RECIPIENTS]))


def _from_report(payload: bytes) -> list[BounceRecipient]:
    """One entry a per-recipient group (RFC 3464 section 2.3)."""
    text = payload[:200_000].decode("utf-8", "replace").strip()
    found: dict[str, BounceRecipient] = {}
    for group in _GROUPS.split(text)[: MAX_RECIPIENTS * 2]:
        fields = {name.lower(): value for name, value in _FIELD.findall(group)}
        target = fields.get("final-recipient") or fields.get("original-recipient")
        if target is None or fields.get("action", "").strip().lower() in ("delivered", "expanded", "relayed"):
            continue
        diagnostic = header_text(fields.get("diagnostic-code", "").encode("utf-8", "replace"))
        one = _recipient(_address(target), fields.get("status", ""), diagnostic)
        found.setdefault(one.address, one)
    return list(found.values())


def _recipient(address: str, status: str, diagnostic: str) -> BounceRecipient:
    """The diagnostic is the remote server's own word, so its status comes before the reporter's."""
    found = _STATUS.search(diagnostic) or _STATUS.search(status)
    exact = found[1] if found else ""
    code = _CODE.search(diagnostic.partition(";")[2] or diagnostic)
    return BounceRecipient(address=address, status=exact, reply_code=code[1] if code else "")


def _address(value: str) -> str:
    """`rfc822; <user@example.com>` to the bare address."""
    bare = value.partition(";")[2] or value
    found = _ADDRESS.search(bare)
    return (found[0] if found else bare.strip().strip("<>"))[:320].lower()


def _from_headers(root: Part) -> list[BounceRecipient]:
    failed = header_text(b",".join(root.all("x-failed-recipients")))
    return [BounceRecipient(address=one) for one in dict.fromkeys(_ADDRESS.findall(failed.lower()))]


def _from_text(text: str) -> list[BounceRecipient]:
    """The first addresses and codes in the part written by the mail system, above the returned message."""
    text = text[:MAX_TEXT]
    own = _RETURNED.search(text, 80)
    text = text[: own.start()] if own else text
    status, code = _STATUS.search(text), _CODE.search(text)
    addresses = [one for one in dict.fromkeys(_ADDRESS.findall(text.lower())) if not _is_system(one)][:1]
    if not (status or code or addresses):
        return []
    return [
        BounceRecipient(
            address=addresses[0] if addresses else "",
            status=status[1] if status else "",
            reply_code=code[1] if code else "",
        )
    ]


def _completed(one: BounceRecipient, spoken: BounceRecipient) -> BounceRecipient:
    return BounceRecipient(
        address=one.address, status=one.status or spoken.status, reply_code=one.reply_code or spoken.reply_code
    )


def _is_system(address: str) -> bool:
    return address.startswith(("postmaster@", "mailer-daemon@", "mail-daemon@"))
