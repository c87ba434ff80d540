"""Recipients of a bounce that carries no report a program could read: what mail systems write for people.

qmail, Exim, old Sendmail, Exchange, Domino, X.400 gateways and large providers each have their own prose. They share
its layout: an address stands where a line begins, after a label, or within an SMTP dialogue, and its reason is near it.
"""

import re
from dataclasses import dataclass

ADDRESS = r"[\w.+=&'/!#$%*?^{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}"
_ANYWHERE = re.compile(rf"(?<![\w.+=@:/-]){ADDRESS}")
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_DIALOGUE = re.compile(
    rf"(?:\b(?:rcpt|mail) to|^[ \t]*[45]\d\d(?:[ -]\d\.\d\.\d{{1,3}})?|\[[\d.]+\]:? said:? [45]\d\d)[ :]*<({ADDRESS})>",
    re.IGNORECASE | re.MULTILINE,
)
_LINE_START = re.compile(
    rf"^[ \t*>•·\-]{{0,12}}(?:\d{{1,3}}[.)][ \t]+)?(?:[\w\"'., -]{{0,60}}[ \t])?<?(?:mailto:|smtp:|rfc822;[ \t]*)?"
    rf"({ADDRESS})>?(?=[ \t]*(?:$|[:;,(\[<]|\.\.\.|- )|[ \t]+(?:on\b|invalid|unknown|user|no such|not|does|\())",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL = re.compile(
    rf"(?:\b(?:final-recipient|original-recipient|recipients?(?: address)?|addressed to|intended recipients?|"
    rf"rcpt to|to|for|address(?:es)?|user|mailbox|account|destination|empf[äa]nger|adressat(?:en)?|an|destinataires?|"
    rf"destinatari[oa]?s?|para|odbiorca|ontvangers?|aan|mottagare|получател[ьюя]м?|адрес\w*)\b[^\n@<]{{0,40}}|"
    rf"宛先[^\n@<]{{0,20}}|"
    rf"errors?: )<?(?:mailto:|rfc822;[ \t]*)?(?<![\w.+=&'/-])({ADDRESS})",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"contact|assistance|help|send (?:e-?)?mail to|questions?|report|forward(?:ed)? (?:this|to)|from\b|sender|reply|"
    r"kontakt|wenden|absender|contacte|expéditeur|remitente|mittente|remetente|問い合わせ|連絡",
    re.IGNORECASE,
)
"""Words before an address that make it somebody to turn to, not the one who was missed."""
_ROLES = ("postmaster@", "mailer-daemon@", "abuse@", "helpdesk@", "hostmaster@")
_RETURNED = re.compile(
    r"^[ \t]*(?:[-=_*#]{2,}[ \t]*(?:(?:the |your |this is (?:a|the) |included is |enclosed is )?(?:(?:full "
    r")?header|body|"
    r"copy|original|returned|unsent|undelivered|bounced|message (?:header|follow|text|body)|received header)|below "
    r"this line|forwarded|rohtext|ursprüngliche|message d'origine|mensaje original|messaggio originale|"
    r"копия|исходное|元の|原)|(?:the )?original message (?:follows|headers?|header)|message headers? follow|"
    r"below is a copy of|included is a copy|your original message|received: (?:from|by)\b|return-path:|"
    r"from [^\s@]{1,64}@\S+ +\w{3} \w{3} )",
    re.IGNORECASE | re.MULTILINE,
)
LEAST_NOTICE = 60
"""Characters that stand at least before a returned message; a heading comes earlier only in the notice itself."""
MAX_RECIPIENTS = 100
MAX_BEFORE = 300
"""Characters before an address, on its own line, that belong to what is said about it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One address that a mail system names, and the passage in which it says what went wrong."""

    address: str
    passage: str


def without_returned(text: str) -> tuple[str, str]:
    """The notice itself, and the returned message below it."""
    cut = _RETURNED.search(text, LEAST_NOTICE)
    return (text[: cut.start()], text[cut.start() :]) if cut else (text, "")


def unquoted(text: str) -> str:
    """`text` without quote marks in front of its lines, for a bounce that somebody forwarded."""
    return _QUOTED.sub("", text)


def addresses_in(text: str) -> list[str]:
    return list(dict.fromkeys(one.lower() for one in _ANYWHERE.findall(text)))


def spoken_recipients(notice: str, others: frozenset[str]) -> list[Spoken]:
    """The addresses that could not be reached, in order. `others` take part in the bounce in another role."""
    for pattern in (_LINE_START, _DIALOGUE, _LABEL, _ANYWHERE):
        marks = [
            (found.start(), address)
            for found in pattern.finditer(notice)
            if (address := _clean(found[1] if found.re.groups else found[0])) and not _is_advice(notice, found.start())
        ]
        # a test mail goes to oneself, so those in other roles are left out only while somebody else remains
        kept = [mark for mark in marks if mark[1] not in others and not mark[1].startswith(_ROLES)]
        kept = kept or (marks if pattern is not _ANYWHERE else [])
        if kept:
            return _passages(notice, kept)
    return []


def _clean(address: str) -> str:
    return address.strip(".'\"").removeprefix("mailto:").lower()


def _is_advice(notice: str, at: int) -> bool:
    """True when the words right before it on its line, or in the line above, send the reader there for help."""
    before = notice[max(0, at - 80) : at]
    line = before.rpartition("\n")[2]
    return bool(_ADVICE.search(line)) or bool(not line.strip(" <") and before.rstrip().lower().endswith("contact"))


def _passages(notice: str, marks: list[tuple[int, str]]) -> list[Spoken]:
    """Each address with the text up to the next one; what is said about it in several places is joined."""
    said: dict[str, list[str]] = {}
    for (start, address), (end, _) in zip(marks, [*marks[1:], (len(notice), "")], strict=True):
        line_start = notice.rfind("\n", max(0, start - MAX_BEFORE), start) + 1
        said.setdefault(address, []).append(notice[max(line_start, start - MAX_BEFORE) : end])
    return [Spoken(address, "\n".join(passages)) for address, passages in list(said.items())[:MAX_RECIPIENTS]]
