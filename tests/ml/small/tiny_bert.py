"""A BERT of two small random layers in the form of the hub, and its forward pass written out in numpy."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 40
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789éüßабвгд你好"
_EPSILON = 1e-12
TEXTS = [
    "where is my parcel",
    "a",
    "",
    "the invoice of may is wrong and i was charged twice",
    "привет 你好",
    "où est-il ?",
]
"""Short, single, empty, long, and in other scripts."""

Weights = dict[str, NDArray[np.float32]]


def tiny_bert(folder: Path, said: Mapping[str, object] | None = None, *, seed: int = 0, pooling: str = "mean") -> Path:
    """Writes config, weights, tokenizer and pooling into `folder`; `said` overrides fields of the configuration."""
    from safetensors.numpy import save_file

    (folder / "1_Pooling").mkdir(parents=True)
    vocabulary = _tokenizer(folder / "tokenizer.json")
    config = {
        "model_type": "bert", "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "intermediate_size": INNER, "max_position_embeddings": POSITIONS, "vocab_size": vocabulary,
        "hidden_act": "gelu", "layer_norm_eps": _EPSILON, "type_vocab_size": 2,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config | dict(said or {})))
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"})
    )
    save_file(random_weights(vocabulary, seed), folder / "model.safetensors")
    return folder


def random_weights(vocabulary: int, seed: int) -> Weights:
    dice = np.random.default_rng(seed)

    def drawn(*shape: int) -> NDArray[np.float32]:
        return dice.normal(0, 0.3, shape).astype(np.float32)

    at = "embeddings"
    weights = {
        f"{at}.word_embeddings.weight": drawn(vocabulary, WIDTH),
        f"{at}.position_embeddings.weight": drawn(POSITIONS, WIDTH),
        f"{at}.token_type_embeddings.weight": drawn(2, WIDTH),
        f"{at}.LayerNorm.weight": 1 + drawn(WIDTH),
        f"{at}.LayerNorm.bias": drawn(WIDTH),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        sizes = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
        sizes |= {"attention.output.dense": (WIDTH, WIDTH)}
        sizes |= {"intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER)}
        for name, (out, inside) in sizes.items():
            weights |= {f"{layer}.{name}.weight": drawn(out, inside), f"{layer}.{name}.bias": drawn(out)}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            weights |= {f"{layer}.{name}.weight": 1 + drawn(WIDTH), f"{layer}.{name}.bias": drawn(WIDTH)}
    return weights


def states_of(weights: Weights, ids: list[int]) -> list[NDArray[np.float64]]:
    """Of one text, after each layer (tokens, WIDTH), as Devlin et al. 2019 and Vaswani et al. 2017 define it."""
    at = "embeddings"
    state = weights[f"{at}.word_embeddings.weight"][ids].astype(np.float64)
    state += weights[f"{at}.position_embeddings.weight"][: len(ids)] + weights[f"{at}.token_type_embeddings.weight"][0]
    state = _normed(weights, f"{at}.LayerNorm", state)
    states = []
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        attended = _dense(weights, f"{layer}.attention.output.dense", _attended(weights, layer, state))
        state = _normed(weights, f"{layer}.attention.output.LayerNorm", attended + state)
        inner = _gelu(_dense(weights, f"{layer}.intermediate.dense", state))
        state = _normed(weights, f"{layer}.output.LayerNorm", _dense(weights, f"{layer}.output.dense", inner) + state)
        states.append(state)
    return states


def _attended(weights: Weights, layer: str, state: NDArray[np.float64]) -> NDArray[np.float64]:
    parts = []
    for part in ("query", "key", "value"):
        projected = _dense(weights, f"{layer}.attention.self.{part}", state)
        parts.append(projected.reshape(len(state), HEADS, -1).transpose(1, 0, 2))
    query, key, value = parts
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH / HEADS)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return np.asarray((shares @ value).transpose(1, 0, 2).reshape(len(state), -1))


def _dense(weights: Weights, name: str, state: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def _normed(weights: Weights, name: str, state: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = state - state.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
    return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _gelu(state: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import erf

    return np.asarray(state * 0.5 * (1 + erf(state / np.sqrt(2))))


def _tokenizer(path: Path) -> int:
    """One token a letter, `##` before those inside a word; returns how many there are."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    tokenizer: Any = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(path))
    return len(words)
