"""What a process that watches mailboxes says: lines for a person on a terminal, log lines, or JSON for a program."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from cli.options import print_json
from cli.show import clean, console
from models.record import Record
from tasks.progress import log

Event = Literal[
    "starting",
    "connected",
    "idle",
    "polling",
    "new",
    "unread",
    "pass",
    "delivered",
    "reconnecting",
    "failed",
    "stopped",
]
COLOURS = {
    "connected": "green",
    "new": "bold",
    "unread": "red",
    "pass": "default",
    "delivered": "bold green",
    "reconnecting": "yellow",
    "failed": "red",
}


class StatusLine(Record):
    """`new` belongs to `new`; `sent`, `waiting`, `seconds` and `paused` to `pass` and `delivered`; `wait` (seconds) and
    `why` to what went wrong."""

    at: datetime
    event: Event
    mailbox: str = ""
    folder: str = ""
    new: int = 0
    sent: int = 0
    waiting: int = 0
    seconds: float = 0.0
    paused: bool = False
    wait: float = 0.0
    why: str = ""

    @property
    def sentence(self) -> str:
        match self.event:
            case "idle":
                return f"listening to {self.folder}"
            case "polling":
                return f"looking at {self.folder} now and then (the server has no IDLE)"
            case "new":
                return f"{self.new} new"
            case "unread":
                return f"a folder cannot be read: {self.why}" if self.why else "all folders can be read again"
            case "pass" | "delivered":
                return f"{self._numbers()} ({self.seconds:.1f} s)"
            case "reconnecting":
                return f"{self.folder}: reconnecting in {self.wait:.0f} s because {self.why}"
            case "failed":
                return f"again in {self.wait:.0f} s because {self.why}"
            case _:
                return " ".join(word for word in (self.event, self.folder, self.why) if word)

    def _numbers(self) -> str:
        parts = [f"{self.sent} sent"] if self.sent else []
        parts += [f"{self.waiting} waiting for a person"] if self.waiting else []
        parts += ["paused: sorted and labelled, nothing drafted or sent"] if self.paused else []
        return ", ".join(parts) or "nothing to do"


Say = Callable[[StatusLine], None]


def status(as_json: bool) -> Say:
    """How to say it: JSON Lines when asked for, else for whoever reads standard output."""
    if as_json:
        return _json
    return _terminal if sys.stdout.isatty() else _log


def _json(line: StatusLine) -> None:
    print_json([line.model_dump(mode="json", exclude_defaults=True)])
    sys.stdout.flush()


def _terminal(line: StatusLine) -> None:
    colour = COLOURS.get(line.event, "dim")
    clock = line.at.astimezone().strftime("%H:%M:%S")
    console.print(f"[dim]{clock}[/] {clean(line.mailbox):<12} [{colour}]{clean(line.sentence)}[/]", soft_wrap=True)


def _log(line: StatusLine) -> None:
    level = log.warning if line.event in ("reconnecting", "failed", "unread") else log.info
    level("mailbox=%s event=%s %s", line.mailbox, line.event, line.sentence)
