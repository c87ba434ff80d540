"""A classifier's numbers as one file of plain arrays, never pickled, and its encoder as a folder beside it."""

import os
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ml.small.calibration import Calibration
from ml.small.classifier import Classifier, EncoderStep
from ml.small.encoder.embedding import load_encoder
from ml.small.kernel import KernelModel
from ml.small.linear import LinearModel, Vocabulary
from models.record import Record


class SecondStep(Record):
    """`encoder` is a folder beside the manifest, named by the hash of its graph."""

    encoder: str
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
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpacked_weights(packed: bytes, folder: Path, said: SecondStep | None) -> tuple[LinearModel, EncoderStep | None]:
    """The linear step, and the encoder's where there is one.

    Raises KeyError, ValueError, IndexError or BadZipFile for what is no such file, ModelError for a broken encoder.
    """
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        stored = dict(arrays)
    vocabulary = Vocabulary.of(stored["buckets"], stored["idf"])
    linear = LinearModel(vocabulary, stored["weights"].astype(np.float32), stored["bias"])
    if said is None:
        return linear, None
    model = KernelModel(
        stored["references"].astype(np.float32),
        stored["kernel"],
        stored["rows"].astype(np.int64),
        stored["targets"].astype(np.int64),
        said.null,
    )
    return linear, EncoderStep(load_encoder(folder / Path(said.encoder).name), model, said.calibration, said.passes)


def second_step(step: EncoderStep) -> SecondStep:
    return SecondStep(
        encoder=f"encoder-{step.encoder.manifest.sha256[:12]}",
        calibration=step.calibration,
        passes=step.passes,
        null=step.model.null,
    )


def copy_encoder(source: Path, target: Path) -> None:
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
