"""Check 'cited': every claim rests on a quote that really stands in the passage it names, and says what that says."""

from collections.abc import Iterator

from ml.large.evidence import Evidence, blocked, normal, passed, warned, worst
from ml.large.words import stems
from models.draft import Check, Citation, DraftPurpose

NAME = "cited"
SUPPORT = 0.5
"""Share of a claim's informative words that its quotes must hold. Set by hand: half of a paraphrase is new words."""
LEAST_QUOTE_WORDS = 3


def check_cited(evidence: Evidence) -> Check:
    """PASS, or the gravest finding. Only answers make claims; a question or a no-answer is the company's own text."""
    findings = [finding for claim in evidence.claims if (finding := _finding(claim, evidence)) is not None]
    if evidence.written.purpose is DraftPurpose.ANSWER and not evidence.claims:
        findings.append(blocked(NAME, "The draft is meant as an answer but says nothing of its own."))
    return worst(findings, passed(NAME, f"All {len(evidence.claims)} claims rest on quotes from the knowledge."))


def _finding(claim: str, evidence: Evidence) -> Check | None:
    citations = [c for c in evidence.written.citations if _speaks_of(c, claim)]
    if not citations:
        return blocked(NAME, "This sentence cites no source.", claim)
    false = next((c for c in citations if not _is_verbatim(c, evidence)), None)
    if false is not None:
        return blocked(NAME, f"The quote given for this sentence does not stand in {false.document}.", false.quote)
    return next(_support(claim, citations, evidence), None)


def _support(claim: str, citations: list[Citation], evidence: Evidence) -> Iterator[Check]:
    quotes = " ".join(citation.quote for citation in citations)
    if normal(claim) in normal(quotes):
        return
    said = stems(claim)
    languages = {evidence.passages[citation.passage].language for citation in citations}
    if evidence.written.language not in languages | {"und"} and "und" not in languages:
        yield warned(NAME, "The source of this sentence is in another language: compare them.", claim)
    elif said and len(said & stems(quotes)) < SUPPORT * len(said):
        yield blocked(NAME, "The quote given for this sentence says something else.", claim)


def _speaks_of(citation: Citation, claim: str) -> bool:
    return bool(claim) and (normal(claim) in normal(citation.claim) or normal(citation.claim) == normal(claim))


def _is_verbatim(citation: Citation, evidence: Evidence) -> bool:
    passage = evidence.passages.get(citation.passage)
    if passage is None or passage.document != citation.document:
        return False
    quote, text = normal(citation.quote), normal(passage.text)
    return quote in text and (len(quote.split()) >= LEAST_QUOTE_WORDS or quote == normal(citation.claim))
