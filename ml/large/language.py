"""Check 'language': the draft is in the customer's language, as far as the company's languages can be told apart."""

from functools import lru_cache
from typing import Any

from ml.large.evidence import Evidence, blocked, passed
from models.draft import Check

NAME = "language"
LEAST_WORDS = 8
"""Under this a guess is worth little: names and product codes outweigh the words."""
SURE = 0.9
"""Probability from which another language blocks. On 2,040 single sentences of the example company's knowledge in five
languages, none was taken for another one at any probability."""


def check_language(evidence: Evidence) -> Check:
    """Judges the claims alone where there are any: the frame around them is in the right language by construction."""
    company = evidence.company.languages
    expected = evidence.message.language if evidence.message.language in company else company[0]
    if evidence.written.language != expected:
        return blocked(NAME, f"The draft is marked as {evidence.written.language}, the customer writes {expected}.")
    text = " ".join(evidence.claims) or evidence.written.body
    if len(text.split()) < LEAST_WORDS or len(company) < 2:
        return passed(NAME, "Too short to tell, or only one language to choose from.")
    found, probability = identify(text, company)
    if found != expected and probability >= SURE:
        return blocked(NAME, f"The draft reads as {found}, the customer writes {expected}.", text[:120])
    return passed(NAME, f"The draft reads as {expected}.")


def identify(text: str, languages: tuple[str, ...]) -> tuple[str, float]:
    """The likeliest of `languages` (two-letter codes) and its probability, float in [0, 1]."""
    name, probability = _identifier(tuple(sorted(languages))).classify(text)
    return str(name), float(probability)


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = [code for code in languages if code in identifier.labels]
    if known:
        identifier.set_languages(known)
    return identifier
