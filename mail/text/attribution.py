"""The line that a mail program puts above quoted mail: "On Monday, 3 March 2025 at 9:12, Ada wrote:".

It is judged by what it holds (a verb of writing, a date, an address, where they stand), not by one pattern a
language. Where no quote marks follow, the doubt is the sender's: a sentence that merely looks alike is kept.
"""

import re
from enum import IntEnum
from typing import NamedTuple

from mail.text.phrases import PHRASES
from mail.text.signatures import JUNK

MAX_SPAN = 4
"""Lines over which an attribution may be wrapped."""
MAX_LINE = 400
MAX_JOINED = 500
"""Characters of a line, and of the lines together, up to which they can be an attribution."""
MAX_ENDS = 300
"""Places that are looked at; a mail with more is no conversation but an attack on our time."""
_LAST_CHARACTERS = frozenset(":：-*]_")
_MAY_END = _LAST_CHARACTERS | frozenset(JUNK)
_UNSPACED = frozenset({"ja", "zh", "ko", "th"})
"""Languages whose verb is written together with the name before it."""


def _alternatives(languages: list[str]) -> str:
    return "|".join(sorted((re.escape(one) for words in languages for one in words.split("|")), key=len, reverse=True))


_SPOKEN = [one.wrote for one in PHRASES if one.language not in _UNSPACED]
_WORD = re.compile(r"[^\W\d_]+")
_FIRST_WORDS = frozenset(found[0] for words in _SPOKEN for one in words.split("|") if (found := _WORD.findall(one)))
_SPOKEN_VERB = re.compile(rf"(?:{_alternatives(_SPOKEN)})(?![^\W_])")
_JOINED_VERB = re.compile(_alternatives([one.wrote for one in PHRASES if one.language in _UNSPACED]))
_AFTER_LAST_VERB = re.compile(r"\s*(?:[:：]|-|\[\d{1,3}\]|[*_\s]|\(at\)|[\"”»'])*$")
_ADDRESS = re.compile(r"[^\s<>@()\[\]]{1,100}@[^\s<>@()\[\]]{1,100}")
_ADDRESS_LAST = re.compile(r"(?:[<(＜\[]|&lt;)\s?[^<>()\s]{1,100}@[^<>()\s]{1,100}(?:[>)＞\]]|&gt;)+[*_\s]*[:：]$")
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時时点시]\s?\d{2}(?!\d)")
_DATE_FIRST = re.compile(r"^\W{0,5}(?:[^\W\d]{1,14}[.,׳']?,?\s){0,2}\d")
_STARTER = re.compile(
    r"^[\W_]{0,40}(?:on|at|in article|in message|in news|am|le|el|em|il|op|den|på|dnia|w dniu|dne|dňa|pe|la|în data de|"
    r"στις|vào|ngày|pada|в|на|у|u|dana|ar|az|בתאריך|ב|في|در|在|於|于|no dia|quoting|zitat von|citando|citerar|citaat|"
    r"selon|lainaus|cytowanie|cituji|alıntı|цитирование|quoth|dia|del|2\d{3}年)(?![^\W\d_])"
)
_QUOTING = re.compile(
    r"^\W{0,5}(?:quoting|zitat von|citando|citerar|citaat van|lainaus|cytowanie|cituji|selon|quoth|"
    r"missatge de|wiadomość napisana przez|mensaje de|messaggio di|message de|nachricht von|bericht van|"
    r"meddelande från)\s"
)
_RULED = re.compile(r"^[-_=]{3,}.*[-_=]{3,}$")
_PERSONAL = frozenset(
    "i we he she they it me my our your his her their the a an this that who someone you'd ich wir er sie es ihr ihre "
    "ihren ihrer ihrem mir uns mein meine unser unsere euer eure der die das man je j'ai nous vous il elle on votre "
    "vos "
    "notre nos mon ma mes yo nosotros usted ustedes su sus mi mis nuestro nuestra me le ik wij we u uw jullie mijn "
    "onze "
    "hij zij io noi lei lui vostro vostra mio mia eu nós ele ela seu sua meu minha jag vi ni er min vår jeg vi de dere "
    "din minä me te я мы вы он она мне мой наш ваш ja my wy on ona mój nasz wasz".split()
)
_EDGES = "\"'“”„«»‚‘’()[]<>,;:-*_"


class Sureness(IntEnum):
    NONE = 0
    LOOSE = 1
    """The line alone would do, but more lines above it may belong to it."""
    ANCHORED = 2
    """It begins as attributions begin."""


class _Said(NamedTuple):
    """A candidate with what was found in it."""

    text: str
    verb: re.Match[str] | None
    date: re.Match[str] | None
    time: bool
    address: bool
    quoted_below: bool

    @property
    def verb_ends_it(self) -> bool:
        return self.verb is not None and _AFTER_LAST_VERB.match(self.text, self.verb.end()) is not None


def attribution_spans(lines: list[str]) -> dict[int, int]:
    """Where attributions begin, and how many lines each spans (1 to MAX_SPAN)."""
    spans: dict[int, int] = {}
    # most lines end in a letter or a full stop: one test of the last character is all that they cost
    ends = [end for end, line in enumerate(lines) if line[-1:] in _MAY_END]
    looked_at = 0
    for end in ends:
        line = lines[end]
        bare = line.rstrip() if line.isascii() else line.rstrip(JUNK)
        if not bare or bare[-1] not in _LAST_CHARACTERS or len(bare) < 4:
            continue
        looked_at += 1
        if looked_at > MAX_ENDS:
            break
        if span := _span(lines, end):
            spans[end - span + 1] = span
    return spans


