"""Reads the company's documents into the index: what changed, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml.large import documents
from ml.large import index as index_module
from ml.large.index import Entry, Generation
from ml.large.passages import split
from models.draft import Passage
from models.errors import KnowledgeError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class IngestReport:
    """What the index holds now, in all. `broken` has one sentence for each file that could not be read."""

    documents: int
    passages: int
    unchanged: int
    removed: int
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Holding:
    """A document of the index with its passages."""

    entry: Entry
    passages: tuple[Passage, ...]


def ingest(paths: Sequence[Path], index: Path, progress: Progress | None = None) -> IngestReport:
    """Brings `index` up to date with the files under `paths`; a file whose bytes are unchanged is not read again.

    Documents from elsewhere stay while their files exist. A file that cannot be read any more leaves the index:
    better no answer than an old one. `progress` is called with (done, total) files. Raises KnowledgeError for a
    path that does not exist and for an index that cannot be written.
    """
    found = documents.sources(paths)
    with index_module.locked(index):
        before = _holdings(_readable(index))
        after, broken = _after(found, before, progress or _silent)
        if after != before or not (index / "current").exists():
            held = [after[path] for path in sorted(after)]
            entries = [holding.entry for holding in held]
            index_module.write(index, entries, [passage for holding in held for passage in holding.passages])
    return IngestReport(
        documents=len(after),
        passages=sum(len(holding.passages) for holding in after.values()),
        unchanged=sum(before.get(path) == holding for path, holding in after.items()),
        removed=len(before.keys() - after.keys()),
        broken=tuple(broken),
    )


def _after(
    found: Sequence[documents.Source], before: dict[str, _Holding], progress: Progress
) -> tuple[dict[str, _Holding], list[str]]:
    """Holdings by path after this ingestion, and what could not be read."""
    places = {str(source.path.resolve()) for source in found}
    after = {path: holding for path, holding in before.items() if path not in places and Path(path).is_file()}
    broken: list[str] = []
    for done, source in enumerate(found, start=1):
        path = str(source.path.resolve())
        try:
            after[path] = _held(source, path, before.get(path))
        except KnowledgeError as error:
            broken.append(str(error))
        progress(done, len(found))
    return after, broken


def _held(source: documents.Source, path: str, before: _Holding | None) -> _Holding:
    digest = documents.digest(source.path)
    if before is not None and before.entry.digest == digest and before.entry.name == source.name:
        return before
    document = documents.read(source, digest)
    internal = document.front.internal
    pieces = [] if internal else split(document.text, document.name, document.title, document.language)
    return _Holding(Entry(document.name, path, digest, internal), tuple(pieces))


def _silent(_done: int, _total: int) -> None:
    """Shows nothing."""


def _holdings(generation: Generation | None) -> dict[str, _Holding]:
    if generation is None:
        return {}
    passages: dict[str, list[Passage]] = {}
    for passage in generation.passages():
        passages.setdefault(passage.document, []).append(passage)
    return {entry.path: _Holding(entry, tuple(passages.get(entry.name, ()))) for entry in generation.entries}


def _readable(index: Path) -> Generation | None:
    """A damaged index is built anew from the files: they are the truth."""
    try:
        return index_module.open_current(index)
    except KnowledgeError:
        (index / "current").unlink(missing_ok=True)
        return None
