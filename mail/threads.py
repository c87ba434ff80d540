"""What links a message to its conversation: base subject, and ids of parents."""

import re

from models.message import Message

_REPLIES = (
    r"re|aw|antw|antwort|antwoord|ant|sv|svar|vs|vá|odp|odpowiedź|r|rif|rispo|ris|risp|res|resp|réf|rép|réponse|ré|"
    r"re[:;]?rés|"
    r"ynt|yan|cvp|atb|απ|απαντ|σχετ|ответ|отв|на|відп|відповідь|отг|hak|bls|trả lời|ตอบ|ตอบกลับ|回复|回覆|答复|答覆|"
    r"回信|返信|"
    r"회신|답장|תגובה|השב|رد|پاسخ|bal|nawiązanie|per|vast|vas|ats"
)
_FORWARDS = (
    r"fw|fwd|wg|weitergeleitet|weiterleitung|tr|réexp|rv|rvd?|reenv|enc|encam|doorst|doorgestuurd|i|inolt|vb|vl|"
    r"továbbítás|"
    r"továbbítva|továbbított|pd|pdl|prz|przek|vidarebefordrat|vidarebef|videresendt|vids|vidb|fs|ilt|i̇lt|ynl|fyi|rm|"
    r"tf|"
    r"πρθ|προωθ|переслано|пересл|пер|переслане|препр|trs|chuyển tiếp|ส่งต่อ|转发|轉寄|轉發|転送|전달|הועבר|הע|"
    r"إعادة توجيه|"
    r"teruskan|"
    r"proslijeđeno|posredovano|přepos|předáno|preposlané"
)
_AUTOMATIC = (
    r"automatische antwort|automatic reply|auto(?:matic)?[- ]?reply|autoreply|auto|réponse automatique|"
    r"respuesta automática|"
    r"risposta automatica|resposta automática|automatisch antwoord|automatiskt svar|automatisk svar|"
    r"automaattinen vastaus|"
    r"autosvar|odpowiedź automatyczna|automatická odpověď|automatikus válasz|otomatik yanıt|автоответ|"
    r"автоматический ответ|"
    r"автоматична відповідь|自动回复|自動回覆|自動応答|자동 회신|out of office|abwesend|abwesenheit|abwesenheitsnotiz|"
    r"afwezig|"
    r"undeliverable|unzustellbar|returned mail|delivery status notification(?: \(failure\))?|non remis|"
    r"no se puede entregar|"
    r"onbestelbaar|non recapitabile|niet bezorgd"
)
_COUNT = r"\.?\s*(?:\[[^\]\[]{1,20}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3}|\d{1,2}(?=:))?\s*[:：]"
_PREFIX = re.compile(rf"^\s*(?:{_REPLIES}|{_FORWARDS}|{_AUTOMATIC}){_COUNT}", re.IGNORECASE)
_FORWARD = re.compile(rf"^\s*(?:{_FORWARDS}){_COUNT}", re.IGNORECASE)
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


def is_forward(subject: str) -> bool:
    """Whether the outermost mark of the subject says that the mail is passed on."""
    text = subject[:MAX_SUBJECT].strip()
    while (found := _BLOB.match(text)) and not _WRAPPED.match(text):
        text = text[found.end() :].strip()
    return bool(_FORWARD.match(text) or _WRAPPED.match(text) or _TRAILER.search(text))


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
    """Ids of the messages it may answer, nearest first: In-Reply-To, then References from last to first.

    A bounce belongs to the mail that came back, whatever else it names.
    """
    returned = message.bounce.original_message_id if message.bounce else ""
    ids = (returned, message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(one for one in ids if one and one != message.message_id))
