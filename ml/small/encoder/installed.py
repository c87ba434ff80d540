"""Which sentence encoders lie on this machine, and how quickly and in how much memory one of them runs."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from ml.small.encoder.embedding import GRAPH, MANIFEST, EncoderManifest, load_encoder
from ml.small.encoder.hub_folder import CONFIG, name_of, read_size
from ml.small.encoder.preparing import AUTO, cache_folder, find_source, prepared
from models.errors import ModelError
from models.record import Record

SENTENCES = ("Where is the parcel that I ordered last week?", "My package has still not arrived.")
_REPEATS = 32


class KnownEncoder(Record):
    """`size` in bytes on disk; `dimensions` of its vectors, None where its files do not say."""

    name: str
    kind: Literal["installed", "downloaded", "prepared"]
    size: int
    dimensions: int | None
    folder: Path


class EncoderCheck(Record):
    """Times in milliseconds, memory in MB (10^6 bytes): what this process grew by while it loaded and ran."""

    name: str
    dimensions: int
    tokens: int
    likeness: float
    """Cosine of two sentences that mean much the same."""
    load_ms: float
    single_ms: float
    texts_per_second: float
    graph_mb: float
    memory_mb: float | None
    """None where the system does not tell, and where the encoder was made ready just now, which took more."""


def known_encoders() -> list[KnownEncoder]:
    """The one that is installed, those that were downloaded, and what was made ready to run of these or of folders."""
    found = []
    if bundled := find_source(AUTO):
        found.append(_source(bundled, "installed"))
    found += [_source(folder, "downloaded") for folder in _folders(cache_folder() / "downloaded", CONFIG)]
    for folder in _folders(cache_folder() / "prepared", MANIFEST):
        try:
            manifest = EncoderManifest.model_validate_json((folder / MANIFEST).read_bytes())
        except (OSError, ValueError):
            continue  # it is made anew when it is next asked for
        found.append(
            KnownEncoder(
                name=manifest.name, kind="prepared", size=_size(folder), dimensions=manifest.dimensions, folder=folder
            )
        )
    return found


def check_encoder(name: str, clock: Callable[[], float] = time.perf_counter) -> EncoderCheck:
    """Embeds SENTENCES, alone and in batches. Raises ModelError for a name that is not here, or cannot be run."""
    source = find_source(name)
    if source is None:
        raise ModelError("no encoder is installed: give a folder, or an id that was pulled")
    known = set(_folders(cache_folder() / "prepared", MANIFEST))
    folder = prepared(source)  # first, since it takes seconds and memory that a later start does not
    before, started = _memory(), clock()
    encoder = load_encoder(folder)
    loaded = clock()
    vectors = encoder.embed(SENTENCES)
    single = min(_seconds(lambda: encoder.embed(SENTENCES[:1]), clock) for _ in range(5))
    many = _seconds(lambda: encoder.embed(SENTENCES * _REPEATS), clock)
    after = _memory() if folder in known else None
    return EncoderCheck(
        name=encoder.manifest.name,
        dimensions=encoder.manifest.dimensions,
        tokens=encoder.manifest.tokens,
        likeness=round(float(vectors[0] @ vectors[1]), 4),
        load_ms=round((loaded - started) * 1e3, 1),
        single_ms=round(single * 1e3, 2),
        texts_per_second=round(len(SENTENCES) * _REPEATS / max(many, 1e-9), 1),
        graph_mb=round((encoder.folder / GRAPH).stat().st_size / 1e6, 1),
        memory_mb=None if before is None or after is None else round(max(0, after - before) / 1e6, 1),
    )


def _source(folder: Path, kind: Literal["installed", "downloaded"]) -> KnownEncoder:
    return KnownEncoder(
        name=name_of(folder), kind=kind, size=_size(folder), dimensions=read_size(folder), folder=folder
    )


def _folders(parent: Path, holding: str) -> Iterator[Path]:
    if parent.is_dir():
        yield from sorted(folder for folder in parent.iterdir() if (folder / holding).is_file())


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    work()
    return clock() - started


def _memory() -> int | None:
    """Bytes of this process that lie in memory, as Linux tells them."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "")
    return int(line.split()[1]) * 1024 if line else None
