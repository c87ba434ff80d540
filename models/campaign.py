"""Mails of one wording: the fingerprint that tells them, and what became of those that people decided together."""

import hashlib
import struct
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, NonNegativeInt

from models.record import Record

VALUES, IN_BAND = 64, 4
"""Sixteen bands of four values: two texts that share 0.7 of their word pairs agree in one of them 99 times in 100."""
_PACKED, _BAND = struct.Struct(f">{VALUES}I"), struct.Struct(f">{1 + IN_BAND}I")


class Fingerprint(Record):
    """MinHash of a text: the share of equal values estimates the share of word pairs that two texts have in common,
    with a standard error of 0.06 (Broder 1997). `bands` are what fingerprints are looked up by (Leskovec et al. 2020,
    section 3.4)."""

    values: tuple[Annotated[int, Field(ge=0, lt=1 << 32)], ...] = Field(min_length=VALUES, max_length=VALUES)

    @classmethod
    def of_hex(cls, text: str) -> Self:
        """From what `hex` gave, 512 characters."""
        return cls(values=_PACKED.unpack(bytes.fromhex(text)))

    @property
    def hex(self) -> str:
        return _PACKED.pack(*self.values).hex()

    @cached_property
    def bands(self) -> tuple[int, ...]:
        """16 signed numbers of 64 bits; a number stands for the place of its band too."""
        return tuple(_band(place, self.values[place : place + IN_BAND]) for place in range(0, VALUES, IN_BAND))

    def likeness(self, other: "Fingerprint") -> float:
        """In [0, 1]."""
        return sum(mine == its for mine, its in zip(self.values, other.values, strict=True)) / VALUES


def _band(place: int, values: Sequence[int]) -> int:
    packed = _BAND.pack(place, *values)
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "big", signed=True)


class Precedent(Record):
    """What people have made of the mails of one wording. `category` is that of most of them, None for none of ours."""

    category: str | None
    number: NonNegativeInt
    """Mails that were decided so."""
    decided: NonNegativeInt
    """Mails of the wording that people have decided at all."""

    @property
    def sentence(self) -> str:
        named = f"sorted as {self.category}" if self.category else "filed under no category"
        if self.decided == 1:
            return f"a mail of the same wording was {named}"
        whole = f"all {self.decided}" if self.number == self.decided else f"{self.number} of {self.decided}"
        return f"{whole} mails of the same wording that people decided were {named}"


class LeftOut(Record):
    """A mail that a common decision did not reach, and why, as a sentence."""

    review_id: int
    why: str


class Together(Record):
    """What became of a decision about several mails: each was decided by itself."""

    decided: tuple[int, ...]
    """Reviews."""
    left_out: tuple[LeftOut, ...] = ()

    @property
    def sentence(self) -> str:
        """Who was left out; empty when nobody was."""
        if not self.left_out:
            return ""
        named = "; ".join(one.why for one in self.left_out[:5])
        more = f"; and {len(self.left_out) - 5} more" if len(self.left_out) > 5 else ""
        return f"Left out: {named}{more}."
