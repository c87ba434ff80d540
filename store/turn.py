"""When a question's turn is: the time at which it was asked, less a head start.

Drafts, actions and all else have the whole head start; a question about a category has a share of it, the greater the
more its answer would teach (`ml.small.learning.asking`). So the telling ones come first among the categories, none
goes before an older draft, and whatever its kind, no question is overtaken by one asked more than HEAD_START later.
"""

from datetime import datetime, timedelta

HEAD_START = timedelta(hours=8)
"""A working day: what arrives in the evening cannot push back what waits since the morning."""


def turn_of(asked: datetime, share: float = 1.0) -> datetime:
    """Since when a question counts as asked that was put at `asked`; `share` of the head start in [0, 1]."""
    return asked - HEAD_START * share
