"""The lines that mail programs put above quoted mail, by language: "On … wrote:", header blocks, dividers."""

import re
from collections.abc import Sequence
from itertools import islice

from mail.signatures import MAX_MARK

# the words that end an attribution line, with what may follow them
_WROTE = (
    r"wrote|writes|said|schrieb|schrieben|geschrieben|a écrit|à écrit|a ecrit|escribió|escribio|escreveu|escribiu|"
    r"ha scritto|scrisse|schreef|geschreven|skrev|skrifaði|kirjoitti|napisał(?:\(a\)|a)?|napisal(?:\(a\)|a)?|"
    r"pisze|napísal(?:\(a\)|a)?|napsal(?:\(a\)|a)?|píše|napisao(?:\(la\))?|je napisao(?:/la)?|je napisal(?:\(a\))?|"
    r"написал(?:\(а\)|а)?|"
    r"пишет|пише|писал(?:\(а\)|а)?|написав(?:\(ла\)|ла)?|написа|написао|írta|a scris|έγραψε|yazdı|rašė|rakstīja|"
    r"kirjutas|"
    r"va escriure|idatzi du|đã viết|menulis|写道|寫道|写于|작성|님이 작성|wrote|のメール|כתב(?:ה)?|كتب|ha escrit|"
    r"scribis"
)
_STARTER = (
    r"(?:On|At|In(?= a message dated)|Am|Le|El|Em|Il|Op|Den|På|Dnia|W dniu|Dne|Dňa|Pe|În data de|Στις|A|V|Il giorno|"
    r"Em|Vào|Pada|Ngày|Tarihinde|Kuupäeval|В|На|в|Den)"
)
_DATE = r"(?:\d{4}|\d{1,2}[:.h]\d{2}|@)"
_LAST_CHARACTERS = tuple(":：-*]_")
MAX_SPAN = 4
"""Lines over which an attribution may be wrapped."""
MAX_LINE = 400
MAX_JOINED = 500
"""Characters of a line, and of the lines together, up to which they can be an attribution."""
MAX_ENDS = 300
"""Places that are looked at; a mail with more is no conversation but an attack on our time."""
_FULL = (
    # On Mon, Feb 1, 2016 at 6:32 PM, Jeff <jeff@example.com> wrote:
    re.compile(rf"^[\s*_-]*{_STARTER}\b(?=.*{_DATE}).{{6,400}}?(?:{_WROTE})(?:\s[^:]{{0,120}})?\s*[:：]?[\s*_-]{{0,20}}(?:\[[^\]\[]*\])?$"),
    # 2016-10-24 15:36 GMT+02:00 Foo Bar <foo@example.com>:
    re.compile(r"^(?=.*\d{4})(?=.*\d{1,2}[:.]\d{2}).{6,300}?[<＜(]\s*[^>＞)\s@]*@[^>＞)\s]*[>＞)]\s*(?:wrote)?[:：]\s*$"),
    # Dienstag, 1. Mai 2018, 10:00, Foo <foo@example.com> schrieb:
    re.compile(rf"^(?=.*{_DATE})(?=.*\d).{{6,400}}?(?<!\w)(?:{_WROTE})(?:\s.{{0,60}})?[:：][\s*_-]{{0,20}}$"),
    # Foo <foo@example.com> wrote:
    re.compile(rf"^[^\n>|]{{0,100}}<[^\s@]+@[^\s>]+>+\s*(?:{_WROTE})(?:\s.{{0,80}})?[:：]\s*$"),
)  # fmt: skip

