"""The one parent of every record: frozen, strict about unknown fields, hashable as canonical JSON."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that crosses a room's boundary; it never changes once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical_hash(value: Any) -> str:
    """SHA-256 (hex, 64 characters) over the JSON of `value` with sorted keys (RFC 8785 in spirit)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
