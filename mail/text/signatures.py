"""Where a signature, a mobile client's footer or a legal notice begins."""

import re

from mail.text.phrases import spoken

MAX_MARK = 200
"""Characters up to which a line can be a delimiter, a divider or a footer."""
MAX_SIGNATURE_LINES = 10
MAX_SIGNATURE_LINE = 100
"""What follows a doubtful mark is a signature only when it is no longer than this."""
MAX_BRIEF_WORDS = 8
MAX_FOOTER_WORDS = 12
_DELIMITER = re.compile(r"^\s*(?:[—–―]|[-_=*]{2,}|#{3,}|~{3,}|\+{3,}|(?:[-_=*~] ){2,}[-_=*~])\s*$")
STEMS = tuple(spoken("sent"))
_DEVICE = re.compile(
    r"i-?phon|i-?pad|i-?pod|\bi-?os\b|android|samsung|galaxy|huawei|xiaomi|redmi|oneplus|pixel|nokia|motorola|xperia|"
    r"\bhtc\b|blackberry|windows|outlook|gmail|yahoo|\baol\b|proton|\btuta|fastmail|\bnine\b|\bspark\b|airmail|"
    r"mailbird|"
    r"thunderbird|k-9|fairemail|bluemail|hotmail|zoho|\bgmx\b|web\.de|t-online|\borange\b|\bsfr\b|laposte|libero|"
    r"\bkpn\b|"
    r"xfinity|verizon|t-mobile|vodafone|superhuman|missive|icloud|smartphone|smartfon|tablet|mobil|móvil|celular|"
    r"telefon|"
    r"telefoon|telemóvel|teléfono|téléphone|handy|puhelim|телефон|смартфон|планшет|mail\.ru|яндекс|yandex|携帯|手机|"
    r"手機|휴대|"
    r"스마트|\bqq|163|网易|網易|foxmail|naver|daum|mail.app|the go\b|unterwegs|workspace|roundcube|zimbra|mailspring|"
    r"wp\.pl|"
    r"\bonet|o2\.pl|seznam|ukr\.net|edison mail|canary mail|newton mail|vivaldi|startmail|mailbox\.org|posteo|почт|пошт"
)
_MINE = re.compile(
    r"^(?:sent (?:from|by|via|with|using) my|von meine[mr]|gesendet von meine[mr]|envoyé (?:de|depuis|à partir de) mon|"
    r"enviado (?:desde|de|do) (?:mi|meu)|inviato dal? mio|verzonden (?:vanaf|met) mijn|verstuurd (?:vanaf|met) mijn|"
    r"skickat från min|sendt fra min|lähetetty minun|wysłane? z mojego|odesláno z mého|отправлено с моего|"
    r"надіслано з мого)\s(?:\S+\s?){1,4}$"
)
FOOTER_STARTS = (
    "von ", "vom ", "diese nachricht", "diese e-mail", "diese email", "this email", "this e-mail", "this message",
    "this mail", "ce message", "ce mail", "este mensaje", "esta mensagem", "mensaje ", "mensagem ", "message ", "mail ",
    "messaggio ", "questo messaggio", "dit bericht", "bericht ", "meddelande", "besked", "melding", "viesti",
    "tämä viesti", "ta wiadomość", "wiadomość", "tato zpráva", "zpráva", "это ", "це ", "내 ", "나의 ", "从", "從",
    "自",
    "我的", "laden sie", "holen", "e-mail ", "email ", "provenance", "via ", "iphone", "i-phone", "ipad", "ipod",
    "android",
    "samsung", "galaxy", "huawei", "xiaomi", "redmi", "oneplus", "pixel", "nokia", "motorola", "xperia", "htc",
    "sent via the ", "sent from the ", "sent from my ", "blackberry", "windows", "outlook", "gmail", "yahoo", "aol",
    "proton", "gmx",
)  # fmt: skip
NOTICE_STARTS = (
    "reply to this", "to respond", "to unsubscribe", "you are receiv", "you receiv", "unsubscribe", "visit topic",
    "visit message", "view", "please consider", "denken sie", "pensez", "this message", "scanned", "virus",
    "virenfrei", "sans virus", "libre de", "avast", "this e", "this comm", "this trans", "the info", "the content",
    "confidential", "disclaimer", "privileged", "important", "diese", "der inhalt", "ce ", "este", "la info", "aviso",
    "quest", "le info", "avvert", "esta", "dit ", "deze", "de inf", "det ", "detta", "denne", "tämä", "ta wiad",
    "niniejsz", "treść", "tato", "tento", "bu e", "bu m", "данное", "это", "настоящее", "информация", "це ",
    "vertraulich", "haftungs",
)  # fmt: skip
"""How all footers and notices begin: lines that do not are never looked at."""
_NOTICE = re.compile(
    r"^(?:reply to this e?mail directly|to respond, reply to this|to unsubscribe from|you (?:are )?receiv(?:ed?|"
    r"ing) this|"
    r"unsubscribe:? |visit (?:topic|message) (?:or|to)|view this (?:e-?mail|message) (?:on|in)|"
    r"please consider the environment before|denken sie an die umwelt|pensez à l'environnement|"
    r"this message was sent to .{1,60}(?:unsubscribe|preferences)|scanned by |virus-free|virenfrei|"
    r"sans virus|libre de virus|avast logo|this email has been (?:checked|scanned) )"
)
_NOTICE_CHARS = 120
_LEGAL_START = re.compile(
    r"^(?:this (?:e-?mail|message|communication|transmission)|the (?:information|content)|confidential|disclaimer|"
    r"privileged|important notice|diese (?:e-?mail|nachricht)|der inhalt|ce (?:message|courriel|mail|courrier)|este "
    r"(?:mensaje|correo|e-?mail)|la información|aviso |questo? (?:messaggio|e-?mail)|le informazioni|avvertenza|esta "
    r"mensagem|esta mensaje|dit (?:bericht|e-?mail)|deze (?:e-?mail|mail)|de informatie|det här|detta (?:e-post|"
    r"meddelande)|"
    r"denne (?:e-?mail|e-post|besked|meddelelse)|tämä (?:viesti|sähköposti)|ta wiadomość|niniejsz|treść|tato|"
    r"tento e-?mail|"
    r"bu e-?posta|bu mesaj|данное|это (?:сообщение|письмо)|настоящее|информация|це повідомлення|vertraulich|haftungs)"
)
_LEGAL_WORDS = re.compile(
    r"confidential|privileged|intended recipient|intended (?:only|solely)|unauthori[sz]ed|notify the sender|"
    r"delete (?:it|this)|"
    r"vertrauliche|irrtümlich|unbefugt|vernichten|nicht der richtige adressat|confidentiel|destinataire|par erreur|"
    r"détruire|"
    r"confidencial|destinatari|por error|por engano|eliminar|riservat|per errore|cancell|vertrouwelijk|geadresseerde|"
    r"abusievelijk|verwijder|konfidentiell|mottagare|avsedd|fortrolig|modtager|mottaker|luottamuksel|vastaanottaja|"
    r"poufn|"
    r"adresat|důvěrn|příjemc|gizli|alıcı|конфиденциал|получател|адресат|конфіденц|liable|liability|disclos"
)
_PHONE = re.compile(r"(?:\+|\b0|\(\d)[\d\s()./-]{6,}\d")
_CONTACT = re.compile(r"https?://|www\.|\S@\S+\.\w|\b(?:tel|fax|phone|mobile|mob|telefon|tél|cell)\b", re.IGNORECASE)
_CLOSING = re.compile(
    r"^(?:(?:(?:best|kind|warm|many|with|yours|with kind|with best)\s)*(?:regards|wishes|thanks|sincerely|faithfully|"
    r"truly)|"
    r"cheers|thank you|br\b|rgds|viele grüße|mit freundlichen|freundliche|liebe grüße|beste grüße|mfg|gruß|lg\b|"
    r"cordialement|"
    r"bien à vous|sincères|merci|saludos|un saludo|atentamente|gracias|cordiali|saluti|distinti|grazie|atenciosamente|"
    r"cumprimentos|abraço|obrigad|met vriendelijke|groet|hartelijke|mvg|med vänlig|vänlig|hälsning|mvh|venlig|"
    r"med venlig|"
    r"hilsen|vennlig|med vennlig|ystävällisin|terveisin|terv|pozdrawiam|z poważaniem|s pozdravem|saygılar|"
    r"iyi çalışmalar|"
    r"с уважением|с наилучшими|з повагою|敬具|よろしく|此致|祝好|谢谢|감사합니다)",
    re.IGNORECASE,
)
_DECORATION = "*_>|• \t-–—"
_LINK_OPENERS = frozenset("<([")
_LINK = re.compile(r"\s*[<(\[]+\s*(?:https?:|mailto:)[^<>()\s]*[>)\]]*")
_SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""All that str.strip takes away; U+3000 is the last."""
JUNK = (
    "\u1427\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u034f\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    + _SPACES
)
"""Spaces of any kind, and the invisible marks that mail trackers and directions of writing leave."""
_AROUND = _DECORATION + JUNK


def is_delimiter(line: str) -> bool:
    """A line of nothing but dashes, underscores and the like; `-- ` is the one of RFC 3676 section 4.3."""
    return 0 < len(line) <= MAX_MARK and _DELIMITER.match(line) is not None


def is_strict_delimiter(line: str) -> bool:
    """A delimiter below which a signature stands, whatever it looks like."""
    bare = line.strip()
    return bare in ("--", "—", "–") or (len(bare) > 1 and not bare.strip("_"))


def is_footer(line: str) -> bool:
    """ "Sent from my iPhone" and its like: a stem of sending, a device or program, and little else."""
    if len(line) > MAX_MARK:
        return False
    bare = line if _LINK_OPENERS.isdisjoint(line) else _LINK.sub("", line)
    bare = bare.strip(_AROUND).casefold()
    if len(bare) < 4 or bare[-1] in "?:;,":
        return False
    if bare.count(" ") >= (MAX_FOOTER_WORDS if bare.startswith(FOOTER_STARTS) else MAX_BRIEF_WORDS):
        return False
    sent_first = bare.startswith(STEMS)
    if not (sent_first or bare.startswith(FOOTER_STARTS)):
        return False
    if not _DEVICE.search(bare):
        return sent_first and _MINE.match(bare) is not None
    return sent_first or any(stem in bare for stem in STEMS)


def is_notice(lines: list[str], at: int) -> bool:
    """A notice that no person typed: of a list, a virus scanner or a lawyer (two words of law in its first lines)."""
    bare = lines[at].lstrip(_DECORATION)[:_NOTICE_CHARS]
    bare = bare.casefold()
    if _NOTICE.match(bare):
        return True
    if not _LEGAL_START.match(bare):
        return False
    paragraph = " ".join(lines[at : at + 6])[:1_000].casefold()
    return len(set(_LEGAL_WORDS.findall(paragraph))) >= 2


def is_signature_text(lines: list[str]) -> bool:
    """Whether some lines can be a signature: few, short, no question, and a closing or a way to reach somebody."""
    said = [line.strip() for line in lines if not is_blank(line)]
    if not 0 < len(said) <= MAX_SIGNATURE_LINES or any(len(line) > MAX_SIGNATURE_LINE for line in said):
        return False
    if any(line.endswith("?") or line.count(" ") >= MAX_BRIEF_WORDS for line in said):
        return False
    # a name, alone or with a role under it, is one too
    named = len(said) <= 3 and all(len(line) <= 40 and line[-1] not in ".!,:" and line[0].isupper() for line in said)
    return named or any(_CLOSING.match(line) or _PHONE.search(line) or _CONTACT.search(line) for line in said)


def is_blank(line: str) -> bool:
    """Empty but for spaces of any kind and the invisible marks of mail trackers."""
    return not line.strip() or (not line.isascii() and not line.strip(JUNK))
