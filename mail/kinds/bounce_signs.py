"""What a bounce looks like where no header says so: more than half of real ones carry no standard mark at all.

Plain substrings and not one large pattern: they are found many times faster, and most mail holds none of them.
"""

import re

_SUBJECTS = (
    "undeliverable", "undelivered mail", "undelivered message", "undelivered:", "delivery status notification",
    "delivery notification", "delivery failure", "delivery failed", "delivery has failed", "delivery problem",
    "delivery report", "delivery error", "delivery reports about", "delivery unsuccessful", "delivery delayed",
    "delivery incomplete", "delivery to the following", "failure notice", "failure delivery", "failed mail",
    "returned mail",
    "mail returned", "returned to sender", "returned message", "return receipt failed", "mail failure", "mail failed",
    "mail error", "mail delivery", "mail could not be delivered", "message could not be delivered",
    "message not delivered", "message delivery", "message status", "message undeliverable", "not deliverable",
    "could not be delivered", "could not deliver", "couldn't be delivered", "unable to deliver", "cannot be delivered",
    "can't be delivered", "could not send message", "nondeliverable", "non-deliver", "nondelivery", "non delivery",
    "mail system error", "mail rejected", "rejected mail", "email rejected", "message rejected", "bounce", "bounced",
    "not member article", "reject mail", "permanent error", "user unknown", "unknown user", "warning: message",
    "warning: could not", "delayed mail",
    "message delayed", "mail delayed", "e-mail delivery", "email delivery", "dsn:", "ndr:", "(failure)", "(delay)",
    "unzustellbar", "nicht zustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "zustellfehler",
    "zustellungsfehler", "fehler bei der zustellung", "rückläufer", "unzustellbarkeit", "mail-zustellung",
    "non remis", "non-remis", "échec de remise", "échec de la remise", "échec d'acheminement", "message non distribué",
    "non distribuable", "avis de non-remise", "retour de mail", "no se puede entregar", "no se pudo entregar",
    "no entregado", "no se ha podido entregar", "error de entrega", "entrega fallida", "devolución de correo",
    "non recapitabile", "mancato recapito", "mancata consegna", "recapito non riuscito", "consegna non riuscita",
    "não foi entregue", "não entregue", "não é possível entregar", "falha na entrega", "erro de entrega", "devolvido",
    "onbestelbaar", "niet bezorgd", "niet afgeleverd", "aflevering mislukt", "kan inte levereras", "kunde inte "
    "levereras",
    "leveransfel", "olevererbart", "kan ikke leveres", "kunne ikke leveres", "ikke leveret", "kan ikke levereres",
    "ei voi toimittaa", "toimitus epäonnistui", "perillemeno epäonnistui", "niedostarcz", "nie można dostarczyć",
    "nie dostarczono", "zwrot wiadomości", "nelze doručit", "nedoručiteln", "nedoručen", "nedoručiteľn",
    "kézbesíthetetlen", "sikertelen kézbesítés", "imposibil de livrat", "nelivrat", "teslim edilemedi", "iletilemedi",
    "не доставлено", "недоставлен", "не удается доставить", "не удалось доставить", "ошибка доставки", "недоставка",
    "не вдалося доставити", "не доставлен", "недоставлено", "δεν παραδόθηκε", "αδυναμία παράδοσης",
    "退信", "投递失败", "投遞失敗", "无法投递", "無法傳遞", "未送达", "传递失败", "邮件被退回",
    "配信不能", "配信失敗", "配信エラー", "送信できません", "送信エラー", "エラー通知", "エラーメール",
    "宛先不明", "配送不能", "배달 실패", "전송 실패", "반송", "배달되지",
)  # fmt: skip
_ASCII_SUBJECTS = tuple(one for one in _SUBJECTS if one.isascii())
_WORDS = (
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can not be delivered", "was not "
    "delivered",
    "wasn't delivered", "has not been delivered", "not able to deliver", "unable to deliver", "wasn't able to deliver",
    "could not deliver", "failed to deliver", "undeliverable", "delivery to the following", "delivery has failed",
    "delivery failed", "failed permanently", "did not reach", "returned to sender", "returned to you", "message "
    "that you sent",
    "following address", "following recipient", "recipient address", "recipient(s)", "permanent error",
    "permanent fatal error",
    "permanent failure", "permanently rejected", "delivery errors", "delivery problems", "transient error",
    "user unknown",
    "unknown user", "no such user", "no such person", "mailbox full", "mailbox is full", "mailbox unavailable",
    "exceeded storage", "message was rejected", "was rejected", "is delayed", "has been delayed", "automatic bounce",
    "mail delivery", "error message below", "bad destination", "had trouble delivering", "not be sent", "does "
    "not exist",
    "final-recipient:", "diagnostic-code:", "reporting-mta:", "transcript of session", "original message follows",
    "your message to", "nicht zugestellt", "nicht zustellbar", "konnte nicht", "unzustellbar", "n'a pas pu être",
    "n'a pu être",
    "non remis", "no pudo ser entregado", "no se pudo entregar", "no ha podido ser entregado", "non è stato possibile",
    "non è stato recapitato", "não pôde ser entregue", "não foi possível entregar", "kon niet worden", "niet "
    "worden bezorgd",
    "kunde inte levereras", "kunne ikke leveres", "ei voitu toimittaa", "nie może zostać dostarczona", "nie "
    "została dostarczona",
    "nie mogła zostać", "nelze doručit", "nebylo možné doručit", "nem kézbesíthető", "nu a putut fi livrat",
    "teslim edilemedi", "не доставлено", "не может быть доставлено", "не удалось доставить",
    "не было доставлено", "не вдалося доставити",
    "无法投递", "无法送达", "無法傳遞", "退回", "配信できません", "送信できません", "送信に失敗",
    "配送できません", "届けることができません",
    "전달할 수 없", "배달되지",
)  # fmt: skip
_PROOF = re.compile(
    r"\b[45]\d\d[ -]#?[45]\.\d\.\d|^[ \t>]*(?:final-recipient|diagnostic-code|reporting-mta):|"
    r"transcript of session follows|permanent (?:fatal )?errors? -----|is the qmail-send program|"
    r"following address(?:es|\(es\))? failed|created automatically by mail delivery software|"
    r"this is the mail system at host|this is the postfix program|delivery status notification|"
    r"your message (?:could not|was not|couldn't|cannot) be(?:en)? delivered to|"
    r"remote host said: ?[45]\d\d|smtp error from remote|rcpt to:? ?<",
    re.MULTILINE,
)
"""Lines that only mail systems write."""
_FIELDS = re.compile(r"^[ \t>]*(?:final-recipient|original-recipient): ?rfc822", re.MULTILINE)
MAX_TEXT = 4_000
"""Characters at the start of the text that are searched."""


def subject_tells(subject: str) -> bool:
    """True when a subject may be that of a bounce."""
    low = subject.lower()
    return any(map(low.__contains__, _ASCII_SUBJECTS if low.isascii() else _SUBJECTS))


def text_tells(text: str) -> bool:
    """True when the text speaks of a failed delivery, as a person's may."""
    low = text[:MAX_TEXT].lower()
    return any(map(low.__contains__, _WORDS))


def telling(sentence: str) -> bool:
    """True when a sentence in lower case speaks of a failed delivery, of whatever it be."""
    return any(one in sentence for one in _SUBJECTS) or any(one in sentence for one in _WORDS)


def text_proves(text: str) -> bool:
    """True when the text holds what only mail systems write."""
    return bool(_PROOF.search(text[:MAX_TEXT].lower()))


def holds_report(text: str) -> bool:
    """True when the fields of a delivery report stand in the text."""
    return bool(_FIELDS.search(text[: MAX_TEXT * 3].lower()))
