"""Decides what happens to a categorised mail: filed, drafted, or handed to a person. Pure; no I/O."""

from dataclasses import dataclass

from ml.small.tone.signals import Signals
from models.case import Stage
from models.category import Category
from models.rollout import Phase


@dataclass(frozen=True)
class Route:
    """`to` is `drafted` when a draft should be written, else where the case goes at once."""

    to: Stage
    reason: str


def route(phase: Phase, category: Category | None, signals: Signals, *, overtaken: bool, with_person: bool) -> Route:
    """The first rule that fits wins."""
    if phase is Phase.CATEGORIZE:
        return Route(Stage.FILED, "sorted; this mailbox is in phase 1")
    if overtaken:
        return Route(Stage.FILED, "a later message of the same conversation is answered instead")
    if with_person:
        return Route(Stage.ESCALATED, "a person has taken over this conversation")
    if danger := danger_in(signals):
        return Route(Stage.ESCALATED, danger)
    if category is None:
        return Route(Stage.ESCALATED, "its category is no longer in mailstage.toml")
    if category.highest_phase is Phase.CATEGORIZE:
        return Route(Stage.ESCALATED, f"replies to {category.title or category.name} are written by people")
    return Route(Stage.DRAFTED, "")


def danger_in(signals: Signals) -> str:
    """Why a person must take over, or nothing."""
    if signals.legal_threat:
        return "a legal threat"
    if signals.injection:
        return "it holds instructions aimed at a model"
    if signals.others_data:
        return f"it asks for data of somebody else ({signals.others_data[0]!r})"
    if signals.angry:
        return "the customer is angry"
    if signals.escalate_words:
        return f"it holds the word {signals.escalate_words[0]!r}"
    return ""