_DIVIDER = re.compile(
    r"^[\s>*|]*+[-–—_=]{2,}+[\s*]*+(?:"
    r"(?:begin )?forwarded message|original (?:message|appointment|e-?mail)|reply (?:message|above)|"
    r"ursprüngliche (?:nachricht|mail|e-mail)|original(?:nachricht|-nachricht)|weitergeleitete nachricht|"
    r"message d'origine|message original|message transféré|message transmis|courriel original|"
    r"mensaje (?:original|reenviado)|mensagem (?:original|encaminhada)|messaggio (?:originale|inoltrato)|"
    r"oorspronkelijk bericht|doorgestuurd bericht|originele bericht|ursprungligt meddelande|"
    r"vidarebefordrat meddelande|oprindelig (?:meddelelse|besked)|videresendt (?:meddelelse|besked)|"
    r"opprinnelig melding|videresendt melding|alkuperäinen viesti|välitetty viesti|"
    r"(?:wiadomość|treść) (?:oryginalna|przekazana)|oryginalna wiadomość|původní (?:zpráva|e-mail)|pôvodná správa|"
    r"eredeti üzenet|mesaj(?:ul)? original|özgün ileti|orijinal ileti|исходное сообщение|пересылаемое сообщение|"
    r"пересланное сообщение|вихідне повідомлення|原始邮件|原始郵件|邮件原件|元のメッセージ|転送メッセージ|"
    r"원본 메시지|전달된 메시지"
    r")[\s*]*+(?:[-–—_=]{2,}+|:)?+[\s*]*+$",
    re.IGNORECASE,
)
_BARE_DIVIDER = re.compile(
    r"^\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:transféré|réexpédié)|"
    r"inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht|"
    r"início da mensagem (?:re)?encaminhada|vidarebefordrat brev|start på videresendt (?:besked|melding))\s*:\s*$",
    re.IGNORECASE,
)
_NAMES_FROM = (
    r"from|von|de|da|van|från|fra|frá|od|lähettäjä|feladó|kimden|от|від|expéditeur|remitente|mittente|afzender|"
    r"reply-to|发件人|發件人|寄件者|差出人|보낸 사람|de la|από|מאת|من|kimden|nuo|no|saatja"
)
_NAMES_OTHER = (
    r"sent|date|to|cc|bcc|subject|reply-to|importance|attachments?|gesendet|datum|an|betreff|kopie|antwort an|"
    r"envoyé|envoyé le|à|a|objet|répondre à|répondre|enviado|enviado el|enviada em|enviado em|fecha|para|asunto|"
    r"assunto|data|inviato|"
    r"risposta|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|kopia|sendt|dato|til|emne|lähetetty|vastaanottaja|"
    r"päiväys|"
    r"aihe|wysłano|do|temat|data|odesláno|komu|předmět|odoslané|predmet|elküldve|dátum|címzett|tárgy|gönderildi|"
    r"gönderme tarihi|tarih|"
    r"kime|konu|отправлено|дата|кому|тема|копия|надіслано|копія|发送时间|日期|收件人|抄送|主题|主題|送信日時|日時|"
    r"宛先|件名|날짜|받는 사람|"
    r"제목|ημερομηνία|προς|θέμα|trimis|către|subiect|תאריך|אל|נושא|organization|organisation|priority|sender|"
    r"x-[a-z-]+|message-id|mailing-list"
)
_FROM_LINE = re.compile(rf"^[\s>*_|]*(?:{_NAMES_FROM})\s?[*_]*\s?[:：]", re.IGNORECASE)
_OTHER_LINE = re.compile(rf"^[\s>*_|]*(?:{_NAMES_OTHER}|{_NAMES_FROM})\s?[*_]*\s?[:：]", re.IGNORECASE)
_COLON = re.compile("[:：]")
_HEADER_WINDOW = 8


def attribution_ends(lines: list[str]) -> frozenset[int]:
    """Where an attribution could end: a cheap test, so that the patterns run on few lines."""
    return frozenset(islice((n for n, line in enumerate(lines) if line.rstrip().endswith(_LAST_CHARACTERS)), MAX_ENDS))


def attribution_at(lines: list[str], at: int, ends: frozenset[int]) -> int:
    """How many lines from `at` form an attribution; 0 for none."""
    joined = ""
    if ends.isdisjoint(range(at, at + MAX_SPAN)):
        return 0
    for span in range(min(MAX_SPAN, len(lines) - at)):
        line = lines[at + span]
        if not line.strip() or len(line) > MAX_LINE or (span and line.lstrip().startswith(">") and "wrote" not in line):
            return 0
        # single blanks: the patterns take longest on runs of them
        said = " ".join(line.split())
        joined = f"{joined} {said.lstrip('> ')}" if joined else said
        if len(joined) > MAX_JOINED:
            return 0
        found = _pattern(joined, _FULL[: 2 if span > 1 else 4]) if at + span in ends else None
        if found is not None:
            # a line of text right above an attribution must not be taken for its beginning
            alone = _pattern(said, _FULL) if span else None
            return 0 if alone is not None and (found >= 2 or alone < 2) else span + 1
    return 0


def _pattern(line: str, patterns: Sequence[re.Pattern[str]]) -> int | None:
    """Which of the patterns matches first; the first two are anchored by a date or a starting word."""
    return next((number for number, full in enumerate(patterns) if full.match(line)), None)


def is_divider(line: str) -> bool:
    """True for "-----Original Message-----" and its sisters in other languages."""
    return len(line) <= MAX_MARK and bool(_DIVIDER.match(line) or _BARE_DIVIDER.match(line))


def header_block_at(lines: list[str], at: int) -> int:
    """How many lines from `at` form a quoted header (From, Sent, To, Subject); 0 for none."""
    if not _COLON.search(lines[at], 0, 40) or not _FROM_LINE.match(lines[at]):
        return 0
    found = [0]
    for offset in range(1, min(_HEADER_WINDOW * 2, len(lines) - at)):
        line = lines[at + offset]
        if _OTHER_LINE.match(line):
            found.append(offset)
        elif offset - found[-1] > 2 or (not line.strip() and len(found) > 3):
            break
    return found[-1] + 1 if len(found) >= 3 else 0
