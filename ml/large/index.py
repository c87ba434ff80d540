"""The index of passages on disk: one folder a generation, and a file `current` that names the one in use.

An ingestion writes a whole new generation beside the old one and then moves `current` in one step (rename), so a
reader sees either all of the old knowledge or all of the new, and a crash in between leaves the old in use.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ml.large.coverage import Rarity, count
from ml.large.vectors import Projection, fit, load
from models.draft import Passage
from models.errors import KnowledgeError, MissingExtra
from models.record import canonical_hash

FORMAT = 2
"""Raise it when passages are cut or searched in another way: all documents are then read again."""
DAMAGED = "the knowledge index is damaged: delete its folder and run `mailstage knowledge add` again"


@dataclass(frozen=True)
class Entry:
    """A document as the index knows it. `path` is absolute; an internal document is listed, but has no passages."""

    name: str
    path: str
    digest: str
    internal: bool


@dataclass(frozen=True)
class Generation:
    """What is needed to search; `table` is None when there are no passages."""

    table: Any | None
    projection: Projection | None
    rarity: Rarity
    languages: frozenset[str]
    entries: tuple[Entry, ...]

    def count(self) -> int:
        return 0 if self.table is None else int(self.table.count_rows())

    def passages(self) -> list[Passage]:
        """Every passage, in the order of the documents."""
        if self.table is None:
            return []
        return [passage_of(row) for row in self.table.to_arrow().select(list(_FIELDS)).to_pylist()]


_FIELDS = ("id", "document", "title", "heading", "text", "start", "end", "language")


def searchable(passage: Passage) -> str:
    """The text that is searched: a passage under its document's title and its heading."""
    return f"{passage.title}\n{passage.heading}\n{passage.text}"


def passage_of(row: dict[str, Any]) -> Passage:
    """A row of the table as a record."""
    return Passage.model_validate({field: row[field] for field in _FIELDS})


@contextmanager
def locked(index: Path) -> Iterator[None]:
    """Keeps a second ingestion out until the first is done (an advisory lock, freed by the system at exit)."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        with (index / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise KnowledgeError(f"the knowledge index in {index} cannot be written ({error.strerror or error})") from error


def open_current(index: Path) -> Generation | None:
    """The generation in use, or None before the first ingestion. Raises KnowledgeError when it is damaged."""
    pointer = index / "current"
    if not pointer.exists():
        return None
    try:
        folder = index / pointer.read_text("ascii").strip()
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        if meta["format"] != FORMAT:
            return None
        entries = tuple(Entry(**entry) for entry in meta["entries"])
        rarity = Rarity(meta["frequencies"], max(1, meta["passages"]))
        languages = frozenset(meta["languages"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KnowledgeError(DAMAGED) from error
    if not meta["passages"]:
        return Generation(None, None, rarity, languages, entries)
    return Generation(_open_table(folder), load(folder / "projection.npz"), rarity, languages, entries)


def write(index: Path, entries: Sequence[Entry], passages: Sequence[Passage]) -> None:
    """Writes a new generation and puts it in use. Call it under `locked`."""
    name = canonical_hash([FORMAT, [asdict(entry) for entry in entries]])[:16]
    folder = index / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rarity = count(searchable(passage) for passage in passages)
    if passages:
        _write_table(folder, passages)
    meta = {
        "format": FORMAT,
        "entries": [asdict(entry) for entry in entries],
        "passages": len(passages),
        "languages": sorted({passage.language for passage in passages}),
        "frequencies": dict(rarity.words),
    }
    (folder / "meta.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    _point_to(index, name)


def _point_to(index: Path, name: str) -> None:
    """Moves `current`; the generation before stays, since a reader may still be in it."""
    pointer = index / "current"
    before = pointer.read_text("ascii").strip() if pointer.exists() else ""
    draft = index / "current.new"
    draft.write_text(name, "ascii")
    draft.replace(pointer)
    for old in index.iterdir():
        if old.is_dir() and old.name not in (name, before):
            shutil.rmtree(old, ignore_errors=True)


def _write_table(folder: Path, passages: Sequence[Passage]) -> None:
    lancedb = _lancedb()
    from lancedb.index import FTS

    texts = [searchable(passage) for passage in passages]
    projection = fit(texts)
    vectors = projection.embed(texts)
    rows = [
        {**{field: getattr(passage, field) for field in _FIELDS}, "search": text, "vector": vector.tolist()}
        for passage, text, vector in zip(passages, texts, vectors, strict=True)
    ]
    try:
        table = lancedb.connect(str(folder / "lance")).create_table("passages", rows)
        # No stemming and no stop words here: the index holds several languages, and the query is cleaned instead.
        table.create_index("search", config=FTS(stem=False, remove_stop_words=False, ascii_folding=True))
    # lancedb hands on errors of its native library as OSError, ValueError or RuntimeError alike
    except (OSError, ValueError, RuntimeError) as error:
        raise KnowledgeError(f"the knowledge index cannot be written ({str(error).splitlines()[0][:120]})") from error
    projection.save(folder / "projection.npz")


def _open_table(folder: Path) -> Any:
    try:
        return _lancedb().connect(str(folder / "lance")).open_table("passages")
    except (OSError, ValueError, RuntimeError) as error:
        raise KnowledgeError(DAMAGED) from error


def _lancedb() -> Any:
    try:
        import lancedb
    except ImportError as error:
        raise MissingExtra("lancedb", "") from error
    return lancedb
