"""Lists and tables as lines of text: numbers, indents, and cells side by side."""

import re
from dataclasses import dataclass, field
from typing import ClassVar

MAX_LISTS = 8
"""Lists within lists that are indented."""
MAX_TABLES = 200
"""Tables within tables that are told apart."""
_START = re.compile(r"\bstart\s*=\s*[\"']?(\d{1,6})", re.IGNORECASE)


@dataclass(slots=True)
class Shelf:
    """The open lists. The marker of an item waits for the item's first words."""

    numbers: list[int] = field(default_factory=list)
    """For each open list the number of its next item; -1 where items are not numbered."""
    waiting: str = ""
    depth: int = 0

    def open(self, name: str, attributes: str) -> None:
        self.depth += 1
        if len(self.numbers) < MAX_LISTS:
            found = _START.search(attributes)
            self.numbers.append(int(found[1] if found else 1) if name == "ol" else -1)

    def close(self) -> None:
        if self.depth and self.depth <= len(self.numbers):
            self.numbers.pop()
        self.depth = max(0, self.depth - 1)
        self.waiting = ""

    def item(self) -> None:
        number = self.numbers[-1] if self.numbers else -1
        indent = "  " * max(0, len(self.numbers) - 1)
        self.waiting = f"{indent}{number}. " if number >= 0 else f"{indent}- "
        if number >= 0:
            self.numbers[-1] = number + 1

    def take(self) -> str:
        marker, self.waiting = self.waiting, ""
        return marker


@dataclass(slots=True)
class Row:
    """The row of a table that is being read, innermost first."""

    SEPARATOR: ClassVar[str] = "\x1f"
    above: list[int] = field(default_factory=list)
    start: int = -1
    """Lines that stood above the row; -1 before its first cell."""

    @property
    def is_new(self) -> bool:
        return self.start < 0

    def begin(self) -> None:
        if len(self.above) < MAX_TABLES:
            self.above.append(self.start)
        self.start = -1

    def cell_is_beside(self, lines: int) -> bool:
        """Whether a new cell stands beside the one before, which then had one line at most."""
        if self.start < 0:
            self.start = lines
        return lines == self.start

    def end(self) -> None:
        self.start = self.above.pop() if self.above else -1

    @classmethod
    def joined(cls, line: str) -> str:
        if cls.SEPARATOR not in line:
            return line
        cells = (cell.strip() for cell in line.split(cls.SEPARATOR))
        return " | ".join(cell for cell in cells if cell)
