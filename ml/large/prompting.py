"""Builds prompts: instructions apart from data, and the data behind fences that it cannot forge.

A fence is named after the hash of what it encloses: text inside cannot know the name it would need to close it
(spotlighting by delimiters, Hines et al., 2024). That lowers the odds of an injection; the checks catch the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ml.large import replies
from models.category import Category
from models.conversation import Turn
from models.draft import Passage
from models.message import Message
from models.record import canonical_hash
from models.settings import Company

PROMPT, SORTING_PROMPT = "draft.j2", "categorize.j2"
MOST_MESSAGE_CHARS = 8_000
MOST_SORTED_CHARS = 4_000
"""As much as the small model reads: the matter stands at the top."""
MOST_TURN_CHARS = 2_000
MOST_TURNS = 6
DIVIDER = "=== DATA ==="


@dataclass(frozen=True)
class Prompt:
    """`system` holds instructions alone; `user` holds data alone."""

    system: str
    user: str


@dataclass(frozen=True)
class _Turn:
    who: str
    text: str


def draft_prompt(
    message: Message,
    turns: Sequence[Turn],
    category: Category | None,
    company: Company,
    language: str,
    passages: Sequence[Passage],
    templates: Path | None,
) -> Prompt:
    """Fills templates/prompts/draft.j2. Raises TemplateError."""
    earlier = [
        _Turn("us" if turn.ours else "customer", turn.message.request[:MOST_TURN_CHARS])
        for turn in [one for one in turns if one.by_person][-MOST_TURNS:]
        if turn.message != message
    ]
    text, forwarded = message.reply_text[:MOST_MESSAGE_CHARS], message.forwarded[:MOST_MESSAGE_CHARS]
    enclosed = [message.subject, text, forwarded, [t.text for t in earlier], [p.text for p in passages]]
    fence = canonical_hash(enclosed)[:24]
    rendered = replies.prompt(
        templates,
        PROMPT,
        company=company.name,
        language=language,
        category=category.description if category else "",
        subject=message.subject[:500],
        text=text,
        forwarded=forwarded,
        turns=earlier,
        passages=passages,
        fence=fence,
        divider=DIVIDER,
    )
    return _parted(rendered)


def category_prompt(
    message: Message, categories: Sequence[Category], company: Company, templates: Path | None
) -> Prompt:
    """Fills templates/prompts/categorize.j2. What the small model guesses is left out: only so is a large one that says
    the same a second opinion. Raises TemplateError."""
    subject, text = message.subject[:500], message.request[:MOST_SORTED_CHARS]
    rendered = replies.prompt(
        templates,
        SORTING_PROMPT,
        company=company.name,
        categories=categories,
        subject=subject,
        text=text,
        fence=canonical_hash([subject, text])[:24],
        divider=DIVIDER,
    )
    return _parted(rendered)


def _parted(rendered: str) -> Prompt:
    system, _, user = rendered.partition(DIVIDER)
    return Prompt(system.strip(), user.strip())
