"""What a large model says of mail that the small one is not sure of, and what people made of such answers."""

from enum import StrEnum

from pydantic import Field, NonNegativeInt

from models.record import Record


class Opinion(Record):
    """What a person is shown beside the small model's guess; `category` is None for none of ours."""

    category: str | None
    model: str
    """Provider, model and version of the prompt with its categories, as `local/gemma/3f9c2ab81d40`."""

    @property
    def sentence(self) -> str:
        return f"A large model says: {self.category or 'none of the categories'} ({self.model})"


class Stratum(StrEnum):
    """Where the small model guessed the same, an answer is right more often: the two have records of their own."""

    AGREES = "agrees"
    DIFFERS = "differs"


def stratum_of(category: str, guess: str | None) -> Stratum:
    """`guess` is what the small model held for likeliest; None where it took the mail for none of ours."""
    return Stratum.AGREES if category == guess else Stratum.DIFFERS


class Judgement(Record):
    """A question that the large model was asked as well as a person: the `category` it named, and whether that was
    the person's too."""

    stratum: Stratum
    category: str
    right: bool
    wording: str | None = None
    """Equal for mails of one wording."""
    audit: bool = False
    """It would have answered without a person, and a person was asked by lot."""


class TrackRecord(Record):
    """What the large model has earned in one stratum, on `n` distinct wordings since it last had to begin anew; from
    when it answers, audits alone are counted."""

    stratum: Stratum
    n: NonNegativeInt = 0
    right: NonNegativeInt = 0
    lower: float = Field(default=0.0, ge=0, le=1)
    """One-sided lower bound of the share of right answers, at the level of the look that proved it or of the next."""
    needed: float = Field(ge=0, le=1)
    answers: bool = False
    """It may answer without a person."""
    next_look: int | None = None
    """The `n` at which it is looked at again whether it may; None where it does already, or never can."""

    @property
    def share(self) -> float:
        """Probability that its next answer is right: the rule of succession (Laplace 1774)."""
        return (self.right + 1) / (self.n + 2)