def _span(lines: list[str], end: int) -> int:
    """How many lines up to `end` form an attribution; 0 for none. An anchored beginning wins over a shorter span."""
    quoted_below = _quoted_below(lines, end + 1)
    if not quoted_below and _says_nothing(" ".join(lines[max(0, end - MAX_SPAN + 1) : end + 1])):
        return 0
    joined, shortest = "", 0
    for span in range(1, min(MAX_SPAN, end + 1) + 1):
        line = lines[end - span + 1]
        if not line.strip() or len(line) > MAX_LINE:
            break
        # single blanks and no marks of direction: what is searched stays short and plain
        plain = line if line.isascii() else line.translate(_NO_MARKS)
        said = " ".join(plain.split()).lstrip("> ")
        joined = f"{said} {joined}" if joined else said
        if len(joined) > MAX_JOINED:
            break
        sureness = _sureness(joined, quoted_below)
        if sureness is Sureness.ANCHORED:
            return span
        if sureness is Sureness.LOOSE and not shortest:
            shortest = span
    return shortest


_NO_MARKS = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))


def _says_nothing(text: str) -> bool:
    """Whether `text` and all parts of it hold neither an address nor a verb of writing beside a number or a rule."""
    if "@" in text or not text.isascii():
        return False
    if not _DIGIT.search(text) and not text.rstrip().endswith(("-", "_", "=")):
        return True
    return _FIRST_WORDS.isdisjoint(_WORD.findall(text.lower()))


def _quoted_below(lines: list[str], at: int) -> bool:
    following = (line.lstrip() for line in lines[at : at + 3])
    return next((line for line in following if line), "").startswith(">")


def _sureness(text: str, quoted_below: bool) -> Sureness:
    lower = text.casefold()
    # without a colon at the end it needs a verb, and most lines of dashes have none above them
    if text[-1] not in ":：" and lower.isascii() and _FIRST_WORDS.isdisjoint(_WORD.findall(lower)):
        return Sureness.NONE
    numbered = _DIGIT.search(text) is not None
    date, time = (_DATE.search(text), _TIME.search(text) is not None) if numbered else (None, False)
    address = "@" in text and _ADDRESS.search(text) is not None
    if not (date or time or address or quoted_below or _RULED.match(text)):
        return Sureness.NONE
    said = _Said(lower, _last_verb(lower), date, time, address, quoted_below)
    # case folding may change the length of rare letters: then names cannot be looked up in the text itself
    if not _is_attribution(said, text if len(text) == len(lower) else lower.title()):
        return Sureness.NONE
    anchored = _STARTER.match(lower) or _DATE_FIRST.match(lower)
    return Sureness.ANCHORED if anchored and (date or time or address) else Sureness.LOOSE


def _last_verb(lower: str) -> re.Match[str] | None:
    """The verb that ends it, else the last one."""
    verbs: list[re.Match[str]] = []
    if not _FIRST_WORDS.isdisjoint(_WORD.findall(lower)):
        verbs += [verb for word in _WORD.finditer(lower) if word[0] in _FIRST_WORDS
                  for verb in (_SPOKEN_VERB.match(lower, word.start()),) if verb]  # fmt: skip
    if not lower.isascii():
        verbs += _JOINED_VERB.finditer(lower)
    ends = (verb for verb in verbs if _AFTER_LAST_VERB.match(lower, verb.end()))
    return next(ends, verbs[-1] if verbs else None)


def _is_attribution(said: _Said, text: str) -> bool:
    dated = said.date is not None or said.time
    if said.verb is None:
        return _is_without_verb(said)
    if said.verb_ends_it:
        if _RULED.match(text):
            return True
        if not (dated or said.address):
            return said.quoted_below and len(text) < 80 and _is_name_before(text, said.verb.start(), strict=False)
        return said.quoted_below or said.address or _is_name_before(text, said.verb.start(), strict=True)
    if text[-1] not in ":：" or not dated:
        return False
    if said.quoted_below or (said.address and (said.date is not None)):
        return True
    if said.date is not None and said.date.start() < said.verb.start():
        return _STARTER.match(said.text) is not None and _is_name(text[said.verb.end() :].split()[:1], strict=True)
    return said.date is not None and _is_name_before(text, said.verb.start(), strict=True)


def _is_without_verb(said: _Said) -> bool:
    """Some programs write only date, name and address before the colon."""
    if said.text[-1] not in ":：":
        return False
    if _QUOTING.match(said.text):
        return said.quoted_below or said.address
    begun = _STARTER.match(said.text) is not None or _DATE_FIRST.match(said.text) is not None
    if said.date is not None and _ADDRESS_LAST.search(said.text):
        return (said.time and begun) or said.quoted_below
    return said.quoted_below and said.date is not None and (said.address or (begun and said.time))


def _is_name_before(text: str, at: int, *, strict: bool) -> bool:
    return _is_name(text[:at].split()[-1:], strict=strict)


def _is_name(tokens: list[str], *, strict: bool) -> bool:
    """Whether it can be somebody's name: no pronoun; `strict`: not in lower case, where the script has that."""
    word = tokens[0].strip(_EDGES) if tokens else ""
    if not word or word.casefold() in _PERSONAL:
        return False
    return not strict or not word[0].islower()
