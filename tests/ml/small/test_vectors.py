"""The vectors of an encoder: against a forward pass of BERT in numpy, in any company, of any text."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.small.encoder.embedding import GRAPH, Encoder, load_encoder, session_of, to_last_mean
from ml.small.encoder.hub_folder import read_pooling, read_weights, write_weights
from ml.small.encoder.preparing import AUTO, find_source, full_graph, prepared
from tests.ml.small.tiny_bert import POSITIONS, TEXTS, WIDTH, states_of, tiny_bert

MAILS = [
    "My machine leaks from the group head since Monday. Is that covered by the warranty?",
    "Rechnung fehlt\nGuten Tag, zu Bestellung KG-204611 habe ich keine Rechnung bekommen.",
    "Hello, " + "I would like to know when my order will arrive, and whether I may still change the address. " * 20,
]

pytestmark = pytest.mark.usefixtures("own_cache")


def encoder(source: Path) -> Encoder:
    return load_encoder(prepared(source))


def in_floats(source: Path, ids: list[list[int]]) -> NDArray[np.float32]:
    """The last two states (n, tokens, 2 * WIDTH) of the graph before it is quantised; 0 pads."""
    import onnxruntime

    width = max(len(one) for one in ids)
    padded = np.array([one + [0] * (width - len(one)) for one in ids], dtype=np.int64)
    mask = np.array([[1] * len(one) + [0] * (width - len(one)) for one in ids], dtype=np.int64)
    session = onnxruntime.InferenceSession(full_graph(source).SerializeToString())
    return np.asarray(session.run(None, {"input_ids": padded, "attention_mask": mask})[0])


def reference(source: Path, texts: list[str]) -> NDArray[np.float64]:
    """Unit vectors (n, width) by the forward pass in numpy."""
    weights = read_weights(source)
    ids = [one.ids for one in encoder(source).tokenizer.encode_batch(texts)]
    vectors = []
    for one in ids:
        before, last = states_of(weights, one)[-2:]
        mean = before.mean(axis=0), last.mean(axis=0), last.max(axis=0)
        parts = (last[0],) if read_pooling(source) == "cls" else mean
        vectors.append(np.concatenate([part / np.linalg.norm(part) / np.sqrt(len(parts)) for part in parts]))
    return np.array(vectors)


def test_the_graph_computes_what_bert_is_defined_as(tmp_path: Path) -> None:
    """Each token's state, in texts of several lengths that are padded to one."""
    source = tiny_bert(tmp_path / "b")
    ids = [[2, 9, 14, 60, 3], [2, 3], [2, *range(4, 40), 3]]
    states = in_floats(source, ids)
    for one, state in zip(ids, states, strict=True):
        expected = np.concatenate(states_of(read_weights(source), one)[-2:], axis=1)
        assert np.abs(state[: len(one)] - expected).max() < 1e-4


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_int8_stays_close_to_full_precision(tmp_path: Path, pooling: str) -> None:
    """Also with random weights, of which no outlier was trained away."""
    source = tiny_bert(tmp_path / "b", pooling=pooling)
    likeness = (encoder(source).embed(TEXTS) * reference(source, TEXTS)).sum(axis=1)
    assert likeness.min() > 0.99


def test_int8_takes_a_quarter_of_the_memory_and_reads_alike() -> None:
    """Of the encoder that is installed: the graph on disk is what lies in memory."""
    source = find_source(AUTO)
    assert source is not None
    ready, graph = encoder(source), full_graph(source).SerializeToString()
    assert (ready.folder / GRAPH).stat().st_size < 0.27 * len(graph)
    in_full = replace(ready, session=session_of(graph))
    assert (ready.embed(MAILS) * in_full.embed(MAILS)).sum(axis=1).min() > 0.99


@pytest.mark.parametrize("name", ["tiny", AUTO])
def test_a_text_has_the_same_vector_alone_and_in_any_company(tmp_path: Path, name: str) -> None:
    """To the last bit nearly: no scale is shared, so what else is in a batch, how long it is, and in what order, moves
    it no further than a float's rounding."""
    source = tiny_bert(tmp_path / "b") if name == "tiny" else find_source(name)
    assert source is not None
    ready = encoder(source)
    alone = np.concatenate([ready.embed([text]) for text in TEXTS + MAILS])
    together = ready.embed((TEXTS + MAILS) * 20)
    assert np.abs(together[: len(alone)] - alone).max() < 1e-5
    assert np.abs(ready.embed((TEXTS + MAILS)[::-1])[::-1] - alone).max() < 1e-5


@pytest.mark.parametrize(
    "text", ["", " \n", "\ud800 half a character", "\x00", "👩‍👩‍👧 مرحبا", "word " * 100_000, "x" * 500_000]
)
def test_any_text_has_a_finite_vector_of_length_one(tmp_path: Path, text: str) -> None:
    """Empty, broken, endless and foreign ones among them."""
    vectors = encoder(tiny_bert(tmp_path / "b")).embed([text, "a parcel"])
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_last_layer_alone_can_be_told_from_a_vector(tmp_path: Path, pooling: str) -> None:
    """For what resembles mail in meaning alone, as the names of categories do."""
    source = tiny_bert(tmp_path / "b", pooling=pooling)
    ready = encoder(source)
    found = ready.embed(TEXTS) @ to_last_mean(ready.manifest)
    said = reference(source, TEXTS)
    last = said if pooling == "cls" else said[:, WIDTH : 2 * WIDTH] * np.sqrt(3)
    assert (found * last).sum(axis=1).min() > 0.99
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_have_no_vectors(tmp_path: Path) -> None:
    """An empty batch is no error."""
    assert encoder(tiny_bert(tmp_path / "b")).embed([]).shape == (0, 3 * WIDTH)


def test_no_more_is_read_than_the_encoder_has_positions(tmp_path: Path) -> None:
    """A text that is longer is cut, not refused."""
    ready = encoder(tiny_bert(tmp_path / "b"))
    assert ready.manifest.tokens == POSITIONS
    long = "a b c d e f g h i j " * 10
    assert np.allclose(ready.embed([long])[0], ready.embed([long + "z z z"])[0])


def test_old_names_of_weights_are_understood(tmp_path: Path) -> None:
    """Checkpoints of the first BERT say gamma and beta, and bear the model's name before each weight."""
    source = tiny_bert(tmp_path / "b")
    expected = encoder(source).embed(TEXTS)
    old = {
        "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for name, value in read_weights(source).items()
    }
    write_weights(old, source / "model.safetensors")
    assert np.array_equal(encoder(source).embed(TEXTS), expected)
