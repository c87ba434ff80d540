"""What the files of a sentence encoder say, in the form in which the Hugging Face hub keeps it.

`config.json`, `tokenizer.json`, `1_Pooling/config.json`, and `model.safetensors` or `onnx/model.onnx`.
"""

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from ml.small.encoder.bert import plain_names
from ml.small.encoder.tuned import TUNED, read_tuned
from models.errors import ModelError

CONFIG, TOKENIZER, POOLING = "config.json", "tokenizer.json", "1_Pooling/config.json"
WEIGHTS, READY = "model.safetensors", "onnx/model.onnx"

Pooling = Literal["mean", "cls"]

WAY = 3
"""Of making an encoder ready: counted up when the same files give another graph."""


def read_weights(source: Path) -> dict[str, NDArray[Any]]:
    """By plain name. Raises ModelError where they are missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return plain_names(load_file(source / WEIGHTS))
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(f"{source} holds no readable {WEIGHTS}: fetch the encoder again") from error


def write_weights(weights: dict[str, NDArray[np.float32]], path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(value) for name, value in weights.items()}, path, {"format": "pt"})


def read_limits(source: Path) -> int:
    """How many tokens the encoder can read at most."""
    said = _json(source / CONFIG).get("max_position_embeddings")
    return said if isinstance(said, int) and said > 1 else 512


def read_size(source: Path) -> int | None:
    """The length of its vectors; None where its configuration does not say."""
    said = _json(source / CONFIG).get("hidden_size") or _json(source / CONFIG).get("dim")
    return said if isinstance(said, int) else None


def read_pooling(source: Path) -> Pooling:
    """How the states of its tokens become one vector. Raises ModelError for a way that is unknown here."""
    said = _json(source / POOLING)
    modes = {name.removeprefix("pooling_mode_").removesuffix("s") for name, on in said.items() if on is True}
    modes.add(str(said.get("pooling_mode", "")))
    if modes & {"cls_token", "cls"}:
        return "cls"
    if unknown := modes & {
        "max_token",
        "max",
        "mean_sqrt_len_token",
        "weightedmean_token",
        "lasttoken",
        "weightedmean",
    }:
        raise ModelError(f"the encoder in {source} pools by {unknown.pop()}: name one that pools by mean or cls")
    return "mean"


def name_of(source: Path) -> str:
    """What people call it: its id on the hub, or its folder's name."""
    if tuned := read_tuned(source):
        return f"{source.name} (tuned from {tuned.base})"
    if source.parent.name == "downloaded":
        return source.name.replace("--", "/", 1)
    return source.parent.name if source.name == "model" else source.name


def fingerprint(source: Path, tokens: int) -> str:
    """Of size and time of what would be read: weights of 100 MB are not hashed at every start."""
    parts = [f"{WAY} {tokens}"]
    for name in (WEIGHTS, READY, TOKENIZER, CONFIG, POOLING, TUNED):
        if (source / name).is_file():
            stat = (source / name).stat()
            parts.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = from_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
