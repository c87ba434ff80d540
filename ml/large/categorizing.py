"""Asks a large model which category a mail belongs to: one of those it is given or none, and nothing else.

So whatever a mail says to the model, at worst it gets a category of ours that is not its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model

from ml.large import replies
from ml.large.llm import ask
from ml.large.prompting import SORTING_PROMPT, category_prompt
from models.category import Category
from models.message import Message
from models.record import canonical_hash
from models.settings import Company, Provider


@dataclass(frozen=True)
class Named:
    """`category` is None for none of ours; `cost` in US dollars, `latency` in seconds."""

    category: str | None
    cost: float
    latency: float


def sorting_version(provider: Provider, categories: Sequence[Category], templates: Path | None) -> str:
    """What an answer came from, and what its record counts for: `provider/model/` and 12 hex digits over the prompt
    and what it says of the categories, since right answers to other choices prove nothing. Raises TemplateError."""
    told = sorted((one.name, one.description) for one in categories)
    asked = canonical_hash([replies.version(templates, "prompts", SORTING_PROMPT), told])
    return f"{provider.name}/{provider.model}/{asked[:12]}"


def name_category(
    provider: Provider, message: Message, categories: Sequence[Category], company: Company, templates: Path | None
) -> Named:
    """Raises what `ml.large.llm.ask` does, ModelAnswerInvalid also for a category that was not asked about, and
    TemplateError."""
    prompt = category_prompt(message, categories, company, templates)
    answer = ask(provider, prompt.system, prompt.user, _form([one.name for one in categories]))
    return Named(answer.value.model_dump()["category"], answer.cost, answer.latency)


def _form(names: Sequence[str]) -> type[BaseModel]:
    """A record of one field; its schema, which the model is shown, lists the names."""
    one_of: Any = Literal[tuple(names)]
    return create_model("Category", __config__=ConfigDict(extra="forbid"), category=(one_of | None, ...))
