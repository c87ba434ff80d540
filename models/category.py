"""A category of mail: what it is, how risky an answer is, and what an answer needs to know."""

import re
from enum import StrEnum

from pydantic import Field, field_validator

from models.record import Record
from models.rollout import Phase

NO_CATEGORY = "none"
"""What a person says where none of the categories is right; so no category can be called that."""


_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")


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
    name: str
    """2 to 41 small letters, digits and `_`, a letter first."""
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

    @field_validator("name")
    @classmethod
    def _is_one(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError(
                f"{value!r} cannot be a name: take 2 to 41 of a-z, 0-9 and _, a letter first, and a `title` for people"
            )
        if value == NO_CATEGORY:
            raise ValueError(f"{value!r} is what people answer for mail of no category: choose another name")
        return value
