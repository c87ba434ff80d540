"""A category of mail: what it is, how risky an answer is, and what an answer needs to know."""

from enum import StrEnum

from pydantic import Field

from models.record import Record
from models.rollout import Phase


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RequiredField(Record):
    """A fact without which no useful answer can be given, found in mail by `pattern` (a regex)."""

    name: str
    pattern: str
    ask: dict[str, str] = Field(default_factory=dict)
    """How the field is called in a question to the customer, by language: `{"en": "serial number"}`."""


class Category(Record):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    title: str = ""
    description: str
    examples: tuple[str, ...] = ()
    risk: Risk = Risk.MEDIUM
    required: tuple[str, ...] = ()
    """Names of required fields, defined under `[fields]`."""
    reply: str = "default.txt.j2"
    """File in templates/replies/ (or the `templates` folder beside mailstage.toml)."""
    highest_phase: Phase = Phase.CONVERSE
    threshold: float | None = Field(default=None, ge=0, le=1)
    """Probability under which a person is asked; None takes the one that training chose."""
