"""Options that several commands share, and how they print."""

import getpass
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from models.typed import typed

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="Settings file [default: $MAILSTAGE_CONFIG or ./mailstage.toml]")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines instead of text.")]
ReviewId = Annotated[int, typer.Argument(help="Number of a review, as `mailstage queue` prints it.", metavar="ID")]
Mailbox = Annotated[str, typer.Argument(help="Name of a mailbox in mailstage.toml.")]


def print_json(values: Iterable[BaseModel | dict[str, Any]]) -> None:
    """One JSON object a line."""
    for value in values:
        data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        print(json.dumps(data, ensure_ascii=False, default=str))


def whoami() -> str:
    """Who decides, for the audit log: $MAILSTAGE_USER, else the name of the account."""
    return typed(os.environ.get("MAILSTAGE_USER", "")) or getpass.getuser()


def on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
