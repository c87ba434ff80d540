"""What a mail asks: its questions and requests, each with what it is about, apart from what the customer only tells.

A serial number that the customer GIVES must not be answered with where serial numbers are printed. So sentences that
hand over identifiers are left out, and other statements only lend their words to the question that follows them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ml.large.sentences import sentences
from ml.large.words import fold, informative, opening

CONTEXT_SENTENCES = 3
"""Statements before a question that may say what it is about."""
LEAST_SUBSTANCE = 2
"""Informative words from which a question speaks for itself; "What can I do?" has none."""

_REQUEST = re.compile(
    r"\b(?:please|kindly|could you|can you|would you|i(?: woul|')d (?:really )?(?:like|love|prefer|need)|i want|we want"
    r"|i need|we need|we would like|let me know|tell me|i wonder|i was wondering|asking (?:if|whether|for)"
    r"|bitte|konnten sie|konnen sie|kannst du|konntet ihr|mochte|mochten|wurde gern\w*|hatte gern\w*|brauche"
    r"|je voudrais|j'aimerais|je souhait\w+|nous souhait\w+|nous voudrions|merci de|veuillez|pouvez-vous"
    r"|pourriez-vous|j'ai besoin|je veux|s'il vous plait|dites-moi"
    r"|quiero|queria|quisiera|me gustaria|nos gustaria|necesito|podrian?|pueden|por favor|digame|querria"
    r"|graag|kunt u|kun je|kunnen jullie|wil ik|ik wil|ik zou|zou u|alstublieft|alsjeblieft|ik heb \w+ nodig)\b"
)
_NO_REQUEST = re.compile(
    r"\b(?:please find|attached|looking forward|freue mich|im voraus|d'avance|de antemano|bij voorbaat|anbei|ci-joint"
    r"|adjunto|bijgevoegd)\b"
)
_AND = re.compile(
    r",?\s+(?:and|or|und|oder|et|ou|y|o|en|of)\s+(?=(?:when|how|what|where|which|who|why|until|can|do|does|is|are|will"
    r"|wann|wie|was|wo|welche\w?|wer|warum|bis wann|kann|ist"
    r"|quand|comment|combien|où|quel\w*|qui|pourquoi|puis-je|est-ce|en combien"
    r"|cuándo|cómo|cuánto\w?|dónde|qué|cuál|quién|puedo|hay"
    r"|wanneer|hoe|wat|waar|welke?|wie|waarom|kan)\b)",
    re.IGNORECASE,
)
"""Where one sentence asks a second thing."""
_CONDITION = re.compile(
    r"(?:^|,|\s)\s*(?:if|when i|while|because|wenn|falls|weil|lorsque|parce que|cuando yo|porque|als ik|omdat)\s[^,?]+",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"\b[A-Za-z]{1,4}\d?-(?=[\d-]*\d{4})[\d-]+\b|\b\d{5,}\b")
_MODEL = re.compile(r"[A-Za-z]+\d")
_HANDED_OVER = re.compile(r"\b\w*(?:serial|number|nummer|numero|invoice|rechnung|facture|factura|factuur|iban)\w*\b")


@dataclass(frozen=True)
class Asked:
    """`text` is the customer's sentence, `core` what it asks, `subject` and `about` what it speaks of; `bare` when the
    core says nothing without that."""

    text: str
    core: str
    subject: str
    about: str
    bare: bool


def asked(subject: str, text: str) -> list[Asked]:
    """Questions and requests in the opening of `text`, in order; the mail as a whole where there is none."""
    said = [" ".join(span.text.split()) for span in sentences(opening(text))]
    said = [sentence for sentence in said if informative(sentence) or "?" in sentence]
    subject = without_identifiers(opening(subject))
    found, before = list[Asked](), list[str]()
    for sentence in said:
        if is_asking(sentence):
            for clause in _clauses(sentence):
                found.append(_asked(clause, subject, before))
                before.append(found[-1].core)
        elif not _hands_over(sentence):
            before.append(without_identifiers(sentence))
    if not found:
        whole = "\n\n".join(before[:CONTEXT_SENTENCES]) or subject
        return [Asked(whole, whole, subject, "", False)] if whole else []
    return _distinct(found)


def is_asking(sentence: str) -> bool:
    """True for a question and for a request, in any of the languages: mail mixes them."""
    folded = fold(sentence).replace("’", "'")
    return "?" in sentence or (_REQUEST.search(folded) is not None and _NO_REQUEST.search(folded) is None)


def without_identifiers(text: str) -> str:
    """The text without order, serial and invoice numbers; of a serial number its model stays (`K2-0047391` → `K2`)."""
    return _IDENTIFIER.sub(lambda match: model[0] if (model := _MODEL.match(match[0])) else " ", text)


def _clauses(sentence: str) -> list[str]:
    """The sentence, cut where a second question begins."""
    return [part for part in _AND.split(sentence) if part.strip()]


def _hands_over(statement: str) -> bool:
    return _IDENTIFIER.search(statement) is not None and _HANDED_OVER.search(fold(statement)) is not None


def _asked(sentence: str, subject: str, before: Sequence[str]) -> Asked:
    question = without_identifiers(sentence)
    if condition := _CONDITION.search(question):
        question, before = _CONDITION.sub(" ", question, 1), [*before, condition[0]]
    bare = len(set(informative(question))) < LEAST_SUBSTANCE
    return Asked(sentence, question, subject, "\n\n".join(before[-CONTEXT_SENTENCES:]), bare)


def _distinct(found: Sequence[Asked]) -> list[Asked]:
    """Of several bare questions ("Why? What now?") the first stands for all, unless the topic moved on."""
    kept: list[Asked] = []
    for one in found:
        if not (one.bare and any(other.bare and other.about == one.about for other in kept)):
            kept.append(one)
    return kept
