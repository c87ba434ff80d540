"""Fetches an encoder from the Hugging Face hub: nothing else in Mailstage goes there, and only when a person asks.

Taken is what a runnable encoder is made of: configuration, tokenizer, pooling, and weights as plain arrays or as an
ONNX graph. Pickled weights, which run code when they are read, are never fetched.
"""

import hashlib
import logging
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.small.encoder.bert import read_config
from ml.small.encoder.hub_folder import CONFIG, POOLING, READY, TOKENIZER, WEIGHTS, read_pooling
from ml.small.encoder.preparing import downloaded_folder
from models.errors import MissingExtra, ModelError

TIMEOUT = 30.0
"""Seconds without an answer from the hub."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Where encoders come from: `endpoint` is its address, None for the public one. `shows` bars on the terminal."""

    endpoint: str | None = None
    shows: bool = False


def pull(name: str, hub: Hub) -> Path:
    """The folder of the encoder `name`, an id such as `sentence-transformers/all-MiniLM-L6-v2`, now on this machine.

    One that was there is replaced once the new one is whole. Raises ModelError for a name that the hub does not know,
    an encoder that cannot be used, what was damaged on the way, and a hub that cannot be reached.
    """
    try:
        import httpx2
        from huggingface_hub import errors
        from huggingface_hub.utils.tqdm import disable_progress_bars, enable_progress_bars
    except ImportError as error:
        raise MissingExtra("huggingface_hub", "") from error
    (enable_progress_bars if hub.shows else disable_progress_bars)()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of each new try, and we of the last
    try:
        return _pulled(name, hub)
    except errors.HFValidationError as error:
        raise ModelError(f"{name!r} is no id of the hub: give owner/name, as its page has it") from error
    except errors.GatedRepoError as error:
        raise ModelError(f"the hub gives {name} only to those who accepted its terms: set HF_TOKEN") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(f"the hub has no encoder {name!r}, or it is private: check the id, or set HF_TOKEN") from error
    except errors.OfflineModeIsEnabled as error:
        raise ModelError("HF_HUB_OFFLINE is set: unset it to fetch an encoder") from error
    except (OSError, httpx2.HTTPError) as error:
        raise ModelError(
            f"{name} could not be fetched ({_line(error)}): try again, or copy its folder here and name that"
        ) from error


def _pulled(name: str, hub: Hub) -> Path:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=hub.endpoint).model_info(name, files_metadata=True, timeout=TIMEOUT)
    offered = {file.rfilename: file for file in info.siblings or ()}
    for needed in (CONFIG, TOKENIZER):
        if needed not in offered:
            raise ModelError(f"{name} has no {needed}: only encoders with a fast tokenizer can be used")
    folder = downloaded_folder(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".pulling-") as scratch:
        made = Path(scratch) / "encoder"

        def fetch(*paths: str) -> None:
            _fetch(name, str(info.sha), hub, made, paths)
            for path in paths:
                if path in offered:
                    _check(made / path, offered[path])

        fetch(CONFIG, TOKENIZER, POOLING)
        read_pooling(made)
        fetch(*_weights(name, made, offered.keys()))
        shutil.rmtree(made / ".cache", ignore_errors=True)
        _replace(made, folder)
    return folder


def _fetch(name: str, revision: str, hub: Hub, made: Path, paths: tuple[str, ...]) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(
        name,
        revision=revision,
        endpoint=hub.endpoint,
        local_dir=made,
        cache_dir=made.parent / "cache",
        allow_patterns=list(paths),
        etag_timeout=TIMEOUT,
    )


def _weights(name: str, made: Path, offered: Any) -> tuple[str, ...]:
    """The files that hold them: plain arrays where a graph can be made of them here, else a graph."""
    graph = tuple(path for path in (READY, f"{READY}_data") if path in offered)
    try:
        read_config(made)
    except ModelError:
        if READY in offered:
            return graph
        raise
    if WEIGHTS in offered:
        return (WEIGHTS,)
    if READY in offered:
        return graph
    raise ModelError(f"{name} has neither {WEIGHTS} nor {READY}: pickled weights are not read here")


def _check(path: Path, said: Any) -> None:
    """Against the size, and for large files the hash, that the hub gives."""
    if said.size is not None and path.stat().st_size != said.size:
        raise ModelError(f"{path.name} came with {path.stat().st_size} of {said.size} bytes: pull it again")
    if said.lfs is not None:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != said.lfs.sha256:
            raise ModelError(f"{path.name} was damaged on the way (its hash differs): pull it again")


def _replace(made: Path, folder: Path) -> None:
    if folder.exists():
        folder.rename(made.parent / "before")
    made.rename(folder)


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
