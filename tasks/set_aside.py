"""Folders for what is compared and not kept; they lie with our data, since they hold excerpts of mail.

A run that is killed leaves its folder behind, with that mail. One in use is locked, which ends with its process however
that ends: so what is left over is told apart from what another run is comparing.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ml.small.removal import remove
from models.errors import ModelError

PREFIX, LOCK = "comparing-", ".in-use"
_OURS = re.compile(rf"{PREFIX}[a-z0-9_]{{8}}")


@contextmanager
def set_aside(data: Path) -> Iterator[Path]:
    """A new folder in `data`, readable by its owner alone and gone afterwards."""
    with TemporaryDirectory(prefix=PREFIX, dir=data) as name:
        lock = os.open(Path(name) / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(name)
        finally:
            os.close(lock)  # which also releases it


def left_over(data: Path) -> list[Path]:
    """Folders of runs that were killed."""
    found = data.iterdir() if data.is_dir() else iter(())
    return sorted(path for path in found if _OURS.fullmatch(path.name) and path.is_dir() and not _in_use(path))


def remove_left_over(data: Path) -> None:
    """Raises ModelError for what cannot be removed."""
    try:
        remove(left_over(data))
    except OSError as error:
        raise ModelError(
            f"what a killed comparison left in {data} cannot be removed ({error.strerror or error}): "
            f"remove its folders `{PREFIX}…` yourself, they hold excerpts of mail"
        ) from error


def _in_use(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        lock = os.open(folder / LOCK, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
    return False
