"""What goes from a model folder, and when: the folder may lie among other files, so each name must be surely ours.

Tidying takes only what the manifest of an old version names. Forgetting takes whatever bears a name that Mailstage
alone gives, since a crash or another format of manifest must not leave somebody's mail behind.
"""

import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from ml.small.manifest import VERSIONS, Manifest, read_manifest, report_folder, versions
from ml.small.whole_files import HALF
from models.errors import ModelError

KEPT = 5
"""Versions that stay on disk: so many that were in use, the one that is among them, and so many challengers that never
were. One that is trained and put to use at once was a challenger when the folder was tidied."""

_NAMED = r"(weights-[0-9a-f]{12}\.npz|examples-[0-9a-f]{12}\.jsonl|rows-[0-9a-f]{16}\.jsonl|encoder-[0-9a-f]{12})"
_OURS = re.compile(_NAMED)
_OURS_OR_HALF = re.compile(rf"{_NAMED}({HALF}|\.part|\.old)?")
_OF_VERSION = re.compile(rf"[0-9a-f]{{12}}(\.json({HALF}|\.part)?)?")
_HALF = re.compile(
    rf"({_NAMED}|[0-9a-f]{{12}}\.json)({HALF}|\.part|\.old)|(model\.json|report\.(json|html)|suspects\.jsonl){HALF}"
)

ABANDONED = 3600
"""Seconds after which nobody still writes a file: the largest takes some."""


def tidy(folder: Path) -> None:
    """Leaves the newest versions, the one in use and the one before it. Raises OSError.

    Challengers are counted apart, so that no training pushes out the one that a person is asked about: a second is made
    only when the question about the first is answered.
    """
    try:
        used = [read_manifest(folder)]
    except ModelError:
        used = []
    known = versions(folder)
    kept = _kept(known, used)
    needed = {name for one in (*kept, *used) for name in _files(one)}
    for one in known:
        if one not in kept:
            # the manifest last: what a crash leaves, the next tidying finds by it
            remove(folder / name for name in _files(one) - needed)
            remove([report_folder(folder, one.version), folder / VERSIONS / f"{one.version}.json"])
    remove(path for path in _halves(folder) if _abandoned(path))


def others(folder: Path) -> list[Path]:
    """All that belongs to other versions than the one in use. Raises ModelNotTrained, ModelError or OSError."""
    used = read_manifest(folder)
    needed = _files(used)
    found = [path for path in folder.iterdir() if _OURS_OR_HALF.fullmatch(path.name) and path.name not in needed]
    if (folder / VERSIONS).is_dir():
        below = (folder / VERSIONS).iterdir()
        mine = (used.version, f"{used.version}.json")
        found += [path for path in below if _OF_VERSION.fullmatch(path.name) and path.name not in mine]
    return sorted({*found, *_halves(folder)})


def remove(paths: Iterable[Path]) -> None:
    """Files and folders, there or not. Raises OSError."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _halves(folder: Path) -> list[Path]:
    """What trainings that write just now, or were killed, have half done: it may hold mail."""
    places = (folder, folder / VERSIONS, *(folder / VERSIONS).glob("[0-9a-f]" * 12))
    return [path for place in places if place.is_dir() for path in place.iterdir() if _HALF.fullmatch(path.name)]


def _abandoned(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > ABANDONED
    except FileNotFoundError:  # it has just been finished
        return False


def _kept(known: list[Manifest], used: list[Manifest]) -> list[Manifest]:
    """`known` are the newest first; `used` is the one in use, where there is one."""
    needed = {name for one in used for name in (one.version, one.parent)}
    once_used = {name for one in used for name in (one.version, one.parent, *one.earlier)}
    newest = [one for one in known if one.version in once_used][:KEPT]
    waiting = [one for one in known if one.version not in once_used][:KEPT]
    return [one for one in known if one.version in needed or one in newest or one in waiting]


def _files(manifest: Manifest) -> set[str]:
    """Names beside `model.json`."""
    named = {manifest.weights, manifest.examples, manifest.learned_from}
    if manifest.second:
        named.add(manifest.second.encoder)
    return {name for name in named if _OURS.fullmatch(name)}
