"""Trained models on disk: a folder holds several versions, and `model.json` names the one that is used.

Each file is named in its version's manifest with its hash.
`model.json` is replaced last and in one step: a crash at any line leaves either the old model or the new one.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from ml.small.classifier import Classifier
from ml.small.labelled import LabelledMail
from ml.small.learning.kept_rows import PATTERN, packed_rows
from ml.small.manifest import (
    FORMAT,
    MANIFEST,
    PAGE,
    REPORT,
    SUSPECTS,
    VERSIONS,
    Manifest,
    brief,
    read_manifest,
    report_folder,
    versions,
)
from ml.small.weights import copy_encoder, packed_weights, second_step, unpacked_weights
from ml.small.why.examples import Example, packed_examples, unpacked_examples
from models.drift import Reference
from models.errors import ModelError, NotFound

KEPT = 5
"""Versions that stay on disk, to roll back to."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model was trained on, how many of it had text, and the cross-validated accuracy."""

    mails: Sequence[LabelledMail]
    rows: int
    accuracy: float
    reference: Reference | None = None


def save(
    folder: Path,
    classifier: Classifier,
    trained: date | None,
    *,
    examples: Sequence[Example] = (),
    learned: Learned | None = None,
    activate: bool = True,
) -> str:
    """Writes a version into the model folder and returns its name: a hash over everything that decides an answer."""
    from sklearn import __version__ as scikit_learn

    weights = packed_weights(classifier)
    digest = hashlib.sha256(weights).hexdigest()
    second = second_step(classifier.second) if classifier.second else None
    content = {
        "labels": classifier.labels,
        "calibration": asdict(classifier.calibration),
        "thresholds": classifier.thresholds,
        "second": second.model_dump(mode="json") if second else None,
        "weights": digest,
        "suggests": classifier.suggests,
    }
    version = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
    shown = packed_examples(examples)
    learned_from, mails = packed_rows(learned.mails) if learned else ("", b"")
    manifest = Manifest(
        format=FORMAT,
        version=version,
        labels=classifier.labels,
        calibration=classifier.calibration,
        thresholds={wished: dict(cuts) for wished, cuts in classifier.thresholds.items()},
        second=second,
        weights=f"weights-{version}.npz",
        sha256=digest,
        trained=trained,
        scikit_learn=scikit_learn,
        examples=f"examples-{version}.jsonl" if shown else "",
        examples_sha256=hashlib.sha256(shown).hexdigest() if shown else "",
        learned_from=learned_from,
        rows=learned.rows if learned else 0,
        accuracy=learned.accuracy if learned else None,
        reference=learned.reference if learned else None,
        suggests=classifier.suggests,
    )
    try:
        (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
        if classifier.second and second:
            copy_encoder(classifier.second.encoder.folder, folder / second.encoder)
        write_whole(folder / manifest.weights, weights)
        if shown:
            write_whole(folder / manifest.examples, shown, mode=0o600)
        if learned:
            write_whole(folder / learned_from, mails, mode=0o600)
        write_whole(folder / VERSIONS / f"{version}.json", manifest.model_dump_json(indent=1).encode())
        if activate:
            _activate(folder, manifest)
        _tidy(folder)
    except OSError as error:
        raise ModelError(f"the model cannot be written to {folder}: {error.strerror or error}") from error
    return version


def load(folder: Path, version: str = "") -> Classifier:
    """The model in use, or `version`, hashes checked. Raises ModelNotTrained where none is, ModelError if broken."""
    manifest = read_manifest(folder, version)
    try:
        packed = (folder / Path(manifest.weights).name).read_bytes()
    except OSError as error:
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({brief(error)})") from error
    if hashlib.sha256(packed).hexdigest() != manifest.sha256:
        raise ModelError(f"the model in {folder} is damaged (its hash differs): train it again")
    try:
        linear, second = unpacked_weights(packed, folder, manifest.second)
    except (KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({brief(error)})") from error
    return Classifier(
        manifest.version,
        manifest.labels,
        linear,
        manifest.calibration,
        manifest.thresholds,
        second,
        manifest.suggests,
    )


def load_examples(folder: Path, version: str = "") -> dict[int, Example]:
    """By row; empty for a model that compares with none. Raises ModelNotTrained, or ModelError if damaged."""
    manifest = read_manifest(folder, version)
    if not manifest.examples:
        return {}
    try:
        lines = (folder / Path(manifest.examples).name).read_bytes()
    except OSError as error:
        raise ModelError(f"the examples in {folder} cannot be read: train the model again ({brief(error)})") from error
    if hashlib.sha256(lines).hexdigest() != manifest.examples_sha256:
        raise ModelError(f"the examples in {folder} are damaged (their hash differs): train the model again")
    return unpacked_examples(lines)


def activate(folder: Path, version: str) -> None:
    """From now on `version` is used. Raises NotFound, ModelError for one that is damaged, or OSError."""
    load(folder, version)
    _activate(folder, read_manifest(folder, version))


def roll_back(folder: Path) -> str:
    """Back to the version that was used before; returns it. Raises NotFound where there is none."""
    parent = read_manifest(folder).parent
    if not parent:
        raise NotFound(f"the model in {folder} is the first: there is nothing to go back to")
    activate(folder, parent)
    return parent


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Writes beside `path` and renames, so that a reader never sees half a file. `mode` is less the umask."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _activate(folder: Path, manifest: Manifest) -> None:
    try:
        used = read_manifest(folder)
        parent = used.parent if used.version == manifest.version else used.version
    except ModelError:
        parent = ""
    manifest = manifest.model_copy(update={"parent": parent})
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())
    _show_report(folder, manifest.version)


def _show_report(folder: Path, version: str) -> None:
    """What lies beside `model.json` is of the model in use; one that was not measured has no report."""
    for name in (REPORT, PAGE, SUSPECTS):
        source = report_folder(folder, version) / name
        if source.is_file():
            write_whole(folder / name, source.read_bytes(), mode=0o600)
        else:
            (folder / name).unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    """Leaves the newest versions, the one in use and the one before it."""
    try:
        used = read_manifest(folder)
        needed = {used.version, used.parent}
    except ModelError:
        needed = set()
    known = versions(folder)
    kept = [one for place, one in enumerate(known) if place < KEPT or one.version in needed]
    for one in known:
        if one not in kept:
            (folder / VERSIONS / f"{one.version}.json").unlink(missing_ok=True)
            shutil.rmtree(report_folder(folder, one.version), ignore_errors=True)
    _remove(folder.glob("weights-*.npz"), {one.weights for one in kept})
    _remove(folder.glob("examples-*.jsonl"), {one.examples for one in kept})
    _remove(folder.glob(PATTERN), {one.learned_from for one in kept})
    _remove(folder.glob("encoder-*"), {one.second.encoder for one in kept if one.second})


def _remove(paths: Iterable[Path], kept: set[str]) -> None:
    for path in paths:
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
