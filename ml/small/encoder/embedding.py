"""A sentence encoder at work: texts in, unit vectors out, by onnxruntime in 8-bit integers and without torch.

Its folder (`encoder.json`, `encoder.onnx`, `tokenizer.json`) is written by `ml.small.encoder.preparing` and is whole in
itself, so that a trained model carries the very encoder it was trained with.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from models.errors import MissingExtra, ModelError
from models.record import Record

Floats = NDArray[np.float32]

MANIFEST, GRAPH, TOKENIZER = "encoder.json", "encoder.onnx", "tokenizer.json"
BATCH_TOKENS = 512
"""Tokens computed at once, padding included: what flows between the layers then stays in the processor's cache."""
MAX_CHARS_PER_TOKEN = 8
"""Characters of a text that are tokenised for each token that is read; words are shorter than that on average."""


class EncoderManifest(Record):
    """`sha256` is that of the graph, `tokens` how much of a text is read, `dimensions` the size of one state.

    `layers` are the states that the graph gives of each token, side by side, the last one last.
    """

    name: str
    dimensions: int = Field(gt=0)
    layers: int = Field(default=1, gt=0)
    tokens: int = Field(gt=1, le=8_192)
    pooling: Literal["mean", "cls"]
    sha256: str

    @property
    def width(self) -> int:
        """Of a vector."""
        return self.dimensions * (1 if self.pooling == "cls" else self.layers + 1)


@dataclass(frozen=True, slots=True)
class Encoder:
    """`folder` is where it was loaded from."""

    manifest: EncoderManifest
    folder: Path
    session: Any
    tokenizer: Any

    def embed(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, width) of length 1. Texts of like length share a batch, to compute little padding."""
        vectors = np.zeros((len(texts), self.manifest.width), dtype=np.float32)
        ids = token_ids(self.tokenizer, texts, self.manifest.tokens)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        at = 0
        while at < len(order):
            # of the longest text that may join: rows grow longer, batches shorter
            size = max(1, BATCH_TOKENS // max(1, len(ids[order[min(at + 63, len(order) - 1)]])))
            rows = order[at : at + min(size, 64)]
            vectors[rows] = self._pooled([ids[row] for row in rows])
            at += len(rows)
        return vectors

    def _pooled(self, ids: Sequence[Sequence[int]]) -> Floats:
        width = max(1, len(ids[-1]))
        padded = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        hidden = self.session.run(None, {"input_ids": padded, "attention_mask": mask})[0]
        return pooled(hidden, mask, self.manifest)


def pooled(hidden: Floats, mask: NDArray[np.int64], said: EncoderManifest) -> Floats:
    """Vectors (n, width) of states (n, tokens, layers * dimensions); `mask` (n, tokens) is 1 where there is a token.

    Beside the mean of the last layer stand the mean of the one before, which keeps more of the words themselves, and
    the largest part by part, each as a vector of the same length. Cross-validated on training rows that is worth 2.0
    points of accuracy on the example company, 0.6 on public mail, 0.5 on ten rows a category of CLINC150, and nothing
    on as many of BANKING77 (after Reimers & Gurevych 2019, who compare the three).
    """
    last = hidden[:, :, -said.dimensions :]
    if said.pooling == "cls":
        return _of_length_one(last[:, 0])
    means = np.einsum("ntd,nt->nd", hidden, mask.astype(np.float32))
    largest = np.where(mask[:, :, None] > 0, last, np.float32(-np.inf)).max(axis=1)
    largest[~mask.any(axis=1)] = 0
    parts = np.concatenate([means, largest], axis=1).reshape(len(hidden), -1, said.dimensions)
    return _of_length_one(_of_length_one(parts).reshape(len(hidden), -1))


def to_last_mean(said: EncoderManifest) -> Floats:
    """What turns vectors (width,) to the mean of the last layer alone (width, dimensions), of length 1."""
    if said.pooling == "cls":
        return np.eye(said.dimensions, dtype=np.float32)
    parts = np.zeros((said.layers + 1, said.dimensions, said.dimensions), dtype=np.float32)
    parts[said.layers - 1] = np.eye(said.dimensions) * np.sqrt(said.layers + 1)
    return parts.reshape(said.width, said.dimensions)


def _of_length_one(vectors: Floats) -> Floats:
    lengths = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return np.asarray(vectors / lengths, dtype=np.float32)


def load_encoder(folder: Path) -> Encoder:
    """The prepared encoder in `folder`, its hash checked. Raises ModelError for one that is missing or damaged."""
    try:
        manifest = EncoderManifest.model_validate_json((folder / MANIFEST).read_bytes())
        graph = (folder / GRAPH).read_bytes()
        words = (folder / TOKENIZER).read_bytes()
    except (OSError, ValidationError) as error:
        raise ModelError(f"the encoder in {folder} cannot be read: train the model again") from error
    if hashlib.sha256(graph).hexdigest() != manifest.sha256:
        raise ModelError(f"the encoder in {folder} is damaged (its hash differs): train the model again")
    return Encoder(manifest, folder, session_of(graph), read_tokenizer(words, manifest.tokens))


def token_ids(tokenizer: Any, texts: Sequence[str], tokens: int) -> list[list[int]]:
    """Of each text its first `tokens` tokens; halves of characters that no encoding knows are left out."""
    longest = tokens * MAX_CHARS_PER_TOKEN
    clean = [text[:longest].encode("utf-8", "ignore").decode() for text in texts]
    return [encoded.ids for encoded in tokenizer.encode_batch(clean)]


def session_of(graph: bytes) -> Any:
    """Runs a graph on every core that this process may use. Raises ModelError for one that cannot be run."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("onnxruntime", "") from error
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.inter_op_num_threads = 1
    # threads that spin between batches would take the cores of whoever parses the next mail
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises a dozen types of its own
        reason = str(error).splitlines()[0]
        raise ModelError(f"the encoder's graph cannot be run: {reason}; prepare it again") from error


def read_tokenizer(words: bytes, tokens: int) -> Any:
    """Of a `tokenizer.json`. Raises ModelError for one that is damaged.

    It reads a batch on all cores, and on one after a fork, where its threads are gone: that is what it does by itself,
    while TOKENIZERS_PARALLELISM=true has it wait for them for ever. Either way it is 2% of what `embed` takes.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(words.decode())
    except Exception as error:  # tokenizers raises no narrower type
        raise ModelError(f"the encoder's {TOKENIZER} cannot be read: fetch the encoder again") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens)
    return tokenizer
