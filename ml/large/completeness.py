"""Check 'complete': every question and request of the mail is answered, so that nothing is promised to a colleague
who will never see it.

Coverage of each question by the claims and the headings of their sources; a writer's own word counts only against it.
"""

from collections.abc import Sequence

from ml.large.asking import Asked, asked
from ml.large.evidence import Evidence, passed, warned
from ml.large.synonyms import widened
from ml.large.words import opening, stems
from models.draft import Check, DraftPurpose

NAME = "complete"
LEAST_COVERED = 0.34
"""Share of a question's informative words that the answer must hold, just over a third. Customers and help pages use
other words: a higher bar would call good answers incomplete (at this one, 11 of 62 right ones)."""


def check_complete(evidence: Evidence, left_open: Sequence[str]) -> Check:
    """WARN with the first open question as evidence; PASS when all are answered, or when the draft asks back."""
    purpose = evidence.written.purpose
    if purpose is DraftPurpose.ASK:
        return passed(NAME, "The draft asks for what an answer needs.")
    request = evidence.message.request
    questions = asked(evidence.message.subject, request)
    if purpose is not DraftPurpose.ANSWER:
        first = questions[0].text if questions else evidence.message.subject
        return warned(NAME, "The draft answers nothing; a person has to.", first)
    if rest := request.removeprefix(opening(request)).strip():
        return warned(NAME, "The mail is longer than what is searched for questions; a person has to read it.", rest)
    open_questions = [*left_open, *(question.text for question in questions if not _is_answered(question, evidence))]
    if open_questions:
        return warned(NAME, "A question of the mail stays open, and nobody else will see it.", open_questions[0])
    return passed(NAME, f"All questions of the mail are answered ({len(questions)}).")


def _is_answered(question: Asked, evidence: Evidence) -> bool:
    """Across languages words cannot be compared: there the check 'language' speaks."""
    if evidence.written.language != evidence.message.language:
        return True
    wanted = _matter(question.core) or _matter(f"{question.subject} {question.about}")
    used = {citation.passage for citation in evidence.written.citations}
    sources = (evidence.passages[name] for name in used if name in evidence.passages)
    headings = " ".join(f"{passage.title} {passage.heading}" for passage in sources)
    said = widened(stems(f"{' '.join(evidence.claims)} {headings}"))
    return len(wanted & said) >= LEAST_COVERED * len(wanted)


def _matter(text: str) -> frozenset[str]:
    """Informative stems without bare numbers, which the customer mostly gives."""
    return frozenset(stem for stem in stems(text) if not stem.isdigit())
