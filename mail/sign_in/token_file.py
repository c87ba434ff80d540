"""Tokens of one grant in one file, readable by its owner alone, shared by threads and processes.

A provider that rotates refresh tokens makes the old one worthless: two that refresh at the same time would throw each
other out, and a new one that is not on disk is lost. So the file is locked from the look to the write.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from models.errors import ConfigurationError, MailServerUnreachable
from models.record import Record


class Tokens(Record):
    """Times are seconds since 1970. `renew_at` comes before `expires`; `seed` is the SHA-256 of the refresh token in
    the settings that this one descends from, empty after `mailstage sign-in`."""

    access_token: str = ""
    obtained: float = 0.0
    renew_at: float = 0.0
    expires: float = 0.0
    refresh_token: str = ""
    seed: str = ""

    def __repr__(self) -> str:
        """Without the tokens: a record that is printed by accident must give nothing away."""
        return f"Tokens(expires={self.expires:.0f})"

    __str__ = __repr__


class TokenFile:
    """To be used inside `locked`, but for `read`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Tokens:
        """What is kept; nothing where there is no file, or one that cannot be understood. Raises ConfigurationError."""
        try:
            return Tokens.model_validate_json(self.path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return Tokens()
        except OSError as error:
            raise self._trouble(error) from error

    def write(self, tokens: Tokens) -> None:
        """All or nothing, and on the disk when it returns."""
        draft = self.path.with_suffix(".new")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(tokens.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            raise self._trouble(error) from error

    @contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Waits for others at most `seconds`. Raises MailServerUnreachable when that is not enough, ConfigurationError
        when the folder cannot be written to."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._trouble(error) from error
        try:
            self._wait_for(lock, time.monotonic() + seconds)
            yield
        finally:
            os.close(lock)  # which also releases it

    def _wait_for(self, lock: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise MailServerUnreachable(
                        f"{self.path} stayed locked: others wait for the same token (try again later), "
                        "or a process of Mailstage hangs (end it)"
                    ) from None
                time.sleep(0.02)

    def _trouble(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"tokens cannot be kept in {self.path.parent}: {error.strerror or error}")
