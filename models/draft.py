"""A reply that nobody has approved yet, with the source of every claim and the checks it went through."""

from enum import StrEnum

from pydantic import Field, computed_field

from models.message import Address
from models.record import Record, canonical_hash


class Passage(Record):
    """A piece of a knowledge document. `start` and `end` are character offsets in its text."""

    id: str
    document: str
    title: str
    heading: str = ""
    text: str
    start: int = 0
    end: int = 0
    language: str = "und"
    score: float = 0.0


class Citation(Record):
    """`claim` (a sentence of the draft) rests on `quote` (a span of `document`, verbatim)."""

    claim: str
    document: str
    passage: str
    quote: str


class Verdict(StrEnum):
    PASS = "pass"
    WARN = "warn"
    BLOCK = "block"


class Check(Record):
    """One check of a draft. `evidence` is the span of the draft that it speaks of."""

    name: str
    verdict: Verdict
    message: str = ""
    evidence: str = ""


class Provenance(Record):
    """Where a draft came from. `latency` in seconds, `cost` in US dollars."""

    provider: str
    model: str
    prompt_version: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    latency: float = 0.0
    fell_back_from: tuple[str, ...] = ()
    """Providers that were asked before and failed, with the reason: `"gpt: timed out after 30 s"`."""


class DraftPurpose(StrEnum):
    ANSWER = "answer"
    ASK = "ask"
    """Asks the customer for a required field."""
    NO_ANSWER = "no_answer"
    """Says that a colleague will answer, since the knowledge does not hold it."""
    HANDOVER = "handover"
    """Nothing is written: a person takes over and may write the reply."""


class Draft(Record):
    """`body` is plain text in the customer's language, without signature or quoted history.

    Those stand below it, as `signature` and `history`: None in a draft that was written before they were shown.
    """

    purpose: DraftPurpose = DraftPurpose.ANSWER
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    subject: str
    body: str
    signature: str | None = None
    history: str | None = None
    """Left away when the policy approves the draft."""
    language: str = "und"
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    """What retrieval offered to the writer; citations point into it."""
    checks: tuple[Check, ...] = ()
    provenance: Provenance
    confidence: float = Field(default=0.0, ge=0, le=1)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shown_hash(self) -> str:
        """Hash of exactly what a reviewer sees and approves: addresses, subject, body, and what stands below it."""
        addresses = [str(a) for a in (self.sender, *self.to)] + ["cc"] + [str(a) for a in self.cc]
        below = [part for part in (self.signature, self.history) if part is not None]
        return canonical_hash([addresses, self.subject, self.body, *below])

    @property
    def blocked(self) -> bool:
        return any(check.verdict is Verdict.BLOCK for check in self.checks)
