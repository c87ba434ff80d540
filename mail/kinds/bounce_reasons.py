"""What the words of a mail system mean as an enhanced status (RFC 3463), for the many that state none.

Each row: the last two numbers of the status, and the words that stand for it. The order matters: the first row that
fits wins, so narrow meanings come before wide ones ("mailbox for user is full" before "no mailbox").
"""

import re

_ROWS: tuple[tuple[str, str], ...] = (
    (
        "2.2",
        r"mail ?box (?:is |has )?(?:been )?(?:full|over)|(?:over|exceed\w*|out of) (?:\w+ ){0,3}quota|quota "
        r"(?:\w+ ){0,3}"
        r"(?:exceed|full|reached|over|violation)|exceed\w* (?:\w+ ){0,3}(?:storage|mailbox|local limit|maximum allowed|"
        r"its limit)|too much mail data|not enough (?:\w+ )?(?:disk )?space|(?:inbox|account|disk) (?:is )?full|"
        r"full mailbox|mailbox size limit|user is over|insufficient (?:system |disk )?(?:storage|space)|postfach "
        r"(?:ist )?voll|speicherplatz|boîte (?:aux lettres |de réception )?(?:est )?pleine|buzón (?:de correo )?lleno|"
        r"casella (?:di posta )?piena|caixa (?:de correio )?(?:est[áa] )?cheia|skrzynka (?:jest )?(?:pełna|"
        r"przepełniona)|"
        r"ящик (?:\w+ )?переполнен|почтовый ящик полон|邮箱已满|"
        r"容量(?:を|が)?超|メールボックスが(?:いっぱい|満杯)|사서함",
    ),
    (
        "3.4",
        r"(?:message|mail|e-?mail)(?:'s)? (?:\w+ ){0,3}(?:too (?:large|big)|size (?:\w+ ){0,4}(?:limit|exceed|"
        r"maximum))|"
        r"size (?:limit )?exceed|exceed\w* (?:\w+ ){0,5}(?:message |maximum )?size|too (?:large|big)|nachricht "
        r"(?:ist )?zu gro(?:ß|ss)|trop (?:volumineux|gros)|demasiado grande|troppo grande|サイズ",
    ),
    (
        "1.2",
        r"host (?:name )?(?:is )?(?:unknown|not found)|unknown (?:mail )?(?:host|domain)|(?:domain|host)(?: name)? "
        r"(?:\S+ )?(?:does not exist|not found|isn't valid|doesn't exist|is invalid|couldn't be found|could not be "
        r"found|lookup fail\w*)|no such (?:domain|host)|unrouteable mail domain|name or service not known|"
        r"couldn't find "
        r"(?:any|a) (?:host|domain|mail exchanger|mx)|nxdomain|bad destination (?:host|system)|can't find "
        r"(?:\w+ )?host|"
        r"domain name not found|ドメイン",
    ),
    (
        "1.1",
        r"(?:user|recipient|mailbox|account|addressee?|name|member|utente|usuario|usuário)s?(?: \S{0,80})? "
        r"(?:is |was |does |are "
        r"|has been )?(?:unknown|not (?:found|known|recognized|exist|listed|local)|doesn't exist|doesn't have|invalid|"
        r"unrouteable|undeliverable|rejected: user)|(?:unknown|no such|invalid|bad|non-?existent) (?:\w+ )?(?:user|"
        r"recipient|mail ?box|account|address|local|person|name|destination)|no (?:mailbox|user|account|"
        r"recipient|person) "
        r"(?:here|by|with|named|found|exists)|not a (?:valid|known) (?:user|mailbox|recipient|address)|not in (?:the )?"
        r"(?:directory|list)|isn't (?:a )?(?:valid|known)|not listed in|unknown in|user unknown|does not exist|"
        r"doesn't exist|couldn't "
        r"be found|unbekannte\w* (?:empf|adress|benutz)|existiert nicht|nicht gefunden|inconnue?|n'existe pas|"
        r"destinata(?:rio|ire) (?:desconocido|sconosciuto|inconnu)|no existe|non esiste|sconosciut|não existe|"
        r"desconhecid|onbekend|bestaat niet|nie istnieje|nieznany|okänd|не существует|не найден|неизвест|"
        r"不存在|見つかりません|存在しません|リストにありません|宛先|알 수 없",
    ),
    (
        "2.1",
        r"(?:mailbox|account|user|address)(?: \S{0,80})? (?:is |was |has been |currently )*(?:disabled|inactive|"
        r"suspended|"
        r"locked|deactivated|blocked|unavailable|expired|closed|discontinued|not active|over its rate)|(?:disabled|"
        r"inactive|suspended|expired|frozen) (?:\w+ )?(?:mailbox|account|user)|not accepting (?:mail|messages)|"
        r"account (?:is )?not (?:activated|active)|temporarily suspended|gesperrt|désactivé|停止",
    ),
    (
        "1.6",
        r"(?:user|recipient|address|mailbox) (?:has )?(?:moved|changed)|no longer (?:here|valid|with|at|"
        r"employed|in use)",
    ),
    (
        "4.1",
        r"connection (?:refused|reset|timed out|dropped)|(?:failed|unable|couldn't|could not) (?:to )?(?:\w+ )?connect",
    ),
    (
        "7.1",
        r"spam|spf|dmarc|dkim|black ?list|blocklist|block(?:ed|ing) (?:list|by|due|for|using)|reputation|relay(?:ing)? "
        r"(?:is )?(?:denied|prohibited|not (?:allowed|permitted))|not (?:allowed|permitted|authori[sz]ed)|"
        r"unable to relay|"
        r"access denied|policy|virus|administrat\w+ prohibit|unsolicited|restricted|permission|refused|"
        r"reject|denied|banned|prohibited|not a member|abgelehnt|verweigert|refusé|rechazad|rifiutat|recusad|отклонен|"
        r"拒否|拒绝|被退回",
    ),
    ("4.6", r"(?:mail|routing|message|forwarding) loop|too many hops|hop count|loops? back"),
    (
        "4.7",
        r"expired|timed? ?out|time-?out|retry time|(?:delay|defer)\w*|too long|given? up|attempts|for \d+ "
        r"(?:hours|days)|"
        r"still being retried|not (?:been )?delivered (?:for|within)|verzögert|retardé|retrasad|ritard|atrasad|"
        r"задерж|遅延",
    ),
    (
        "4.1",
        r"connect\w*|no answer|unreachable|network|no route|refused to talk|lost connection|not respond\w*|"
        r"unavailable|try again|接続",
    ),
    ("6.0", r"content|attachment|charset|mime|header"),
)
_MEANINGS = tuple((suffix, re.compile(words)) for suffix, words in _ROWS)
_PASSING = re.compile(
    r"temporar|transient|warning|delayed|deferred|will (?:be )?(?:retr|keep trying|continue)|still (?:be )?(?:trying|"
    r"being retried|attempt)|do not need to re-?send|try again later|not (?:yet )?been delivered|verzögert|"
    r"vorübergehend|"
    r"temporaire|retardé|temporal|retrasad|temporane|ritard|temporári|atrasad|tijdelijk|vertraagd|tymczasow|opóźni|"
    r"временн|задерж|一時的|遅延|暂时|延迟"
)
_FINAL = re.compile(
    r"permanent|giv\w+ up|failed (?:permanently|\d+)|final|will not be|could not be delivered|was not delivered|"
    r"undeliverable|rejected|removed from (?:the )?queue|deleted from|expired|has failed|too long"
)
MAX_CHARS = 3_000
"""Characters of prose that are searched for a meaning."""


def status_of(words: str, reply: str = "") -> str:
    """The status that `words` mean; its class is that of `reply` where there is one. Empty when they mean none."""
    text = words[:MAX_CHARS].lower()
    if not text.strip() and not reply:
        return ""
    kind = reply[:1] or ("4" if is_passing(text) else "5")
    if kind == "2":
        return "2.0.0"
    suffix = next((suffix for suffix, pattern in _MEANINGS if pattern.search(text)), "0.0")
    return f"{kind}.{suffix}"


def is_passing(words: str) -> bool:
    """True when the words speak of a delay, and do not say in the end that the sender gave up."""
    text = words[:MAX_CHARS].lower()
    return bool(_PASSING.search(text)) and not _FINAL.search(text)
