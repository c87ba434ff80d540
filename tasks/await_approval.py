"""The approval between two phases.

Nobody sleeps here: what is not decided is simply not picked up by the next phase. This step withdraws the questions
that reality has overtaken and says how many still wait.
"""

from store.overtaken import withdraw_overtaken
from store.reviews import count_waiting
from tasks.workplace import Workplace


def await_approval(place: Workplace, mailbox: str) -> int:
    """How many questions of the mailbox wait for a person."""
    withdraw_overtaken(place.store, mailbox)
    return sum(number for (name, _kind), number in count_waiting(place.store).items() if name == mailbox)
