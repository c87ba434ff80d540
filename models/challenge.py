"""A new model beside the one in use: what is measured, what a person is shown before they say yes, what came of it."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from models.record import Record


class Verdict(StrEnum):
    BETTER = "better"
    SAME = "not better"
    WORSE = "worse"


class Standing(Record):
    """How one of two models did on the locked mails. Shares are in [0, 1]."""

    rows: int
    """Mails it was trained on for the comparison."""
    accuracy: float
    coverage: float
    """Share that it answered without a person."""
    precision: float | None
    """Share of those answers that were right; None where it gave none."""
    cost: float
    """Of a mail, in questions to a person: see `ml.small.learning.comparing`."""


class CategoryChange(Record):
    """Right answers before and after; a category of None is mail out of scope."""

    category: str | None
    n: int
    before: int
    after: int


class ChangedAnswer(Record):
    """One locked mail that only one of the two got right. An answer of None says: out of scope."""

    text: str
    label: str | None
    before: str | None
    after: str | None
    right_before: bool


class Comparison(Record):
    """`gained` and `lost` are mails that only the challenger, and only the champion, got right.

    Each p-value is one-sided: how often chance alone would bring about as much, were both models alike.
    """

    n: int
    from_decisions: int
    """Those of the locked mails whose label a reviewer gave since the champion was trained."""
    champion: Standing
    challenger: Standing
    gained: int
    lost: int
    better_p: float = Field(ge=0, le=1)
    worse_p: float = Field(ge=0, le=1)
    cheaper_p: float = Field(ge=0, le=1)
    dearer_p: float = Field(ge=0, le=1)
    look: int = Field(default=1, ge=1)
    """Which comparison it is since the model in use was activated: the more looks, the less each may prove."""
    level: float = 0.025
    """What `better_p` or `cheaper_p` must be under to be no luck, see `ml.small.learning.significance.spent`."""
    wrong_cost: float
    """What a wrong answer counts that nobody was asked about, in questions to a person."""
    cost_low: float
    cost_high: float
    """Ends of the 95% interval of what the challenger costs more (below 0: less) for a mail."""
    verdict: Verdict
    why: str
    """The verdict as a sentence."""
    categories: tuple[CategoryChange, ...] = ()
    examples: tuple[ChangedAnswer, ...] = ()


class Challenge(Record):
    """The payload of a `model` review: exactly what a yes activates, and the evidence for it."""

    why: str
    version: str
    sha256: str
    """Of the challenger's weights: a yes to these, and to no others."""
    champion: str
    """The version in use when the question was asked."""
    rows: int
    """Mails that the challenger learned from, the locked ones among them."""
    changed: int
    """Those that reviewers added or gave another label."""
    comparison: Comparison


class LearningOutcome(StrEnum):
    ASKED = "asked"
    WAITS = "waits"
    """A question about an earlier challenger is still open."""
    TOO_FEW = "too few"
    COMPARED = "compared before"
    REFUSED = "refused"
    """Compared, and not better."""


class LearningReport(Record):
    """What one run of the learning flow came to."""

    outcome: LearningOutcome
    why: str
    changed: int = 0
    comparison: Comparison | None = None
    version: str = ""
    review: int | None = None


class ModelVersion(Record):
    """One version on disk. `accuracy` is cross-validated, in [0, 1]; `note` says what people decided about it."""

    version: str
    trained: date | None
    rows: int
    accuracy: float | None
    in_use: bool
    previous: bool
    note: str = ""


class PastComparison(Record):
    """A comparison that the audit log keeps; the mails in it are left out."""

    at: datetime
    verdict: Verdict
    why: str
    n: int
    changed: int
