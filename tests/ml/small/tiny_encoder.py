"""A sentence encoder of one small layer with random weights: texts that share words lie near one another."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from ml.small.encoder.embedding import Encoder, load_encoder
from ml.small.encoder.preparing import prepare

SIZE, WIDE, LENGTH = 32, 64, 64


def tiny_encoder(folder: Path, words: Iterable[str], seed: int = 0) -> Encoder:
    """Prepared in `folder` like any other; it knows `words`, and all others are one to it."""
    source = folder / "source"
    source.mkdir(parents=True)
    vocabulary = {word: number for number, word in enumerate(["[UNK]", *sorted({word.lower() for word in words})])}
    config = {
        "model_type": "bert",
        "hidden_size": SIZE,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": WIDE,
        "vocab_size": len(vocabulary),
        "type_vocab_size": 2,
        "max_position_embeddings": LENGTH,
    }
    (source / "config.json").write_text(json.dumps(config))
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(source / "tokenizer.json"))
    save_file(_weights(len(vocabulary), np.random.default_rng(seed)), source / "model.safetensors")
    prepare(source, folder / "prepared")
    return load_encoder(folder / "prepared")


def _weights(words: int, dice: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Large word vectors and small everything else, so that a text's vector is about the mean of its words'."""

    def drawn(*shape: int, spread: float = 0.02) -> NDArray[np.float32]:
        return dice.normal(0, spread, shape).astype(np.float32)

    layer = "encoder.layer.0"
    found = {
        "embeddings.word_embeddings.weight": drawn(words, SIZE, spread=1.0),
        "embeddings.position_embeddings.weight": drawn(LENGTH, SIZE),
        "embeddings.token_type_embeddings.weight": drawn(2, SIZE),
    }
    linear = {
        f"{layer}.attention.self.query": (SIZE, SIZE),
        f"{layer}.attention.self.key": (SIZE, SIZE),
        f"{layer}.attention.self.value": (SIZE, SIZE),
        f"{layer}.attention.output.dense": (SIZE, SIZE),
        f"{layer}.intermediate.dense": (WIDE, SIZE),
        f"{layer}.output.dense": (SIZE, WIDE),
    }
    for name, (rows, columns) in linear.items():
        found |= {f"{name}.weight": drawn(rows, columns), f"{name}.bias": drawn(rows)}
    for name in ("embeddings", f"{layer}.attention.output", f"{layer}.output"):
        found |= {
            f"{name}.LayerNorm.weight": np.ones(SIZE, np.float32),
            f"{name}.LayerNorm.bias": np.zeros(SIZE, np.float32),
        }
    return found
