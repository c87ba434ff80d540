"""How long to wait before another try: "full jitter", so that fifty mailboxes of one server do not return as one.

Each failure in a row doubles the ceiling; the wait is drawn evenly below it. See "Exponential Backoff And Jitter",
AWS Architecture Blog, 2015.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class BackOff:
    """Waits of at most `first`, 2 × `first`, 4 × `first` … `longest` seconds.

    Success alone proves little (a server that takes a sign-in and hangs up is no better than one that refuses it): only
    a good spell of `good_spell` seconds without a failure starts the count anew.
    """

    first: float = 1.0
    longest: float = 45.0
    good_spell: float = 60.0
    least: float = 0.1
    """A draw close to nothing would be a spin."""
    draw: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    _good_since: float | None = field(default=None, repr=False)

    def works(self) -> None:
        """A spell begins; within one that runs already nothing changes."""
        if self._good_since is None:
            self._good_since = self.clock()

    def fails(self) -> float:
        """Seconds to wait before the next try."""
        if self._good_since is not None and self.clock() - self._good_since >= self.good_spell:
            self.failures = 0
        self._good_since = None
        # an exponent without bound would overflow a float after a long outage
        ceiling = min(self.longest, self.first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return max(self.least, self.draw() * ceiling)
