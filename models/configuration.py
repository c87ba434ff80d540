"""Reads `mailstage.toml`, once, at the edge; every mistake in it becomes one line that names its place."""

import os
import tomllib
from pathlib import Path

from pydantic import ValidationError

from models.errors import ConfigurationError
from models.oauth2 import OAuth2
from models.settings import MailboxSettings, Settings

DEFAULT_FILE = "mailstage.toml"


def load_settings(path: Path | None = None) -> Settings:
    """Reads `path`, else $MAILSTAGE_CONFIG, else ./mailstage.toml. Raises ConfigurationError."""
    path = path or Path(os.environ.get("MAILSTAGE_CONFIG") or DEFAULT_FILE)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path} does not exist: run `mailstage init` to write one") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_first_problem(error)}") from error
    return _resolved(settings, path.resolve().parent)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "file"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg'].removeprefix('Value error, ')}{more}"


def _resolved(settings: Settings, folder: Path) -> Settings:
    tokens = folder / settings.data / "oauth2"
    return settings.model_copy(
        update={
            "data": folder / settings.data,
            "mailboxes": {name: _with_tokens_in(tokens, box) for name, box in settings.mailboxes.items()},
            "knowledge": tuple(folder / path for path in settings.knowledge),
            "templates": folder / settings.templates if settings.templates else None,
        }
    )


def _with_tokens_in(folder: Path, box: MailboxSettings) -> MailboxSettings:
    servers = {
        name: server.model_copy(update={"oauth2": server.oauth2.model_copy(update={"folder": folder})})
        for name, server in (("imap", box.imap), ("smtp", box.smtp))
        if isinstance(server.oauth2, OAuth2)
    }
    return box.model_copy(update=servers)
