"""What an encoder saw when it was tuned: mail that it knows looks too easy to it, so nothing may be measured on it.

The hashes travel with the encoder as `tuned.json`, beside its graph and into each model that is trained with it; the
mails themselves never do.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from models.errors import ModelError
from models.record import Record

TUNED = "tuned.json"


class Tuned(Record):
    """`seen` are hashes of the folded texts that the weights were fitted to; `rows` how many were given in all."""

    base: str
    rows: int
    epochs: int
    seed: int
    seen: tuple[str, ...]


def hash_of(key: str) -> str:
    """Of a folded text (`Examples.keys`): SHA-256, the first 128 bits."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_tuned(folder: Path) -> Tuned | None:
    """None for an encoder that was never tuned on labelled mail. Raises ModelError for a damaged `tuned.json`."""
    try:
        return Tuned.model_validate_json((folder / TUNED).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise ModelError(f"{folder / TUNED} cannot be read: tune the encoder again") from error


def seen_rows(folder: Path, keys: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the rows (n,) the encoder in `folder` was tuned on, by their folded texts. Raises ModelError."""
    tuned = read_tuned(folder)
    if tuned is None:
        return np.zeros(len(keys), dtype=bool)
    seen = frozenset(tuned.seen)
    return np.array([hash_of(key) in seen for key in keys], dtype=bool)
