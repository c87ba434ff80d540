"""Where a secret is found; the file of settings itself holds none."""

import os
import subprocess

from models.errors import ConfigurationError
from models.record import Record


class Secret(Record):
    """An environment variable, or a command that prints it."""

    env: str = ""
    command: tuple[str, ...] = ()

    def read(self, what: str) -> str:
        """The secret itself. Raises ConfigurationError when it is nowhere to be found."""
        if self.env:
            value = os.environ.get(self.env, "")
            if not value:
                raise ConfigurationError(f"{what}: environment variable {self.env} is empty; set it and try again")
            return value
        if self.command:
            try:
                done = subprocess.run(self.command, capture_output=True, text=True, timeout=30, check=True)
            except (OSError, subprocess.SubprocessError) as error:
                raise ConfigurationError(f"{what}: the command {self.command[0]!r} failed ({error})") from error
            return done.stdout.strip()
        raise ConfigurationError(f"{what}: name a secret, for example {{ env = 'MAILSTAGE_PASSWORD' }}")
