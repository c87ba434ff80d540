"""What sort of sender wrote a message; whatever a machine sent must never be answered (RFC 3834 section 2)."""

import re
from dataclasses import dataclass

from mail.headers import header_text
from mail.mime import Part
from models.message import Address, Kind


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Kind
    reason: str
    """The evidence, as a sentence."""


_DAEMON = re.compile(
    r"^(?:mailer[-_]?daemon|mail[-_]?daemon|post[-_]?master|mailsystem|mail\.?delivery|mdaemon|bounces?|"
    r"smtp[-_]?daemon|"
    r"daemon|majordomo)"
    r"(?:[+.\-_][^@]*)?(?:@|$)"
)
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mail delivery service|mail administrator|mailer[- ]daemon|delivery status|"
    r"postmaster|"
    r"system administrator|mail system|internet mail delivery",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|non[- ]remis|delivery (?:status notification|failure|failed|has failed|problem|report|"
    r"error|reports about)|"
    r"failure notice|returned mail|mail (?:delivery )?(?:failed|failure|error)|message (?:could not|"
    r"not) be(?:en)? delivered|"
    r"warning: (?:could not send message|message .{1,40} delayed)|delivery.{0,30}(?:delayed|unsuccessful)|"
    r"mail system error|"
    r"unzustellbar|nicht zustellbar|zustellung.{0,20}fehlgeschlagen|rückläufer|mail ?returned|returned to sender|"
    r"non recapitabile|"
    r"échec de (?:la )?remise|no se puede entregar|no entregado|onbestelbaar|não (?:foi )?entreg|niedostarczon|"
    r"не доставлено|недоставлен|投递失败|退信|配信不能|delivery notification|message delivery|rejected mail|"
    r"permanent error|"
    r"エラー通知|message status - undeliverable|\bDSN\b|email rejected|undelivered|could not deliver|nondeliverable|"
    r"mail non-delivery",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"^(?:\W{0,3}(?:re|aw|sv|antw|fwd?|wg|tr|rif|r|"
    r"odp)\W{1,3}){0,3}\W{0,3}(?:auto(?:matic)?(?:ally)?[- ]?(?:re(?:ply|sponse|spond(?:er|ing)?)|generated)|"
    r"out of (?:the )?office|"
    r"away from|i am out of|on (?:vacation|holiday|leave)\b|vacation (?:reply|response|message)|auto ?:|autoreply|"
    r"automatische (?:antwort|beantwortung|reactie)|automatisch antwoord|automatisches? (?:antwort|antwoord|svar)|"
    r"autoreply|auto-antwort|abwesen(?:d|heit)|"
    r"ich bin (?:derzeit|zur ?zeit|bis|vom) |nicht im (?:büro|haus)|réponse automatique|absence du bureau|"
    r"absent(?:e)? du bureau|message d'absence|"
    r"absence\b|respuesta automática|fuera de (?:la )?oficina|ausente de la oficina|ausencia|risposta automatica|"
    r"fuori (?:sede|ufficio)|assente|"
    r"resposta automática|fora do escritório|ausência|afwezig|niet op kantoor|automatisk svar|autosvar|frånvaro|"
    r"fraværs|ikke på kontoret|"
    r"automaattinen vastaus|poissa|automatyczna odpowiedź|autoodpowiedź|nieobecn|poza biurem|automatická odpověď|"
    r"mimo kancelář|"
    r"automatikus válasz|otomatik yanıt|автоответ|автоматический ответ|автоматична відповідь|отсутств|自动回复|"
    r"自動回覆|自動応答|不在|자동 회신|부재중)",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:no[._-]?reply|do[._-]?not[._-]?reply|noreply|donotreply|nicht[._-]?antworten|"
    r"keine[._-]?antwort|ne[._-]?pas[._-]?repondre|"
    r"nepasrepondre|no[._-]?responder|noresponder|niet[._-]?beantwoorden|nao[._-]?responda|non[._-]?rispondere|"
    r"notifications?|notify|alerts?|automailer|autoconfirm|system|robot|mailbot|service-noreply|"
    r"updates?-noreply)(?:[._+-][^@]*)?@"
)
_REPORTS = frozenset({"delivery-status", "disposition-notification", "feedback-report", "global-delivery-status"})
_BULK_HEADERS = (
    "x-campaign",
    "x-campaignid",
    "x-mc-user",
    "x-mailgun-tag",
    "feedback-id",
    "x-csa-complaints",
    "x-report-abuse-to",
)
_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-vacation", "x-auto-reply")


def classify(root: Part, sender: Address, subject: str, text: str) -> Verdict:
    """The kind of a message with the header that gave it away; `human` when nothing does."""
    return (
        _bounce(root, sender, subject, text)
        or _auto_reply(root, subject)
        or _calendar(root)
        or _list_or_bulk(root)
        or _notification(root, sender)
        or Verdict(Kind.HUMAN, "")
    )


def nobody_home(sender: Address) -> bool:
    """True for addresses where no person reads: daemons and no-reply senders."""
    return bool(_DAEMON.match(sender.address) or _NO_REPLY.search(sender.address))


