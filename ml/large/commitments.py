"""Checks 'commitments', 'injection' and 'html': what a draft must not promise, obey or carry.

A promise is no fault when a source makes it in the same words; a promise that the writer adds binds the company.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from ml.large.evidence import Evidence, blocked, normal, passed, warned, worst
from ml.large.sentences import sentences
from ml.large.words import fold, words
from ml.small.tone.injection import find_injection
from models.draft import Check
from models.message import UNSEEN_TEXT, Message

COMMITMENTS = "commitments"
INJECTION = "injection"
HTML = "html"

_MONEY = re.compile(
    r"\b(?:we|i) (?:will|'ll|shall|can|are going to|have|'ve) (?:\w+ ){0,3}(?:refund|reimburs|"
    r"compensat|credit|pay (?:you )?back|waive|replac)\w*"
    r"|\byou (?:will|'ll|shall) (?:\w+ ){0,2}(?:receive|get|be (?:refund|compensat|reimburs))\w*"
    r"(?: \w+){0,4} ?(?:refund|compensat|voucher|credit|discount|money|free)?"
    r"|\b(?:full|partial|immediate) (?:refund|compensation)|\b(?:voucher|discount|goodwill) (?:of|worth)"
    r"|\bfree of charge|\bas (?:a )?(?:compensation|goodwill)"
    r"|\bwir (?:erstatten|ersetzen|entschadigen|schenken|erlassen|uberweisen|zahlen)"
    r"|\bsie (?:erhalten|bekommen) (?:\w+ ){0,4}(?:erstattung|geld|gutschrift|gutschein|entschadigung|rabatt)"
    r"|\bnous (?:vous )?(?:rembours|remplac|dedommag|offr|indemnis)\w*"
    r"|\bvous (?:recevrez|serez) (?:\w+ ){0,4}(?:rembours|avoir|indemn|dedommag)\w*"
    r"|\b(?:le|les) (?:reembols|devolver|compensar|indemnizar|sustituir)\w*"
    r"|\brecibira (?:\w+ ){0,4}(?:reembolso|compensacion|vale|descuento)"
    r"|\b(?:wij|we) (?:vergoeden|betalen|vervangen|compenseren|schenken)"
    r"|\bu (?:krijgt|ontvangt) (?:\w+ ){0,4}(?:geld|vergoeding|terugbetaling|tegoedbon|korting|compensatie)"
)
_LEGAL = re.compile(
    r"\b(?:our|my) (?:fault|mistake|negligence|liability)"
    r"|\bwe (?:are|were) (?:\w+ )?(?:liable|responsible|at fault|to blame|in breach|negligent)"
    r"|\bwe (?:admit|accept) (?:\w+ )?(?:liability|fault|guilt|responsibility)"
    r"|\b(?:unser|mein) (?:fehler|verschulden|versaumnis)"
    r"|\bwir (?:haften|sind (?:\w+ )?(?:haftbar|schuld|verantwortlich))|\bnotre (?:faute|responsabilite|erreur)"
    r"|\bnous sommes (?:\w+ )?(?:responsables|fautifs)"
    r"|\b(?:nuestra) (?:culpa|responsabilidad)|\bsomos (?:\w+ )?responsables"
    r"|\b(?:onze|mijn) (?:fout|schuld|aansprakelijkheid)"
    r"|\b(?:wij|we) zijn (?:\w+ )?(?:aansprakelijk|verantwoordelijk)"
)
_CERTAIN = re.compile(
    r"\bguarantee[ds]?\b|\b(?:we|i) promise"
    r"|\bby (?:tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|\b(?:tomorrow|tonight|at the latest)\b|\bmake an exception|\bexceptionally\b"
    r"|\bgarantier\w*|\b(?:wir|ich) (?:versprech|sicher\w* zu|sag\w* zu)\w*"
    r"|\b(?:bis|spatestens) (?:morgen|montag|dienstag|mittwoch|donnerstag|freitag)|\bausnahmsweise\b"
    r"|\b(?:nous|je) (?:promet|garanti|assur)\w*|\b(?:demain|au plus tard)\b|\bexceptionnellement\b"
    r"|\b(?:le|les) (?:garantiz|prometemos|aseguram)\w*|\b(?:manana|a mas tardar)\b|\bexcepcionalmente\b"
    r"|\b(?:wij|we|ik) (?:garander|belov|verzeker)\w*|\b(?:morgen|uiterlijk)\b|\bbij uitzondering\b"
)

_MARKUP = re.compile(
    r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<!--|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});|!?\[[^\]\n]+\]\([^)\n]+\)",
    re.IGNORECASE,
)
_SHARED_WORDS = 6
"""Words in a row that a draft and an injected instruction share only by obeying or quoting it."""


def check_commitments(evidence: Evidence) -> Check:
    """BLOCK for money and admissions, WARN for guarantees, unless a source says the same words."""
    sources = fold(normal(evidence.source_text))
    findings: list[Check] = []
    for claim in evidence.claims:
        said = fold(claim)
        if fold(normal(claim)) in sources:
            continue
        for pattern, finding, what in (
            (_MONEY, blocked, "promises money or a replacement"),
            (_LEGAL, blocked, "admits fault or liability"),
            (_CERTAIN, warned, "promises a date, a guarantee or an exception"),
        ):
            if (match := pattern.search(said)) and match[0] not in sources:
                findings.append(finding(COMMITMENTS, f"This sentence {what} that no source gives.", claim))
    return worst(findings, passed(COMMITMENTS, "The draft promises nothing that its sources do not."))


def check_injection(evidence: Evidence) -> Check:
    """BLOCK when the draft carries traces of an instruction, WARN when a mail holds one, or hides text from its reader.

    The preview line that every newsletter hides is no reason for either, unless it reads like an instruction.
    """
    customers = [evidence.message, *(turn.message for turn in evidence.turns if not turn.ours)]
    found = [(message, find_injection(message)) for message in customers]
    answer = " ".join(evidence.claims)
    echoes = find_injection(Message(text=answer)) if fold(answer) not in fold(evidence.source_text) else ()
    if echoes:
        return blocked(INJECTION, "The draft itself reads like an instruction to a model.", echoes[0])
    hidden = [m.hidden_text for m, commands in found if m.hidden_text.strip() and (commands or m.trust.hides_text)]
    if shared := next(_shared(answer, [*_planted(found), *hidden], evidence.source_text), None):
        return blocked(INJECTION, "The draft repeats an instruction that was planted in the mail.", shared)
    if commands := [span for _, spans in found for span in spans]:
        return warned(INJECTION, "The mail holds an instruction aimed at a model.", commands[0])
    if hidden:
        return warned(INJECTION, UNSEEN_TEXT, " ".join(hidden[0].split()))
    return passed(INJECTION, "No instruction to a model was found in the mail.")


def check_html(evidence: Evidence) -> Check:
    """BLOCK for markup, control characters and invisible characters: a draft is plain text."""
    body = evidence.written.body
    if match := _MARKUP.search(body):
        return blocked(HTML, "The draft holds markup; a reply is plain text.", match[0])
    if found := next((char for char in body if _is_unprintable(char)), ""):
        return blocked(HTML, f"The draft holds the unprintable character U+{ord(found):04X}.", repr(found))
    return passed(HTML, "The draft is plain text.")


def _planted(found: Iterable[tuple[Message, Sequence[str]]]) -> Iterator[str]:
    """Each sentence with an instruction to a model, and the one after it, which often says the rest."""
    for message, commands in found:
        said = [span.text for span in sentences(message.text or message.reply_text)]
        for here, after in zip(said, [*said[1:], ""], strict=False):
            if any(command in here or here in command for command in commands):
                yield f"{here} {after}"


def _is_unprintable(char: str) -> bool:
    """Control, format (zero width, right to left) and private characters; line ends and tabs are fine."""
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn")


def _shared(answer: str, planted: Iterable[str], sources: str) -> Iterator[str]:
    """Runs of words that the answer shares with planted text and not with the sources."""
    said, known = words(answer), f" {' '.join(words(sources))} "
    runs = {" ".join(said[i : i + _SHARED_WORDS]) for i in range(len(said) - _SHARED_WORDS + 1)}
    for text in planted:
        told = words(text)
        for i in range(len(told) - _SHARED_WORDS + 1):
            run = " ".join(told[i : i + _SHARED_WORDS])
            if run in runs and f" {run} " not in known:
                yield run
