"""What a message is about, how sure we are of it, and who said so."""

from enum import StrEnum

from pydantic import Field

from models.record import Record


class DecidedBy(StrEnum):
    RULE = "rule"
    LINEAR = "linear"
    ENCODER = "encoder"
    LLM = "llm"
    HUMAN = "human"


class Alternative(Record):
    category: str
    probability: float = Field(ge=0, le=1)


class Tone(Record):
    """Calibrated probabilities, see `ml.small.tone.probabilities`; neither pleased nor displeased is what is left."""

    urgent: float = Field(ge=0, le=1)
    negative: float = Field(ge=0, le=1)
    positive: float = Field(ge=0, le=1)


class Consultation(Record):
    """What the record of a large model asks of a mail that it was consulted about."""

    wording: str = ""
    """Hash of the words, names and numbers apart; empty where it was not taken."""
    audit: bool = False
    """It would have answered without a person, and a person was asked by lot."""


class Classification(Record):
    """`probability` is calibrated: of all answers given with 0.9, nine in ten should be right.

    Without a category it is that of being out of scope, which may be small: the cut lies where 95% of the mail in scope
    passes, not at one half.
    """

    category: str | None
    probability: float = Field(ge=0, le=1)
    alternatives: tuple[Alternative, ...] = ()
    """The runners-up, most probable first."""
    urgency: float = Field(default=0.0, ge=0, le=1)
    """Score of the word lists, from nothing pressing to many pressing words: no probability, that is `tone.urgent`."""
    sentiment: float = Field(default=0.0, ge=-1, le=1)
    """Score of the word lists, from displeased to pleased: no probability, those are in `tone`."""
    tone: Tone | None = None
    """Calibrated, unlike the two scores; None where the tone was not read."""
    decided_by: DecidedBy = DecidedBy.LINEAR
    model_version: str = ""
    abstained: bool = False
    why: str = ""
    """Why it abstained, or which rule decided, as a sentence."""
    milliseconds: float = Field(default=0.0, ge=0)
    """Time that the answer took: that of its batch divided by the mails in it."""
    cost: float = Field(default=0.0, ge=0)
    """US dollars; steps on this machine cost none."""
    consultation: Consultation | None = None
    """Of a large model's answer alone."""

    @property
    def is_opinion(self) -> bool:
        """A large model was asked and did not decide: it has not earned that, or it gave no answer."""
        return self.decided_by is DecidedBy.LLM and self.abstained

    @property
    def foreign(self) -> bool:
        """A model holds it to be unlike all mail that it knows; the alternatives are what it is least unlike."""
        return self.category is None and bool(self.alternatives)
