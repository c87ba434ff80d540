"""What a draft says and what it may rest on, laid side by side once for all checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ml.large.sentences import plain, sentences
from models.conversation import Turn
from models.draft import Check, Citation, DraftPurpose, Passage, Verdict
from models.message import Message
from models.settings import Company


class Drafted(Protocol):
    """What the checks read of a draft; `Written` and `Draft` both have it."""

    @property
    def purpose(self) -> DraftPurpose: ...
    @property
    def body(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def citations(self) -> tuple[Citation, ...]: ...
    @property
    def passages(self) -> tuple[Passage, ...]: ...


@dataclass(frozen=True)
class Evidence:
    """The draft, the mail and thread it answers, and the sentences (`own_text`) that templates put into it."""

    written: Drafted
    message: Message
    turns: Sequence[Turn]
    company: Company
    own_text: frozenset[str]

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """Sentences of the body that are not the company's own, as plain text."""
        found = (plain(span.text) for span in sentences(self.written.body))
        return tuple(text for text in found if text not in self.own_text and not self._is_own_line(text))

    @cached_property
    def passages(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.written.passages}

    @cached_property
    def source_text(self) -> str:
        """The passages as the customer could read them, with titles and headings."""
        return "\n".join(f"{p.title}\n{p.heading}\n{p.text}" for p in self.written.passages)

    @cached_property
    def thread_text(self) -> str:
        """What the customer and we have written in this thread."""
        messages = (self.message, *(turn.message for turn in self.turns))
        parts = (f"{m.subject}\n{m.text}\n{m.reply_text}\n{' '.join(a.text for a in m.attachments)}" for m in messages)
        return "\n".join(parts)

    @cached_property
    def participants(self) -> frozenset[str]:
        """Every address in the thread's own headers, lower case."""
        messages = (self.message, *(turn.message for turn in self.turns))
        people = (person for m in messages for person in (m.sender, *m.reply_to, *m.to, *m.cc))
        return frozenset(person.address.lower() for person in people if person.address)

    def _is_own_line(self, text: str) -> bool:
        """A template line that was cut into several sentences, or whose cut differs by a full stop."""
        return any(text in own for own in self.own_text) if len(text.split()) > 2 else text.rstrip(".") in self.own_text


def passed(name: str, message: str = "") -> Check:
    return Check(name=name, verdict=Verdict.PASS, message=message)


def warned(name: str, message: str, evidence: str = "") -> Check:
    return Check(name=name, verdict=Verdict.WARN, message=message, evidence=evidence[:300])


def blocked(name: str, message: str, evidence: str = "") -> Check:
    return Check(name=name, verdict=Verdict.BLOCK, message=message, evidence=evidence[:300])


def worst(checks: Sequence[Check], otherwise: Check) -> Check:
    """The gravest finding, the first of equals; `otherwise` when there is none."""
    order = {Verdict.PASS: 0, Verdict.WARN: 1, Verdict.BLOCK: 2}
    return max(checks, key=lambda check: order[check.verdict], default=otherwise)


def normal(text: str) -> str:
    """Plain text in lower case with single blanks, for comparing a quote with its passage."""
    return plain(text).casefold()
