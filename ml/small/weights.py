"""A classifier's numbers as one file of plain arrays, never pickled, and its encoder as a folder beside it."""

import hashlib
import os
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ml.small.calibration import Calibration
from ml.small.classifier import Classifier, EncoderStep
from ml.small.encoder.embedding import GRAPH, MANIFEST, TOKENIZER, load_encoder
from ml.small.encoder.tuned import TUNED
from ml.small.kernel import KernelModel
from ml.small.linear import LinearModel, Vocabulary
from ml.small.whole_files import half_of
from models.errors import ModelError
from models.record import Record, canonical_hash

ENCODER_FILES = (GRAPH, MANIFEST, TOKENIZER, TUNED)


class SecondStep(Record):
    """`encoder` is a folder beside the manifest, named by the first digits of `sha256`, see `encoder_hash`."""

    encoder: str
    sha256: str
    calibration: Calibration
    passes: float
    null: int | None


def packed_weights(classifier: Classifier) -> bytes:
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
        arrays |= {} if kernel.turn is None else {"turn": kernel.turn}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpacked_weights(
    packed: bytes, folder: Path, said: SecondStep | None, labels: int
) -> tuple[LinearModel, EncoderStep | None]:
    """The linear step, and the encoder's where there is one; `labels` counts the out-of-scope one.

    Raises whatever NumPy does for what is no such file, ModelError for a broken encoder.
    """
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        stored = dict(arrays)
    columns = len(stored["buckets"])
    _expect(stored, {"buckets": (columns,), "idf": (columns,), "weights": (columns, labels), "bias": (labels,)})
    vocabulary = Vocabulary.of(stored["buckets"], stored["idf"])
    linear = LinearModel(vocabulary, stored["weights"].astype(np.float32), stored["bias"])
    if said is None:
        return linear, None
    encoder = load_encoder(whole_encoder(folder, said))
    rows, width, turn = len(stored["rows"]), encoder.manifest.width, stored.get("turn")
    if turn is not None:
        _expect(stored, {"turn": (width, turn.shape[-1])})
        width = turn.shape[-1]
    wide = {"references": (rows, width), "kernel": (rows, labels)}
    _expect(stored, {**wide, "rows": (rows,), "targets": (rows,)})
    model = KernelModel(
        stored["references"].astype(np.float32),
        stored["kernel"],
        stored["rows"].astype(np.int64),
        stored["targets"].astype(np.int64),
        said.null,
        turn,
    )
    return linear, EncoderStep(encoder, model, said.calibration, said.passes)


def _expect(stored: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> None:
    for name, shape in shapes.items():
        if stored[name].shape != shape:
            raise ValueError(f"{name} has the shape {stored[name].shape}, not {shape}")


def second_step(step: EncoderStep) -> SecondStep:
    """Raises OSError, or ModelError where the encoder's files are no longer those that are at work."""
    folder = step.encoder.folder
    if hashlib.sha256((folder / GRAPH).read_bytes()).hexdigest() != step.encoder.manifest.sha256:
        raise ModelError(f"the encoder in {folder} was damaged meanwhile: train the model again")
    found = encoder_hash(folder)
    return SecondStep(
        encoder=f"encoder-{found[:12]}",
        sha256=found,
        calibration=step.calibration,
        passes=step.passes,
        null=step.model.null,
    )


def encoder_hash(folder: Path) -> str:
    """Over all that decides its vectors, and over what it was tuned on. Raises OSError."""
    found = {name: folder / name for name in ENCODER_FILES if (folder / name).exists()}
    return canonical_hash({name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()})


def whole_encoder(folder: Path, said: SecondStep) -> Path:
    """Where the encoder of a version lies. Raises ModelError for one that is not the one `said`."""
    path = folder / Path(said.encoder).name
    try:
        if encoder_hash(path) == said.sha256:
            return path
    except (OSError, ValueError) as error:
        raise ModelError(f"the encoder in {path} cannot be read: train the model again") from error
    raise ModelError(f"the encoder in {path} is damaged (its hash differs): train the model again")


def copy_encoder(source: Path, folder: Path, said: SecondStep) -> None:
    """Linked where the disk allows it: the graph has 20 MB, and every version of the model uses it.

    A damaged copy gives way to a whole one; a crash on the way leaves none, as good as the damaged one was.
    Raises OSError, or ModelError where `source` is no longer what was trained with: nothing is changed then.
    """
    target = folder / said.encoder
    try:
        whole_encoder(folder, said)
    except ModelError:
        part, old = half_of(target), half_of(target, "old")
        try:
            _put_in_place(source, target, said, part, old)
        except OSError:
            whole_encoder(folder, said)  # another training was quicker
        finally:
            for rest in (part, old):
                shutil.rmtree(rest, ignore_errors=True)


def _put_in_place(source: Path, target: Path, said: SecondStep, part: Path, old: Path) -> None:
    _link(source, part)
    if encoder_hash(part) != said.sha256:
        raise ModelError(f"the encoder in {source} has changed meanwhile: train the model again")
    if target.exists():
        target.rename(old)
    part.rename(target)


def _link(source: Path, target: Path) -> None:
    target.mkdir()
    for name in ENCODER_FILES:
        if not (source / name).is_file():
            continue
        try:
            os.link(source / name, target / name)
        except OSError:
            shutil.copyfile(source / name, target / name)
