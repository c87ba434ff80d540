"""Whether the mail of today is still the mail that the model learned from."""

from typing import Literal

from pydantic import Field

from models.record import Record

FigureName = Literal["confidence", "out_of_scope", "mix", "asked"]


class Reference(Record):
    """What models that had not seen a training row said of all of them: what a stream is compared with."""

    n: int
    confidence: tuple[float, ...]
    """Probability of the best category, as quantiles at even steps, rising."""
    shares: dict[str, float]
    """Of the mail that was held to be in scope, by category."""
    outside: float
    """Share that was held to be out of scope."""
    asked: dict[str, float]
    """Share that a person would have been asked about, by wished precision."""


class Figure(Record):
    """One of the comparisons. `effect` is the Kolmogorov-Smirnov distance, the population stability index, or the
    difference of two shares; `p` is corrected for the number of comparisons."""

    name: FigureName
    category: str = ""
    """Of the mix: the category whose share changed most."""
    training: float
    """Median confidence, or share; of the mix that of `category` in the mailbox's own earlier mail."""
    stream: float
    effect: float
    p: float = Field(ge=0, le=1)
    alarm: bool
    sentence: str


class Drift(Record):
    """Of one mailbox: the newest `n` mails that the model of `version` has sorted, against its training."""

    mailbox: str
    version: str
    n: int
    figures: tuple[Figure, ...] = ()
    why: str = ""
    """Why nothing could be compared, as a sentence; empty where it was."""

    @property
    def alarm(self) -> bool:
        return any(figure.alarm for figure in self.figures)

    @property
    def sentence(self) -> str:
        """What a person should know, in one line."""
        if self.why:
            return self.why
        if not self.alarm:
            return f"the last {self.n} mails are like those that the model learned from"
        told = [figure for figure in self.figures if figure.alarm]
        # what has come in more or less often than before is where a person looks first
        told += [figure for figure in self.figures if figure.category and not figure.alarm]
        said = "; ".join(figure.sentence for figure in told)
        return f"the last {self.n} mails are not like those that the model learned from: {said}"
