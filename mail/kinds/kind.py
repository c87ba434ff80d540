"""What sort of sender wrote a message; whatever a machine sent must never be answered (RFC 3834 section 2).

The rules are tried from sure to likely: reports a program can read, headers, addresses, and the words last.
"""

import re
from dataclasses import dataclass

from mail.kinds.absence import is_absence, is_automatic_subject
from mail.kinds.bounce_signs import holds_report, subject_tells, text_proves, text_tells
from mail.kinds.goods import speaks_of_goods
from mail.kinds.reports import STATUS_TYPES, is_feedback, is_service_notice
from mail.kinds.senders import is_daemon, is_list_address, is_postmaster, is_robot, nobody_home, takes_no_replies
from mail.mime.headers import header_text
from mail.mime.part import Part
from models.message import Address, Kind

__all__ = ["Verdict", "classify", "nobody_home"]


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Kind
    reason: str
    """The evidence, as a sentence."""


_BOUNCE_HEADERS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr", "x-bounced-address", "x-ndr-receiver")
_REPLY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-autoreply-domain",
    "x-mail-autoreply",
    "x-auto-reply",
    "x-auto-reply-from",
    "x-vacation",
    "x-away-message",
    "x-freemail-autoreply",
)
_BULK_HEADERS = (
    "x-campaign",
    "x-campaignid",
    "x-campaign-id",
    "x-mailchimp-campaign-id",
    "x-mc-user",
    "x-mailgun-tag",
    "x-sg-eid",
    "feedback-id",
    "x-csa-complaints",
    "x-report-abuse-to",
    "x-mailer-recptid",
    "x-mailing-id",
    "x-newsletter",
)
_LIST_HEADERS = frozenset(
    {"x-mailman-version", "mailing-list", "x-mailing-list", "x-beenthere", "x-mlserver", "x-ml-name"}
)
_PROGRAM_HEADERS = ("x-auto-submitted", "x-cron-env", "x-auto-generated", "x-github-reason", "x-jira-fingerprint")
_UNSUBSCRIBE = frozenset(
    {
        "list-unsubscribe",
        "list-id",
        "list-unsubscribe-post",
        "list-help",
        "list-subscribe",
        "list-owner",
        "list-archive",
        "list-post",
    }
)
_ANSWERED = re.compile(r"\s*(?:re|aw|antw|sv|vs|r|rif|odp|回复|答复)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_FORWARDED = re.compile(r"\s*\[?(?:fwd?|wg|tr|rv|i|vb|vl|doorst|pd|enc|転送|转发|轉寄)\s*[:：]", re.IGNORECASE)
_READ = re.compile(
    r"(?:read|gelesen|lu|letto|leído|lida|gelezen|läst|læst|lest|luettu|przeczytano|прочитано|已读|開封済み)\s?[:：]|"
    r"(?:read receipt|disposition notification|return receipt \(displayed\)|lesebestätigung|accusé de lecture|"
    r"conferma di lettura|confirmación de lectura|leesbevestiging|läskvitto|開封確認)",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"was (?:read|displayed|opened) (?:on|at|by)|return receipt for the (?:mail|message)|has been displayed|"
    r"wurde [^.\n]{0,60}"
    r"(?:gelesen|angezeigt)|a été (?:lu|affiché)|è stat[oa] (?:letto|letta|visualizzat)|(?:ha sido|fue) leído|"
    r"is gelezen",
    re.IGNORECASE,
)
_KEYWORD_END = re.compile(r"[\s;(]")
_COMMENT = 60
"""Characters up to which the words above a forwarded bounce say nothing of their own."""
_DIVIDER = re.compile(r"^[ \t>]*(?:-{2,}|begin forwarded|from:|von:|de:|da:|van:)", re.IGNORECASE | re.MULTILINE)


def classify(root: Part, sender: Address, subject: str, text: str) -> Verdict:
    """The kind of a message with the evidence that gave it away; `human` when nothing does."""
    return (
        _report(root, text)
        or _bounce(root, sender, subject, text)
        or _auto_reply(root, subject, text)
        or _calendar(root)
        or _list_or_bulk(root, sender)
        or _notification(root, sender)
        or _absence(subject, text)
        or Verdict(Kind.HUMAN, "")
    )


def _report(root: Part, text: str) -> Verdict | None:
    """Reports that a program can read (RFC 6522)."""
    if not root.children and "report" not in root.type:
        if "json" in root.type or text.startswith("{"):
            return _service(text)
        return Verdict(Kind.FEEDBACK_REPORT, "Apple Mail asks to be unsubscribed") if is_feedback(root) else None
    report = root.params.get("report-type", "").lower() if root.type == "multipart/report" else ""
    if is_feedback(root):
        return Verdict(Kind.FEEDBACK_REPORT, "it is a complaint about a message (RFC 5965)")
    types = {part.type for part in root.walk()}
    if report in ("delivery-status", "global-delivery-status") or types & STATUS_TYPES:
        return Verdict(Kind.BOUNCE, "it is a delivery report (RFC 3464)")
    if "disposition-notification" in report or "message/disposition-notification" in types:
        return Verdict(Kind.NOTIFICATION, "it is a read receipt (RFC 8098)")
    if report:
        return Verdict(Kind.NOTIFICATION, f"it is a report of a program ({report[:60]}, RFC 6522)")
    return None


def _service(text: str) -> Verdict | None:
    if not is_service_notice(text):
        return None
    if "omplaint" in text[:2_000] and "bouncedRecipients" not in text:
        return Verdict(Kind.FEEDBACK_REPORT, "a sending service tells of a complaint")
    return Verdict(Kind.BOUNCE, "a sending service tells of a bounce")


def _bounce(root: Part, sender: Address, subject: str, text: str) -> Verdict | None:
    """Bounces that carry no report; who forwards or answers one is a person."""
    for name in _BOUNCE_HEADERS:
        if name in root.index:
            return Verdict(Kind.BOUNCE, f"{name.title()} is set")
    if is_daemon(sender):
        if is_automatic_subject(subject):
            return None
        return Verdict(Kind.BOUNCE, f"the sender is a mail system ({sender.address or sender.name})")
    told = subject_tells(subject)
    if told and "x-mlserver" in root.index:
        return Verdict(Kind.BOUNCE, "a mailing list refused a message")
    nobody = not sender.address or root.first("return-path").strip() in (b"<>", b"<MAILER-DAEMON>")
    if nobody or is_postmaster(sender) or takes_no_replies(sender):
        found = told or text_proves(text) or (text_tells(text) and (nobody or is_postmaster(sender)))
        if found and not speaks_of_goods(subject, text):
            return Verdict(Kind.BOUNCE, "a machine writes that a message could not be delivered")
        return None
    if not told:
        return None
    if _FORWARDED.match(subject):
        return _forwarded_bounce(text)
    if not _ANSWERED.match(subject) and text_proves(text):
        return Verdict(Kind.BOUNCE, "subject and text are those of a failed delivery")
    return None


def _forwarded_bounce(text: str) -> Verdict | None:
    """A bounce that was passed on without a word is still one."""
    divider = _DIVIDER.search(text)
    if divider and len(text[: divider.start()].strip()) <= _COMMENT and holds_report(text):
        return Verdict(Kind.BOUNCE, "it is a delivery report that was forwarded without comment")
    return None


def _auto_reply(root: Part, subject: str, text: str) -> Verdict | None:
    auto = header_text(root.first("auto-submitted")).lower() if "auto-submitted" in root.index else ""
    if auto.startswith("auto-replied"):
        return Verdict(Kind.AUTO_REPLY, f"Auto-Submitted: {auto[:60]} (RFC 3834)")
    for name in _REPLY_HEADERS:
        if name in root.index and header_text(root.first(name)).lower() not in ("", "no", "false"):
            return Verdict(Kind.AUTO_REPLY, f"{name.title()} is set")
    precedence = _precedence(root)
    if precedence in ("auto_reply", "auto-reply"):
        return Verdict(Kind.AUTO_REPLY, "Precedence: auto_reply")
    if "x-apple-action" in root.index and header_text(root.first("x-apple-action")).upper() == "VACATION":
        return Verdict(Kind.AUTO_REPLY, "X-Apple-Action: VACATION")
    if is_automatic_subject(subject):
        return Verdict(Kind.AUTO_REPLY, "the subject is that of an out-of-office reply")
    if _READ.match(subject) and _RECEIPT.search(text[:2_000]):
        return Verdict(Kind.NOTIFICATION, "it is a read receipt")
    return None


def _absence(subject: str, text: str) -> Verdict | None:
    if is_absence(subject, text):
        return Verdict(Kind.AUTO_REPLY, "subject and text are those of a note of absence")
    return None


def _calendar(root: Part) -> Verdict | None:
    for part in root.walk():
        if part.type == "text/calendar" and not part.disposition.startswith("attachment"):
            method = part.params.get("method", "").upper()
            return Verdict(Kind.CALENDAR, f"it is a calendar message (RFC 5546{', ' + method[:20] if method else ''})")
    return None


def _list_or_bulk(root: Part, sender: Address) -> Verdict | None:
    precedence = _precedence(root)
    names = root.index.keys()
    if (
        "list-id" in names
        and ("list-post" in names or precedence == "list")
        and header_text(root.first("list-post")).upper() != "NO"
    ):
        return Verdict(Kind.LIST, "List-Id and List-Post are set (RFC 2919, RFC 2369)")
    if precedence == "list" or names & _LIST_HEADERS:
        return Verdict(Kind.LIST, "it came through a mailing list")
    if names & _UNSUBSCRIBE:
        return Verdict(Kind.BULK, "a List- field is set (RFC 2369)")
    if precedence in ("bulk", "junk"):
        return Verdict(Kind.BULK, f"Precedence: {precedence}")
    if found := next((name for name in _BULK_HEADERS if name in names), None):
        return Verdict(Kind.BULK, f"{found.title()} is set")
    if is_list_address(sender):
        return Verdict(Kind.BULK, f"{sender.address} is a mailing list's own address")
    return None


def _notification(root: Part, sender: Address) -> Verdict | None:
    auto = header_text(root.first("auto-submitted")).lower() if "auto-submitted" in root.index else ""
    if auto and _KEYWORD_END.split(auto, maxsplit=1)[0] != "no":
        return Verdict(Kind.NOTIFICATION, f"Auto-Submitted: {auto[:60]} (RFC 3834)")
    if is_robot(sender):
        return Verdict(Kind.NOTIFICATION, f"{sender.address} takes no replies")
    if "x-auto-response-suppress" in root.index:
        suppress = header_text(root.first("x-auto-response-suppress")).lower().replace(" ", "").split(",")
        if "all" in suppress or "autoreply" in suppress:
            return Verdict(Kind.NOTIFICATION, "X-Auto-Response-Suppress is set")
    if root.first("return-path").strip() == b"<>":
        return Verdict(Kind.NOTIFICATION, "the return path is empty (RFC 5321 section 4.5.5)")
    if any(name in root.index for name in _PROGRAM_HEADERS):
        return Verdict(Kind.NOTIFICATION, "a program sent it")
    return None


def _precedence(root: Part) -> str:
    return header_text(root.first("precedence")).lower() if "precedence" in root.index else ""
