"""An ONNX graph as others export it, brought to the one shape that is run here: two inputs, the last state out.

Exports differ in what they ask for besides tokens and mask, and in what they give besides the last state.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    import onnx

INPUTS = ("input_ids", "attention_mask")
_KINDS = "token_type_ids"
_STATES = ("last_hidden_state", "token_embeddings")


def read_graph(path: Path) -> "onnx.ModelProto":
    """Raises ModelError for a file that is damaged, or asks for inputs that are unknown here."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path)
    except (OSError, DecodeError, ValueError, onnx.checker.ValidationError) as error:
        raise ModelError(f"{path} cannot be read: fetch the encoder again") from error
    _one_kind_of_token(model.graph)
    asked = {given.name for given in model.graph.input}
    if asked != set(INPUTS):
        raise ModelError(f"{path} asks for {', '.join(sorted(asked))}: only {' and '.join(INPUTS)} are given here")
    state = next((out for out in model.graph.output if _is_state(out)), None)
    if state is None:
        raise ModelError(f"{path} gives no state of each token: name an encoder exported for feature extraction")
    del model.graph.output[:]
    model.graph.output.append(state)
    return model


def _is_state(out: "onnx.ValueInfoProto") -> bool:
    return out.name in _STATES or len(out.type.tensor_type.shape.dim) == 3


def _one_kind_of_token(graph: "onnx.GraphProto") -> None:
    """Which of two texts a token belongs to is asked for: here is always one text, so that zeros answer it."""
    from onnx import TensorProto, helper

    asked = [given for given in graph.input if given.name == _KINDS]
    if not asked:
        return
    graph.input.remove(asked[0])
    zero = helper.make_tensor("mailstage.zero", TensorProto.INT64, [1], [0])
    shape = helper.make_node("Shape", [INPUTS[0]], ["mailstage.shape"])
    zeros = helper.make_node("ConstantOfShape", ["mailstage.shape"], [_KINDS], value=zero)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([shape, zeros, *nodes])