def _bounce(root: Part, sender: Address, subject: str, text: str) -> Verdict | None:
    report = root.params.get("report-type", "").lower()
    if root.type == "multipart/report" and report in _REPORTS - {"disposition-notification"}:
        return Verdict(Kind.BOUNCE, f"Content-Type is multipart/report for {report} (RFC 3464, RFC 5965)")
    if any(part.type in ("message/delivery-status", "message/feedback-report") for part in root.walk()):
        return Verdict(Kind.BOUNCE, "it carries a delivery report (RFC 3464)")
    if root.first("x-failed-recipients"):
        return Verdict(Kind.BOUNCE, "X-Failed-Recipients is set")
    daemon = bool(_DAEMON.match(sender.address) or _DAEMON_NAME.search(sender.name))
    if daemon and not _AUTO_SUBJECT.match(subject):
        return Verdict(Kind.BOUNCE, f"the sender is a mail system ({sender.address or sender.name})")
    path = root.fields and root.first("return-path").strip()
    if path == b"<>" and _BOUNCE_SUBJECT.search(subject):
        return Verdict(Kind.BOUNCE, "the return path is empty and the subject speaks of a failed delivery")
    machine = path == b"<>" or bool(_NO_REPLY.search(sender.address))
    if machine and _FAILED_TEXT.search(text[:3_000]):
        return Verdict(Kind.BOUNCE, "a machine writes that a message could not be delivered")
    if subject.lower().startswith("complaint about message from") and any(
        p.type == "message/rfc822" for p in root.walk()
    ):
        return Verdict(Kind.BOUNCE, "it is an abuse report with the message that it is about")
    if _BOUNCE_SUBJECT.search(subject) and _FAILURE.search(text[:3_000]):
        return Verdict(Kind.BOUNCE, "subject and text speak of a failed delivery")
    return None


_FAILED_TEXT = re.compile(
    r"could not be delivered to|(?:message|mail) (?:was|could) not (?:be )?deliver|"
    r"\"notificationType\" ?: ?\"(?:bounce|complaint)\"|"
    r"\"eventType\" ?: ?\"(?:bounce|complaint)\"",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"could not be delivered|was not delivered|not able to deliver|unable to deliver|couldn't be delivered|"
    r"undeliverable|"
    r"delivery (?:to the following|has failed|failed)|did not reach|following (?:address|recipient)|"
    r"permanent(?:ly)? (?:fatal )?(?:error|failure|rejected)|"
    r"user unknown|no such user|mailbox (?:full|unavailable)|nicht zugestellt werden|n'a pas pu être|"
    r"no pudo ser entregado|"
    r"(?:reporting-mta|final-recipient|diagnostic-code):|5\d\d[ -]\d\.\d\.\d|does not exist|unknown user|"
    r"bad destination|rejected|配信できません|送信できません",
    re.IGNORECASE,
)


def _auto_reply(root: Part, subject: str) -> Verdict | None:
    auto = header_text(root.first("auto-submitted")).lower()
    if auto.startswith("auto-replied") or (auto.startswith("auto-generated") and _AUTO_SUBJECT.match(subject)):
        return Verdict(Kind.AUTO_REPLY, f"Auto-Submitted: {auto[:60]} (RFC 3834)")
    if root.type == "multipart/report" and root.params.get("report-type", "").lower() == "disposition-notification":
        return Verdict(Kind.AUTO_REPLY, "it is a read receipt (RFC 8098)")
    for name in _REPLY_HEADERS:
        if header_text(root.first(name)).lower() not in ("", "no"):
            return Verdict(Kind.AUTO_REPLY, f"{name.title()} is set")
    if header_text(root.first("precedence")).lower() in ("auto_reply", "auto-reply"):
        return Verdict(Kind.AUTO_REPLY, "Precedence: auto_reply")
    if _AUTO_SUBJECT.match(subject):
        return Verdict(Kind.AUTO_REPLY, "the subject is that of an out-of-office reply")
    return None


def _calendar(root: Part) -> Verdict | None:
    for part in root.walk():
        if part.type == "text/calendar" and not part.disposition.startswith("attachment"):
            method = part.params.get("method", "").upper()
            return Verdict(Kind.CALENDAR, f"it is a calendar message (RFC 5546{', ' + method[:20] if method else ''})")
    return None


def _list_or_bulk(root: Part) -> Verdict | None:
    precedence = header_text(root.first("precedence")).lower()
    names = {name for name, _ in root.fields}
    if (
        "list-id" in names
        and ("list-post" in names or precedence == "list")
        and header_text(root.first("list-post")) != "NO"
    ):
        return Verdict(Kind.LIST, "List-Id and List-Post are set (RFC 2919, RFC 2369)")
    if precedence == "list" or "x-mailman-version" in names or "mailing-list" in names or "x-mailing-list" in names:
        return Verdict(Kind.LIST, "it came through a mailing list")
    if names & {"list-unsubscribe", "list-id", "list-unsubscribe-post", "list-help"}:
        return Verdict(Kind.BULK, "List-Unsubscribe or List-Id is set (RFC 2369)")
    if precedence in ("bulk", "junk"):
        return Verdict(Kind.BULK, f"Precedence: {precedence}")
    if found := next((name for name in _BULK_HEADERS if name in names), None):
        return Verdict(Kind.BULK, f"{found.title()} is set")
    return None


def _notification(root: Part, sender: Address) -> Verdict | None:
    auto = header_text(root.first("auto-submitted")).lower()
    if auto and auto != "no":
        return Verdict(Kind.NOTIFICATION, f"Auto-Submitted: {auto[:60]} (RFC 3834)")
    if _NO_REPLY.search(sender.address):
        return Verdict(Kind.NOTIFICATION, f"{sender.address} takes no replies")
    suppress = header_text(root.first("x-auto-response-suppress")).lower()
    if "all" in suppress.split(",") or "autoreply" in suppress.replace(" ", ""):
        return Verdict(Kind.NOTIFICATION, "X-Auto-Response-Suppress is set")
    if root.first("return-path").strip() == b"<>":
        return Verdict(Kind.NOTIFICATION, "the return path is empty (RFC 5321 section 4.5.5)")
    if root.first("x-auto-submitted") or root.first("x-cron-env"):
        return Verdict(Kind.NOTIFICATION, "a program sent it")
    return None
