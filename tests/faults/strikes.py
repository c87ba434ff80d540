"""What a proxy does to a line, and where: at a byte, or at a moment of the protocol."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Which way the bytes go."""

    TO_SERVER = "to the server"
    TO_CLIENT = "to the client"


class Deed(StrEnum):
    CUT = "cut"
    """Both ends see the connection closed."""
    RESET = "reset"
    """The client sees it reset (RST)."""
    HOLE = "hole"
    """Nothing more comes through, and nobody is told: a half-open connection."""
    STALL = "stall"
    """Nothing comes through for a while, then all of it."""
    KILL = "kill"
    """Whoever listens to strikes kills the client; then the line is cut."""
    DELAY = "delay"
    """Each piece comes late."""
    SPLIT = "split"
    """The stream comes byte by byte."""
    CORRUPT = "corrupt"
    """One bit of one byte is flipped."""
    REFUSE = "refuse"
    """No connection comes about."""


@dataclass(frozen=True)
class Moment:
    """A place in one direction's stream: just before or just after the `nth` match of a pattern."""

    side: Side
    pattern: bytes
    before: bool = False
    nth: int = 1

    def find(self, stream: bytes) -> int | None:
        """Offset in the stream, or None while it has not come."""
        for number, match in enumerate(re.finditer(self.pattern, stream, re.IGNORECASE | re.MULTILINE), start=1):
            if number == self.nth:
                return match.start() if self.before else match.end()
        return None


@dataclass(frozen=True)
class AfterBytes:
    """The place after so many bytes in one direction."""

    side: Side
    count: int

    def find(self, stream: bytes) -> int | None:
        return self.count if len(stream) >= self.count else None


@dataclass(frozen=True)
class Strike:
    """One deed, done on `times` connections and then never again. `seconds` is for delay and stall."""

    deed: Deed
    at: Moment | AfterBytes = AfterBytes(Side.TO_CLIENT, 0)
    times: int = 1
    seconds: float = 0.0
