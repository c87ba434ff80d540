"""Where a signature or a mobile client's footer begins."""

import re

MAX_MARK = 200
"""Characters up to which a line can be a delimiter, a divider or a footer."""
_DELIMITER = re.compile(r"^\s*(?:—|–|[-_=*]{2,}|#{3,}|~{3,}|\+{3,})\s*$")
_FOOTER = re.compile(
    r"^[\s_*>-]*(?:"
    r"sent (?:from|via|using|with) (?:my|mail for|outlook|yahoo|samsung|proton|the |an? |gmail|blackberry|nine|"
    r"iphone|mobile|aol)|"
    r"get outlook for|sent on the go|envoyé (?:de(?:puis)? mon|à partir de|depuis)|télécharger outlook|"
    r"(?:diese nachricht wurde )?von meine[mr] .{1,40} gesendet|gesendet (?:von|mit|über) (?:meine[mr]?|outlook|"
    r"der|mail|yahoo|unterwegs)|"
    r"outlook für .{1,20} (?:beziehen|herunterladen)|diese nachricht wurde von meinem|"
    r"enviado (?:desde|de|do) (?:mi|meu|o |outlook|correo|yahoo|samsung|email)|obtener outlook|obter o outlook|"
    r"inviato da(?:l mio)? |scarica outlook|verzonden (?:vanaf|met|via) |verstuurd (?:vanaf|met) |"
    r"outlook voor .{1,20} downloaden|download outlook voor|"
    r"skickat från |skickades från |hämta outlook|sendt fra |hent outlook|lähetetty |wysłane? z |pobierz outlook|"
    r"odesláno z |odoslané z |"
    r"отправлено (?:с|из) |надіслано (?:з|із) |iphone(?:'|’)?dan gönderildi|iphone'umdan|von iphone gesendet|"
    r"从我的 ?iphone ?发送|發自我的 ?iphone|发自我的 ?iphone|iphoneから送信|나의 iphone에서 보냄"
    r")",
    re.IGNORECASE,
)  # fmt: skip
_NOTICE = re.compile(
    r"^\s*(?:reply to this email directly|to respond, reply to this email|to unsubscribe from|"
    r"you (?:are )?receiv(?:ed?|ing) this|"
    r"this e-?mail (?:message )?(?:and any|is confidential|may contain)|diese e-?mail (?:enthält|kann) vertrauliche)",
    re.IGNORECASE,
)
_SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""All that str.strip takes away; U+3000 is the last."""
_JUNK = "\u1427\ufeff\u200b\u200e\u200f" + _SPACES


def is_delimiter(line: str) -> bool:
    """A line of nothing but dashes, underscores and the like; `-- ` is the one of RFC 3676 section 4.3."""
    return 0 < len(line) <= MAX_MARK and bool(_DELIMITER.match(line))


def is_strict_delimiter(line: str) -> bool:
    return line.strip() in ("--", "—", "–") or (line.strip().startswith("__") and not line.strip("_ "))


def is_footer(line: str) -> bool:
    """ "Sent from my iPhone" in many languages, and notices that no person typed."""
    return len(line) <= MAX_MARK and bool(_FOOTER.match(line) or _NOTICE.match(line))


def is_blank(line: str) -> bool:
    """Empty but for spaces of any kind and the invisible marks of mail trackers."""
    return not line.strip(_JUNK)
