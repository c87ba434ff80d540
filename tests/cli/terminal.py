"""`mailstage …` as a person types it, in this process."""

import io
import json
from dataclasses import dataclass, field

import pytest

from cli.app import main


@dataclass
class Terminal:
    """Runs a command and keeps what it printed."""

    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    out: str = field(default="", init=False)
    err: str = field(default="", init=False)

    def __call__(self, *arguments: object, typed: str = "") -> int:
        """The exit status; `typed` is what stands on standard input."""
        self.monkeypatch.setattr("sys.argv", ["mailstage", *map(str, arguments)])
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        self.out, self.err = self.capsys.readouterr()
        return int(str(status or 0))

    def json(self, *arguments: object) -> list[dict[str, object]]:
        assert self(*arguments, "--json") == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]

    def refused(self, *arguments: object, typed: str = "") -> str:
        """The one line that a command ends with; nothing else is printed."""
        assert self(*arguments, typed=typed) == 1
        (line,) = self.err.strip().splitlines()
        assert self.out == ""
        return line
