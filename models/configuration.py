"""Reads `mailstage.toml`, once, at the edge; every mistake in it becomes one line that names its place."""

import os
import tomllib
from pathlib import Path

from pydantic import ValidationError

from models.errors import ConfigurationError
from models.settings import Settings

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
    return settings.model_copy(
        update={
            "data": folder / settings.data,
            "knowledge": tuple(folder / path for path in settings.knowledge),
            "templates": folder / settings.templates if settings.templates else None,
        }
    )
