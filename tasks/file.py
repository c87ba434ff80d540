"""Phase 1 ends here: the sorted mail of a mailbox that only sorts is filed, in one statement."""

from models.case import Stage
from models.rollout import Phase
from store.cases import move_all
from tasks.workplace import Workplace


def file_sorted(place: Workplace, mailbox: str) -> int:
    """Returns how many; none when the mailbox has climbed further."""
    if place.state(mailbox).phase is not Phase.CATEGORIZE:
        return 0
    return move_all(place.store, mailbox, Stage.CATEGORIZED, Stage.FILED, "sorted; this mailbox is in phase 1")
