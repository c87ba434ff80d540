"""A trained model on disk: `weights-VERSION.npz` (plain arrays, never pickled) and `model.json`.

`model.json` is replaced last and in one step, and names its weights with their hash: a crash at any line leaves either
the old model or the new one.
"""

import hashlib
import json
import os
import zipfile
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from ml.small.calibration import Calibration, Scope
from ml.small.classifier import Classifier
from ml.small.linear import LinearModel, Vocabulary
from models.errors import ModelError, ModelNotTrained
from models.record import Record

FORMAT = 1
MANIFEST = "model.json"


class Manifest(Record):
    """What `model.json` holds. `sha256` is that of the weights file."""

    format: int
    version: str
    labels: tuple[str, ...]
    temperature: float
    null: int | None
    scope: Scope | None
    thresholds: dict[str, dict[str, float]]
    weights: str
    sha256: str
    trained: date | None
    scikit_learn: str


def save(
    folder: Path,
    labels: tuple[str, ...],
    model: LinearModel,
    calibration: Calibration,
    thresholds: dict[str, dict[str, float]],
    trained: date | None,
) -> str:
    """Writes the model folder and returns the version: a hash over everything that decides an answer."""
    from sklearn import __version__ as scikit_learn

    weights = _packed(model)
    digest = hashlib.sha256(weights).hexdigest()
    content = {"labels": labels, "calibration": asdict(calibration), "thresholds": thresholds, "weights": digest}
    version = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
    manifest = Manifest(
        format=FORMAT,
        version=version,
        labels=labels,
        temperature=calibration.temperature,
        null=calibration.null,
        scope=calibration.scope,
        thresholds=thresholds,
        weights=f"weights-{version}.npz",
        sha256=digest,
        trained=trained,
        scikit_learn=scikit_learn,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / manifest.weights, weights)
        write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())
        for old in folder.glob("weights-*.npz"):
            if old.name != manifest.weights:
                old.unlink()
    except OSError as error:
        raise ModelError(f"the model cannot be written to {folder}: {error.strerror or error}") from error
    return version


def load(folder: Path) -> Classifier:
    """The model of that folder, its hash checked. Raises ModelNotTrained when there is none, ModelError when broken."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        packed = (folder / Path(manifest.weights).name).read_bytes()
    except FileNotFoundError as error:
        raise ModelNotTrained(
            f"no model in {folder}: run `mailstage train --data labelled.jsonl --out {folder}`"
        ) from error
    except (OSError, ValidationError) as error:
        raise ModelError(f"the model in {folder} cannot be read: train it again ({_line(error)})") from error
    if manifest.format != FORMAT:
        raise ModelError(f"the model in {folder} has format {manifest.format}, not {FORMAT}: train it again")
    if hashlib.sha256(packed).hexdigest() != manifest.sha256:
        raise ModelError(f"the model in {folder} is damaged (its hash differs): train it again")
    return Classifier(
        version=manifest.version,
        labels=manifest.labels,
        model=_unpacked(packed, folder),
        calibration=Calibration(manifest.temperature, manifest.null, manifest.scope),
        thresholds=manifest.thresholds,
    )


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside `path` and renames, so that a reader never sees half a file."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _packed(model: LinearModel) -> bytes:
    buffer = BytesIO()
    np.savez(
        buffer,
        buckets=model.vocabulary.buckets,
        idf=model.vocabulary.idf,
        weights=model.weights.astype(np.float16),
        bias=model.bias,
    )
    return buffer.getvalue()


def _unpacked(packed: bytes, folder: Path) -> LinearModel:
    try:
        with np.load(BytesIO(packed), allow_pickle=False) as arrays:
            vocabulary = Vocabulary.of(arrays["buckets"], arrays["idf"])
            return LinearModel(vocabulary, arrays["weights"].astype(np.float32), arrays["bias"])
    except (KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({_line(error)})") from error


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
