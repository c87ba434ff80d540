"""Which labelled mails are of one wording: hundreds of copies of a campaign are one piece of evidence, not hundreds."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.small.labelled import MailText
from ml.small.learning.duplicates import wording
from models.campaign import Fingerprint

ALIKE = 0.8
"""Share of word pairs in common, of texts of some length."""
_ONES_OWN = re.compile(r"https?://\S+|\S+@\S+\.\S+|\d{4,}")
"""What is somebody's own in a short text too; fewer digits may be a model or an error code, which is the matter."""


def wordings(mails: Sequence[MailText], keys: Sequence[str]) -> NDArray[np.int64]:
    """A number (n,) for each mail, equal for `keys` that long numbers, addresses and links alone set apart, and for
    mails that are ALIKE to the first of its number."""
    of_key: dict[str, int] = {}
    of_band: dict[int, int] = {}
    first: dict[int, Fingerprint] = {}
    found = np.empty(len(mails), dtype=np.int64)
    for row, (mail, full_key) in enumerate(zip(mails, keys, strict=True)):
        key = _ONES_OWN.sub("0", full_key)
        if key not in of_key:
            of_key[key] = _group(row, wording(mail.subject, mail.body), of_band, first)
        found[row] = of_key[key]
    return found


def _group(row: int, mine: Fingerprint | None, of_band: dict[int, int], first: dict[int, Fingerprint]) -> int:
    """That of an earlier mail which is alike, else `row`, which is then noted as the first of its own."""
    if mine is None:
        return row
    near = {of_band[band] for band in mine.bands if band in of_band}
    for group in sorted(near):
        if first[group].likeness(mine) >= ALIKE:
            return group
    first[row] = mine
    for band in mine.bands:
        of_band.setdefault(band, row)
    return row
