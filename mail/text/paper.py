"""The page of plain text that is written while the tags of an HTML mail come by.

Lines are broken late, when the next words come: only then is it known whether a break was meant.
"""

import re
from dataclasses import dataclass, field

from mail.text.layouts import Row, Shelf

RULE = "_" * 32
"""The line that Outlook draws above earlier mail when it writes plain text."""
MAX_SIGNATURES = 5
"""Signatures that get their delimiter."""
_MAX_QUOTE_DEPTH = 5
_BULLET = re.compile("^[·§\uf0a7\uf0b7•▪] ?(?=\\S)")
"""What Word writes for an item of a list."""
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(slots=True)
class Paper:
    """Lines, and the line that is being written. A quoted block gets `> ` in front as in plain mail."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    gap: int = 0
    """What must come before the next words: 1 the end of the line, 2 a blank line as well."""
    quotes: int = 0
    """Open blocks of quoted mail."""
    shelf: Shelf = field(default_factory=Shelf)
    row: Row = field(default_factory=Row)
    fresh: bool = False
    """Whether a cell of a table has begun and no word of it has come."""
    signatures: int = 0

    @property
    def is_blank(self) -> bool:
        return not self.lines and not self.line

    def write(self, text: str) -> str:
        """Adds words; returns them as they stand on the page."""
        words = " ".join(text.split())
        if not words:
            if text and self.line and not self.gap and self.line[-1][-1:] != " ":
                self.line.append(" ")
            return ""
        if self.gap:
            self.end_line()
        self.fresh = False
        if text[0].isspace() and self.line and self.line[-1][-1:] != " ":
            words = f" {words}"
        if text[-1].isspace():
            words += " "
        self.line.append(self.shelf.take() + words if self.shelf.waiting else words)
        return words

    def write_exactly(self, text: str) -> None:
        """Adds preformatted text."""
        self.end_line()
        first, *more = text.split("\n")
        self.line.append(first)
        for line in more:
            self.flush(forced=True)
            self.line.append(line)

    def add(self, word: str) -> None:
        """A word behind the last one, if there is any on this line."""
        if self.line:
            self.line.append(word if self.line[-1][-1:] == " " else f" {word}")

    def want(self, gap: int) -> None:
        # the first block of a cell does not leave the line of the cells before it
        if gap > self.gap and not self.fresh:
            self.gap = gap

    def end_line(self) -> None:
        """Ends the line above if that was wanted."""
        if self.gap:
            spaced = self.gap == 2
            self.flush()
            if spaced and self.lines and self.lines[-1].strip("> "):
                self.lines.append(self._mark().rstrip(" "))

    def flush(self, forced: bool = False) -> None:
        """Writes the line; `forced` keeps an empty one."""
        self.gap = 0
        text = Row.joined("".join(self.line)).rstrip(" ")
        if not text.isascii():
            text = _BULLET.sub("- ", text)
        self.line.clear()
        if text or forced:
            self.lines.append((self._mark() + text).rstrip(" "))

    def break_line(self) -> None:
        self.end_line()
        self.flush(forced=True)

    def draw(self, rule: str) -> None:
        self.flush()
        self.lines.append(self._mark() + rule)

    def draw_history(self) -> None:
        """The line above the header of the mail that is answered, once."""
        self.flush()
        if self.lines and self.lines[-1].strip("> ") != RULE:
            self.lines += ["", self._mark() + RULE]

    def begin_cell(self) -> None:
        """Cells of one line each stand side by side; a cell of several lines makes the row a layout."""
        if self.row.is_new:
            self.end_line()
        if self.row.cell_is_beside(len(self.lines)):
            self.gap = 0
            if self.line:
                self.line.append(Row.SEPARATOR)
        else:
            self.want(1)
        self.fresh = True

    def end_row(self) -> None:
        if self.row.start == len(self.lines):
            self.gap = 1
        self.row.end()

    def sign(self, at: int) -> None:
        """What a program marks as signature gets the delimiter that it would have in plain mail."""
        if self.quotes or self.signatures >= MAX_SIGNATURES:
            return
        self.signatures += 1
        signed = [line.strip() for line in self.lines[at:] if line.strip()]
        if any(self.lines[:at]) and signed and signed[0] not in ("--", RULE):
            self.lines.insert(at, "--")

    def _mark(self) -> str:
        return "> " * min(self.quotes, _MAX_QUOTE_DEPTH)

    def text(self) -> str:
        """All that was written, without more than one blank line in a row."""
        self.flush()
        return _BLANK_LINES.sub("\n\n", "\n".join(self.lines)).strip()
