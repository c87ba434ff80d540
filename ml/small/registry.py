"""Trained models on disk: a folder holds several versions, and `model.json` names the one that is used.

Weights are plain arrays and an ONNX graph, never pickled; each file is named in its version's manifest with its hash.
`model.json` is replaced last and in one step: a crash at any line leaves either the old model or the new one.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from ml.small.calibration import Calibration
from ml.small.classifier import Classifier, EncoderStep
from ml.small.encoder import load_encoder
from ml.small.kernel import KernelModel
from ml.small.linear import LinearModel, Vocabulary
from models.errors import ModelError, ModelNotTrained, NotFound
from models.record import Record

FORMAT = 2
MANIFEST, VERSIONS = "model.json", "versions"
KEPT = 5
"""Versions that stay on disk, to roll back to."""


class SecondStep(Record):
    """`encoder` is a folder beside the manifest, named by the hash of its graph."""

    encoder: str
    calibration: Calibration
    passes: float
    null: int | None


class Manifest(Record):
    """What `model.json` holds. `sha256` is that of the weights file; `parent` the version that was used before."""

    format: int
    version: str
    labels: tuple[str, ...]
    calibration: Calibration
    thresholds: dict[str, dict[str, float]]
    second: SecondStep | None
    weights: str
    sha256: str
    trained: date | None
    scikit_learn: str
    parent: str = ""


def save(folder: Path, classifier: Classifier, trained: date | None, *, activate: bool = True) -> str:
    """Writes a version into the model folder and returns its name: a hash over everything that decides an answer."""
    from sklearn import __version__ as scikit_learn

    weights = _packed(classifier)
    digest = hashlib.sha256(weights).hexdigest()
    second = _second(classifier.second) if classifier.second else None
    content = {
        "labels": classifier.labels,
        "calibration": asdict(classifier.calibration),
        "thresholds": classifier.thresholds,
        "second": second.model_dump(mode="json") if second else None,
        "weights": digest,
    }
    version = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
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
    )
    try:
        (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
        if classifier.second and second:
            _copy_encoder(classifier.second.encoder.folder, folder / second.encoder)
        write_whole(folder / manifest.weights, weights)
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
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({_line(error)})") from error
    if hashlib.sha256(packed).hexdigest() != manifest.sha256:
        raise ModelError(f"the model in {folder} is damaged (its hash differs): train it again")
    try:
        with np.load(BytesIO(packed), allow_pickle=False) as arrays:
            stored = dict(arrays)
        vocabulary = Vocabulary.of(stored["buckets"], stored["idf"])
        linear = LinearModel(vocabulary, stored["weights"].astype(np.float32), stored["bias"])
        second = _second_step(folder, manifest.second, stored) if manifest.second else None
    except (KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({_line(error)})") from error
    return Classifier(manifest.version, manifest.labels, linear, manifest.calibration, manifest.thresholds, second)


def read_manifest(folder: Path, version: str = "") -> Manifest:
    """Of the model in use, or of `version`. Raises ModelNotTrained or ModelError."""
    path = folder / VERSIONS / f"{Path(version).name}.json" if version else folder / MANIFEST
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if version:
            known = ", ".join(one.version for one in versions(folder)) or "none"
            raise NotFound(f"no version {version} of the model in {folder}; there are: {known}") from error
        raise ModelNotTrained(
            f"no model in {folder}: run `mailstage train --data labelled.jsonl --out {folder}`"
        ) from error
    except OSError as error:
        raise ModelError(f"the model in {folder} cannot be read: train it again ({_line(error)})") from error
    try:
        found = json.loads(raw)
        if isinstance(found, dict) and found.get("format") != FORMAT:
            raise ModelError(f"the model in {folder} has format {found.get('format')}, not {FORMAT}: train it again")
        return Manifest.model_validate_json(raw)
    except ValueError as error:
        raise ModelError(f"the model in {folder} cannot be read: train it again ({_line(error)})") from error


def versions(folder: Path) -> list[Manifest]:
    """All that are on disk, the newest first; one that cannot be read is left out."""
    found = []
    for path in sorted((folder / VERSIONS).glob("*.json"), key=lambda path: -path.stat().st_mtime_ns):
        try:
            found.append(Manifest.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return found


def activate(folder: Path, version: str) -> None:
    """From now on `version` is used. Raises NotFound for one that is not there, ModelError for one that is damaged."""
    load(folder, version)
    _activate(folder, read_manifest(folder, version))


def roll_back(folder: Path) -> str:
    """Back to the version that was used before; returns it. Raises NotFound where there is none."""
    parent = read_manifest(folder).parent
    if not parent:
        raise NotFound(f"the model in {folder} is the first: there is nothing to go back to")
    activate(folder, parent)
    return parent


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside `path` and renames, so that a reader never sees half a file."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _activate(folder: Path, manifest: Manifest) -> None:
    try:
        parent = read_manifest(folder).version
    except ModelError:
        parent = ""
    if parent != manifest.version:
        manifest = manifest.model_copy(update={"parent": parent})
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())


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
    _remove(folder.glob("weights-*.npz"), {one.weights for one in kept})
    _remove(folder.glob("encoder-*"), {one.second.encoder for one in kept if one.second})


def _remove(paths: Iterable[Path], kept: set[str]) -> None:
    for path in paths:
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _second(step: EncoderStep) -> SecondStep:
    return SecondStep(
        encoder=f"encoder-{step.encoder.manifest.sha256[:12]}",
        calibration=step.calibration,
        passes=step.passes,
        null=step.model.null,
    )


def _second_step(folder: Path, said: SecondStep, stored: dict[str, NDArray[np.float32]]) -> EncoderStep:
    model = KernelModel(
        stored["references"].astype(np.float32),
        stored["kernel"],
        stored["rows"].astype(np.int64),
        stored["targets"].astype(np.int64),
        said.null,
    )
    return EncoderStep(load_encoder(folder / Path(said.encoder).name), model, said.calibration, said.passes)


def _copy_encoder(source: Path, target: Path) -> None:
    """Linked where the disk allows it: the graph has 20 MB, and every version of the model uses it."""
    if target.exists():
        return
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for path in source.iterdir():
        try:
            os.link(path, part / path.name)
        except OSError:
            shutil.copyfile(path, part / path.name)
    part.rename(target)


def _packed(classifier: Classifier) -> bytes:
    model, buffer = classifier.model, BytesIO()
    arrays: dict[str, Any] = {
        "buckets": model.vocabulary.buckets,
        "idf": model.vocabulary.idf,
        "weights": model.weights.astype(np.float16),
        "bias": model.bias,
    }
    if classifier.second:
        kernel = classifier.second.model
        arrays |= {
            "references": kernel.references.astype(np.float16),
            "kernel": kernel.weights,
            "rows": kernel.rows,
            "targets": kernel.targets,
        }
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
