"""A BERT encoder's weights as an ONNX graph, without torch: most sentence encoders are of this one architecture.

The graph is written with those fused operators of onnxruntime that gain time (MultiHeadAttention, BiasGelu).
Source: Devlin et al. 2019, and the contrib operators of onnxruntime (com.microsoft).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from models.errors import ModelError
from models.record import Record

if TYPE_CHECKING:
    import onnx

OPSET = 17
FUSED = "com.microsoft"
LAYERS = 2
"""States that are read, the last one last: see `ml.small.encoder.embedding`."""
PADDING = ("input_ids", "attention_mask")

Weights = Mapping[str, NDArray[Any]]


class BertConfig(Record):
    """What `config.json` of the Hugging Face hub says; sizes in units of the vector, lengths in tokens."""

    model_type: str
    hidden_size: int = Field(gt=0)
    intermediate_size: int = Field(gt=0)
    num_hidden_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    max_position_embeddings: int = Field(gt=1)
    hidden_act: str = "gelu"
    position_embedding_type: str = "absolute"
    layer_norm_eps: float = 1e-12


def read_config(folder: Path) -> BertConfig:
    """Raises ModelError for another architecture than BERT's, which needs a ready model.onnx in its folder."""
    try:
        config = BertConfig.model_validate_json((folder / "config.json").read_bytes(), extra="ignore")
    except (OSError, ValidationError) as error:
        raise ModelError(f"{folder} holds no encoder: its config.json is missing or damaged") from error
    if (config.model_type, config.hidden_act, config.position_embedding_type) != ("bert", "gelu", "absolute"):
        raise ModelError(
            f"the encoder in {folder} is a {config.model_type!r}, which only runs from an onnx/model.onnx beside it: "
            "name one that brings it, or one of the BERT family (MiniLM, BGE, E5, GTE)"
        )
    return config


def plain_names(weights: Weights) -> dict[str, NDArray[Any]]:
    """The same weights under the names of today: no model's name before them, no TensorFlow words in them."""
    return {
        name.removeprefix("bert.")
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias"): value
        for name, value in weights.items()
    }


def bert_graph(config: BertConfig, weights: Weights) -> "onnx.ModelProto":
    """Token ids and mask (n, tokens) to the last LAYERS states, side by side (n, tokens, LAYERS * hidden).

    `weights` go by plain name.

    Raises ModelError for weights that are missing or of other sizes than the configuration says.
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights, config)
    states = [graph.embedded()]
    for number in range(config.num_hidden_layers):
        states.append(graph.layer(states[-1], f"encoder.layer.{number}"))
    graph.add("Concat", states[-LAYERS:], "hidden", axis=-1)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "tokens"]) for name in PADDING]
    hidden = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["n", "tokens", LAYERS * config.hidden_size])
    return helper.make_model(
        helper.make_graph(graph.nodes, "bert", inputs, [hidden], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)],
        ir_version=8,
    )


@dataclass
class _Graph:
    weights: Weights
    config: BertConfig
    nodes: list["onnx.NodeProto"] = field(default_factory=list)
    constants: list["onnx.TensorProto"] = field(default_factory=list)

    def add(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], output, domain=domain, **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> NDArray[np.float32]:
        try:
            found = np.asarray(self.weights[name], dtype=np.float32)
        except KeyError as error:
            raise ModelError(
                f"the encoder's weights lack {name}: its download is not whole, or it is no BERT"
            ) from error
        sizes = found.shape[1:] if "_embeddings." in name else found.shape
        if not set(sizes) <= {self.config.hidden_size, self.config.intermediate_size}:
            raise ModelError(f"the encoder's {name} is of other sizes than its config.json says: fetch it again")
        return found

    def embedded(self) -> str:
        """Words and positions; the one kind of token that a single text has is added to the positions beforehand."""
        at = "embeddings"
        positions = (
            self.weight(f"{at}.position_embeddings.weight") + self.weight(f"{at}.token_type_embeddings.weight")[0]
        )
        words = self.constant("words", self.weight(f"{at}.word_embeddings.weight"))
        gathered = self.add("Gather", [words, "input_ids"], "word_vectors")
        length = self.add("Slice", [self.add("Shape", ["input_ids"], "shape"), *self._whole("one", 1, 2)], "length")
        zero = self.constant("zero", np.array([0], dtype=np.int64))
        placed = self.add("Slice", [self.constant("positions", positions), zero, length, zero], "position_vectors")
        self.add("Cast", ["attention_mask"], "mask", to=6)  # INT32
        return self._norm(self.add("Add", [gathered, placed], "summed"), f"{at}.LayerNorm")

    def layer(self, state: str, name: str) -> str:
        """One block: attention, then the feed-forward network, each added to what came in and normalised."""
        attended = self._product(self._attended(state, f"{name}.attention.self"), f"{name}.attention.output.dense")
        state = self._joined(attended, state, f"{name}.attention.output")
        wide = self._product(state, f"{name}.intermediate.dense")
        bent = self.add("BiasGelu", [wide, self._stored(f"{name}.intermediate.dense.bias")], f"{name}.gelu", FUSED)
        return self._joined(self._product(bent, f"{name}.output.dense"), state, f"{name}.output")

    def _attended(self, state: str, name: str) -> str:
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        weights = np.concatenate([self.weight(f"{part}.weight").T for part in parts], axis=1)
        biases = np.concatenate([self.weight(f"{part}.bias") for part in parts])
        packed = self.add("MatMul", [state, self.constant(f"{name}.weight", weights)], f"{name}.packed")
        inputs = [*self._split(packed, parts), self.constant(f"{name}.bias", biases), "mask"]
        return self.add("MultiHeadAttention", inputs, name, FUSED, num_heads=self.config.num_attention_heads)

    def _split(self, packed: str, outputs: list[str]) -> list[str]:
        """The last axis cut into as many equal parts."""
        from onnx import helper

        self.nodes.append(helper.make_node("Split", [packed], outputs, axis=-1))
        return outputs

    def _product(self, state: str, name: str) -> str:
        return self.add("MatMul", [state, self.constant(f"{name}.weight", self.weight(f"{name}.weight").T)], name)

    def _joined(self, made: str, state: str, name: str) -> str:
        """In three steps: onnxruntime's fused SkipLayerNormalization takes four times as long (1.31, one core)."""
        biased = self.add("Add", [made, self._stored(f"{name}.dense.bias")], f"{name}.biased")
        return self._norm(self.add("Add", [biased, state], f"{name}.summed"), f"{name}.LayerNorm")

    def _norm(self, state: str, name: str) -> str:
        inputs = [state, self._stored(f"{name}.weight"), self._stored(f"{name}.bias")]
        return self.add("LayerNormalization", inputs, name, axis=-1, epsilon=self.config.layer_norm_eps)

    def _stored(self, name: str) -> str:
        return self.constant(name, self.weight(name))

    def _whole(self, name: str, start: int, end: int) -> list[str]:
        return [
            self.constant(f"{name}.{side}", np.array([at], dtype=np.int64))
            for side, at in (("start", start), ("end", end))
        ]
