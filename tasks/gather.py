"""Brings together what a model can learn from: the mail that the one in use was trained on, and people's decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ml.small.labelled import LabelledMail, row_of
from ml.small.learning.kept_rows import read_rows
from ml.small.learning.locked import key_of
from ml.small.manifest import Manifest
from models.record import canonical_hash
from store.corrections import corrections
from tasks.workplace import Workplace


@dataclass(frozen=True)
class Gathered:
    """`known` is what the champion learned from, `rows` what a challenger may: the same, and people's decisions."""

    known: tuple[LabelledMail, ...]
    rows: tuple[LabelledMail, ...]
    decided: frozenset[str]
    """Keys of the mails that decisions added or gave another label."""

    @property
    def fingerprint(self) -> str:
        """The same for the same rows, in whatever order."""
        return canonical_hash(sorted(canonical_hash([key_of(row), row.label]) for row in self.rows))


def gather_rows(place: Workplace, champion: Manifest) -> Gathered:
    """Raises ModelError when the champion does not know what it learned from.

    A decision beats a label that the same text had before, and a later one an earlier; categories that mailstage.toml
    no longer has are left out. A champion that only suggests has learned from descriptions, not from mail.
    """
    names = {category.name for category in place.settings.categories} | {None}
    kept = () if champion.suggests else read_rows(place.settings.model_dir, champion.learned_from)
    known = [row for row in kept if row.label in names]
    said = {key_of(row): row for row in _rows(place) if row.label in names}
    labels = {key_of(row): row.label for row in known}
    new = {key: row for key, row in said.items() if key.strip() and labels.get(key, "") != row.label}
    unchanged = [row for row in known if key_of(row) not in new]
    return Gathered(tuple(known), (*unchanged, *new.values()), frozenset(new))


def _rows(place: Workplace) -> Iterator[LabelledMail]:
    return (row_of(one.message, one.category) for one in corrections(place.store))


def split_by(keys: frozenset[str], rows: Sequence[LabelledMail]) -> list[bool]:
    """Which of the rows bear one of the keys."""
    return [key_of(row) in keys for row in rows]
