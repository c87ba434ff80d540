"""Files that a reader finds whole or not at all, however many write them at once.

Each writer has a name of its own for what is half done; what a crash leaves of it is known by that name.
"""

import os
import secrets
from pathlib import Path

HALF = r"\.[0-9a-f]{8}\.(part|old)"
"""What `half_of` puts behind the name of a file, as a pattern."""


def half_of(path: Path, ending: str = "part") -> Path:
    """A name beside `path` that nobody else writes to; `ending` is `part`, or `old` for what makes room."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.{ending}")


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Writes beside `path` and renames. `mode` is less the umask, and the file's from now on: a link is replaced, not
    followed. Raises OSError, and then leaves nothing."""
    part = half_of(path)
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
