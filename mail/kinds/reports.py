"""Reports that programs read: delivery status (RFC 3464), feedback (RFC 5965) and the JSON of mail services.

The fields of RFC 3464 are also found as plain text: some gateways and every forwarded bounce hold them so.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from mail.mime.headers import header_text
from mail.mime.part import Part

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
FEEDBACK_TYPE = "message/feedback-report"
MAX_REPORT = 200_000
"""Bytes of one report that are read."""
MAX_RECIPIENTS = 100
_GROUPS = re.compile(r"\n[ \t]*\n+")
_FIELD = re.compile(
    r"^[ \t]{0,8}([A-Za-z][A-Za-z-]{1,40})[ \t]*:[ \t]*([^\n]*(?:\n[ \t]+(?![A-Za-z-]+:)[^\n]*)*)", re.MULTILINE
)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+=&'/!#$%*?^{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_UNTOUCHED = frozenset({"delivered", "expanded", "relayed", "deliverable"})
_JSON_MARK = re.compile(
    r'\\?"(?:notificationType|eventType)\\?"\s*:\s*\\?"(?:Bounce|Complaint|Delivery\w*)\\?"', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report states about one recipient, as it stands there."""

    address: str
    status: str = ""
    action: str = ""
    diagnostic: str = ""
    replies: bool = True
    """False when the diagnostic's type says that its numbers are no SMTP replies."""

    @property
    def reached(self) -> bool:
        return self.action in _UNTOUCHED


def delivery_status(root: Part) -> list[Reported]:
    """One entry a recipient of every delivery-status part."""
    found = [
        one
        for part in root.walk()
        if part.type in STATUS_TYPES
        for one in reported_in(part.payload()[:MAX_REPORT].decode("utf-8", "replace"))
    ]
    return found[:MAX_RECIPIENTS]


def reported_in(text: str) -> list[Reported]:
    """One entry a per-recipient group (RFC 3464 section 2.3); those that were reached only if nobody was missed."""
    found: dict[str, Reported] = {}
    for group in _GROUPS.split(text.replace("\r\n", "\n"))[: MAX_RECIPIENTS * 2]:
        fields: dict[str, str] = {}
        for name, value in _FIELD.findall(group):
            fields.setdefault(name.lower(), value)
        target = fields.get("final-recipient") or fields.get("original-recipient") or fields.get("x-actual-recipient")
        if target is None:
            continue
        one = _reported(_target(target) or _target(fields.get("original-recipient", "")), fields)
        known = found.get(one.address)
        if known is None or (not known.diagnostic and one.diagnostic):
            found[one.address] = one
    missed = [one for one in found.values() if not one.reached]
    return missed or list(found.values())


def _reported(address: str, fields: dict[str, str]) -> Reported:
    diagnostic = header_text(fields.get("diagnostic-code", "").encode("utf-8", "replace"))
    kind, semicolon, words = diagnostic.partition(";")
    typed = bool(semicolon) and " " not in kind.strip()
    return Reported(
        address,
        status=fields.get("status", "").strip(),
        action=fields.get("action", "").strip().lower().partition(" ")[0],
        diagnostic=(words if typed else diagnostic).strip(),
        replies=not (typed and kind.strip().lower() == "x-unix"),
    )


def _target(value: str) -> str:
    """`rfc822; <user@example.com>` to the bare address; something that is none stays as it is."""
    bare = value.partition(";")[2] or value
    found = _ADDRESS.search(bare)
    return (found[0] if found else " ".join(bare.split()).strip("<>"))[:320].lower()


_COMPLAINT = re.compile(r"(?:spam |abuse )?complaint about (?:your )?message from\b", re.IGNORECASE)


def is_feedback(root: Part) -> bool:
    """True for complaints about our mail: RFC 5965, and two large providers' own forms of it."""
    if root.type == "multipart/report" and root.params.get("report-type", "").lower() == "feedback-report":
        return True
    if root.first("x-apple-unsubscribe"):
        return True
    returned = False
    for part in root.walk():
        if part.type == FEEDBACK_TYPE:
            return True
        returned = returned or part.type == "message/rfc822"
    return returned and bool(_COMPLAINT.match(header_text(root.first("subject"))))


def feedback_recipients(root: Part) -> list[str]:
    """Who complained or wants no more: Original-Rcpt-To and Removal-Recipient (RFC 5965 section 3.2)."""
    found: list[str] = []
    for part in root.walk():
        if part.type == FEEDBACK_TYPE:
            text = part.payload()[:MAX_REPORT].decode("utf-8", "replace").replace("\r\n", "\n")
            for name, value in _FIELD.findall(text):
                if name.lower() in ("original-rcpt-to", "removal-recipient", "redacted-address"):
                    found += [one.lower() for one in _ADDRESS.findall(value) if "." in one.rpartition("@")[2]]
        elif part.type == "message/rfc822" and not found:
            head = part.payload()[:MAX_REPORT].decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")[0]
            named = dict(reversed([(name.lower(), value) for name, value in _FIELD.findall(head)]))
            found += [one.lower() for one in _ADDRESS.findall(named.get("x-hmxmroriginalrecipient", ""))]
    return list(dict.fromkeys(found))[:MAX_RECIPIENTS]


def is_service_notice(text: str) -> bool:
    """True for the JSON in which a sending service tells of a bounce or a complaint."""
    return '{"' in text.replace(" ", "").replace("\n", "")[:200] and bool(_JSON_MARK.search(text))


def service_notice(text: str) -> tuple[list[Reported], str]:
    """Recipients of such a JSON notice and the Message-ID of the mail that it is about; none where it is broken."""
    data = _json(text[text.find("{") :].strip())
    if isinstance(inner := data.get("Message"), str):
        data = _json(inner)
    bounce = _object(data, "bounce") or _object(data, "complaint") or _object(data, "delivery")
    listed = bounce.get("bouncedRecipients") or bounce.get("complainedRecipients") or []
    found = [_from_json(one, data) for one in listed[:MAX_RECIPIENTS] if isinstance(one, dict)]
    if not found and isinstance(names := bounce.get("recipients"), list):
        reply = str(bounce.get("smtpResponse", ""))[:1_000]
        found = [Reported(str(name).lower(), action="delivered", diagnostic=reply) for name in names[:MAX_RECIPIENTS]]
    common = _object(_object(data, "mail"), "commonHeaders")
    return found, str(common.get("messageId") or "")[:998]


def _from_json(one: dict[str, Any], data: dict[str, Any]) -> Reported:
    passing = str(_object(data, "bounce").get("bounceType", "")).lower() == "transient"
    action = str(one.get("action") or ("delayed" if passing else ""))
    diagnostic = str(one.get("diagnosticCode") or "").removeprefix("smtp;").strip()
    return Reported(
        str(one.get("emailAddress", "")).lower()[:320], str(one.get("status") or ""), action, diagnostic[:2_000]
    )


def _json(text: str) -> dict[str, Any]:
    """The first JSON object of `text`, whatever stands after it; a mail program may have folded long strings."""
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text.replace("\n", ""))
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
