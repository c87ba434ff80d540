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
    """The first mistake with its place, and how many more there are."""
    found = dict.fromkeys((_place(one["loc"]), one["msg"].removeprefix("Value error, ")) for one in error.errors())
    # `oauth2` of a mailbox stands in for both servers, so a mistake in it is found there too
    own = [one for one in found if (_without_server(one[0]), one[1]) not in found or _without_server(one[0]) == one[0]]
    (place, said), *others = own
    more = f" (and {len(others)} more {'mistake' if len(others) == 1 else 'mistakes'})" if others else ""
    return f"{place}: {said}{more}"


def _place(location: tuple[int | str, ...]) -> str:
    """As it is spelt in the file, where the alternative that was tried for `oauth2` has no name."""
    parts = [str(part) for part in location]
    pairs = zip(parts, ["", *parts], strict=False)
    return ".".join(part for part, before in pairs if before != "oauth2" or part not in ("oauth2", "secret")) or "file"


def _without_server(place: str) -> str:
    return place.replace(".imap.oauth2", ".oauth2").replace(".smtp.oauth2", ".oauth2")


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
