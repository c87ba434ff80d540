"""The messages of a thread as a page shows them: new words first, quotations and very long texts folded."""

from dataclasses import dataclass
from datetime import datetime

from models.message import UNSEEN_CHARACTERS, UNSEEN_TEXT, Message
from store.turns import NumberedTurn

FIRST_SIGHT = 4_000
"""Characters that are shown before the fold; about two screens."""
FOLDED = 20_000
"""Characters behind the fold, for the messages around the one that is asked about; the rest has a page of its own."""


@dataclass(frozen=True)
class TurnView:
    """One message on the page. `text` is seen at once, `rest` and `quoted` are folded, `cut` says that more exists."""

    id: int
    message: Message
    ours: bool
    at: datetime
    asked_about: bool
    text: str
    rest: str
    quoted: str
    cut: bool

    @property
    def flagged(self) -> bool:
        """Not for hidden text alone: every newsletter hides a preview line, and `warnings` tell of what hides more."""
        return bool(self.message.trust.warnings or self.message.trust.reply_to_differs)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Warnings but for those about hidden text, which is shown by itself."""
        return tuple(one for one in self.message.trust.warnings if one not in (UNSEEN_TEXT, UNSEEN_CHARACTERS))


def view_turn(numbered: NumberedTurn, asked_about: int | None = None) -> TurnView:
    """`asked_about` is the row id of the message that the review is about; that one is kept whole."""
    message, whole = numbered.turn.message, numbered.message_id == asked_about
    new, quoted = split_quoted(message)
    text, rest = fold(new)
    allowed = len(new) if whole else FOLDED
    return TurnView(
        id=numbered.message_id,
        message=message,
        ours=numbered.turn.ours,
        at=numbered.turn.at,
        asked_about=whole,
        text=text,
        rest=rest[:allowed],
        quoted=quoted[:FOLDED],
        cut=len(rest) > allowed or len(quoted) > FOLDED,
    )


def split_quoted(message: Message) -> tuple[str, str]:
    """What the sender newly wrote, and what they quoted (the whole text where the two are interleaved)."""
    whole = message.text.strip()
    new = message.reply_text.strip() or whole
    if whole.startswith(new):
        return new, whole[len(new) :].strip()
    return new, whole


def fold(text: str) -> tuple[str, str]:
    """Cuts at the last end of a line before FIRST_SIGHT."""
    if len(text) <= FIRST_SIGHT * 5 // 4:
        return text, ""
    cut = text.rfind("\n", FIRST_SIGHT // 2, FIRST_SIGHT) + 1 or FIRST_SIGHT
    return text[:cut], text[cut:]
