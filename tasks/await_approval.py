"""The approval between two phases.

Nobody sleeps here: what is not decided is simply not picked up by the next phase. This step withdraws the questions
that reality has overtaken and says how many still wait.
"""

from collections.abc import Sequence

from models.review import ReviewKind
from store.overtaken import withdraw_overtaken
from store.reviews import waiting
from tasks.workplace import Workplace


def await_approval(place: Workplace, mailbox: str, kinds: Sequence[ReviewKind]) -> int:
    """How many questions of these kinds wait for a person."""
    withdraw_overtaken(place.store, mailbox)
    return len(waiting(place.store, mailbox, kinds))
