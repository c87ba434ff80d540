"""Labelled mails that are set aside for comparing models, and never trained on for a comparison.

A mail belongs to them by a hash of what it says, so it stays on its side however the rows grow and in whatever order
they come. The hash is of a MinHash value, which mails of one wording mostly share: a campaign that stood on both sides
would be learned by heart on the one and recognised on the other. Those that stray are left out of the comparison, and
of the others one of each wording counts: to a test, forty copies of a mail would be forty trials.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ml.small.encoder.tuned import seen_rows
from ml.small.labelled import LabelledMail, features_of
from ml.small.learning.duplicates import wording
from ml.small.learning.wordings import wordings
from ml.small.ngrams import folded

SHARE = 0.3
"""Enough to tell what 1,000 labels more than 2,000 bring from chance: on BANKING77's training rows p = 0.005, 0.07 at
0.2."""
_FIGURES = re.compile(r"\d+")


def key_of(row: LabelledMail) -> str:
    """Equal for copies of one mail: its folded subject and text."""
    mail = features_of(row)
    return folded(f"{mail.subject} {mail.body}")


def is_locked(row: LabelledMail) -> bool:
    """True for about SHARE of all mails."""
    mail = features_of(row)
    fingerprint = wording(mail.subject, mail.body)
    said = str(fingerprint.values[0]) if fingerprint else _FIGURES.sub("0", key_of(row))
    return int.from_bytes(hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:8], "big") < SHARE * 2**64


def divided(rows: Sequence[LabelledMail]) -> tuple[list[LabelledMail], list[LabelledMail]]:
    """Those that may be trained on, and the locked ones."""
    open_rows: list[LabelledMail] = []
    locked: list[LabelledMail] = []
    for row in rows:
        (locked if is_locked(row) else open_rows).append(row)
    return open_rows, locked


def evidence(locked: Sequence[LabelledMail], open_rows: Sequence[LabelledMail]) -> list[LabelledMail]:
    """Of each wording that no open row has the last of the locked rows, whose label is the latest."""
    rows = [*open_rows, *locked]
    groups = wordings([features_of(row) for row in rows], [key_of(row) for row in rows]).tolist()
    learned = set(groups[: len(open_rows)])
    kept = {group: row for group, row in zip(groups, rows, strict=True) if group not in learned}
    return list(kept.values())


def unseen(rows: Sequence[LabelledMail], encoders: Iterable[Path]) -> list[LabelledMail]:
    """Those that no encoder of these folders was tuned on: to one that was they look too easy. Raises ModelError."""
    keys = [key_of(row) for row in rows]
    seen = [seen_rows(folder, keys) for folder in encoders]
    return [row for place, row in enumerate(rows) if not any(known[place] for known in seen)]
