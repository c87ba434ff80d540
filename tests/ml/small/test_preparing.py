"""Encoders made ready to run from the form of the hub: what may be damaged, foreign or half-made on the way."""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml.small.encoder.bert import bert_graph, read_config
from ml.small.encoder.embedding import GRAPH, MANIFEST, Encoder, load_encoder
from ml.small.encoder.hub_folder import read_weights, write_weights
from ml.small.encoder.preparing import AUTO, OFF, encoder_named, find_source, prepare, prepared
from models.errors import ModelError
from tests.ml.small.tiny_bert import TEXTS, WIDTH, tiny_bert

pytestmark = pytest.mark.usefixtures("own_cache")


def encoder(source: Path) -> Encoder:
    return load_encoder(prepared(source))


def lacking(source: Path) -> None:
    weights = read_weights(source)
    del weights["encoder.layer.1.output.dense.bias"]
    write_weights(weights, source / "model.safetensors")


def of_other_size(source: Path) -> None:
    config = json.loads((source / "config.json").read_bytes())
    (source / "config.json").write_text(json.dumps(config | {"hidden_size": WIDTH * 2}))


def cut(source: Path, name: str) -> None:
    os.truncate(source / name, (source / name).stat().st_size // 2)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "weights lost": (lambda s: (s / "model.safetensors").unlink(), "fetch the encoder again"),
    "weights cut": (lambda s: cut(s, "model.safetensors"), "fetch the encoder again"),
    "weights no file of theirs": (lambda s: (s / "model.safetensors").write_bytes(b"PK\x03\x04"), "fetch"),
    "one weight missing": (lacking, "encoder.layer.1.output.dense.bias"),
    "another size": (of_other_size, "other sizes"),
    "no tokenizer": (lambda s: (s / "tokenizer.json").unlink(), "fast tokenizer"),
    "tokenizer cut": (lambda s: cut(s, "tokenizer.json"), "tokenizer.json cannot be read"),
    "config cut": (lambda s: cut(s, "config.json"), "config.json is missing or damaged"),
    "ready graph cut": (lambda s: as_ready_graph(s, whole=False), "fetch the encoder again"),
}


def as_ready_graph(source: Path, *, whole: bool = True) -> None:
    """As other architectures come: no weights for us, but a graph that asks for more and gives two outputs."""
    import onnx
    from onnx import TensorProto, helper

    model = bert_graph(read_config(source), read_weights(source))
    kinds = helper.make_tensor_value_info("token_type_ids", TensorProto.INT64, ["n", "tokens"])
    model.graph.input.append(kinds)
    model.graph.node.append(helper.make_node("Identity", ["token_type_ids"], ["kinds"]))
    model.graph.output.insert(0, helper.make_tensor_value_info("kinds", TensorProto.INT64, ["n", "tokens"]))
    (source / "onnx").mkdir()
    onnx.save(model, source / "onnx" / "model.onnx")
    (source / "model.safetensors").unlink()
    config = json.loads((source / "config.json").read_bytes())
    (source / "config.json").write_text(json.dumps(config | {"model_type": "distilbert"}))
    if not whole:
        cut(source, "onnx/model.onnx")


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    """And leaves no half-made encoder that the next run would take for a whole one."""
    damage, complaint = DAMAGE[what]
    source = tiny_bert(tmp_path / "b")
    damage(source)
    with pytest.raises(ModelError, match=complaint) as caught:
        encoder_named(str(source))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"model_type": "mpnet"}, "'mpnet', which only runs from an onnx/model.onnx"),
        ({"hidden_act": "relu"}, "only runs from"),
        ({"position_embedding_type": "relative_key"}, "only runs from"),
    ],
)
def test_another_architecture_is_named(tmp_path: Path, said: dict[str, str], complaint: str) -> None:
    """Computed as a BERT it would give vectors, and wrong ones."""
    with pytest.raises(ModelError, match=complaint):
        prepared(tiny_bert(tmp_path / "b", said))


def test_pooling_that_is_unknown_here_is_refused(tmp_path: Path) -> None:
    """The mean in its place would be another encoder."""
    source = tiny_bert(tmp_path / "b")
    (source / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(ModelError, match="pools by max"):
        prepared(source)


def test_a_graph_that_was_exported_elsewhere_runs_too(tmp_path: Path) -> None:
    """What it asks for besides tokens and mask is given to it, and of what it gives the states are taken."""
    expected = encoder(tiny_bert(tmp_path / "b")).embed(TEXTS)
    other = tiny_bert(tmp_path / "other")
    as_ready_graph(other)
    assert (encoder(other).embed(TEXTS) * expected).sum(axis=1).min() > 0.999


def test_a_graph_of_an_old_opset_is_told_in_one_line(tmp_path: Path) -> None:
    """Integers by token need what ONNX has since opset 13."""
    import onnx

    other = tiny_bert(tmp_path / "other")
    as_ready_graph(other)
    graph = onnx.load(other / "onnx" / "model.onnx")
    graph.opset_import[0].version = 11
    onnx.save(graph, other / "onnx" / "model.onnx")
    with pytest.raises(ModelError, match="opset 11: export it again with 13 or newer"):
        prepared(other)


def test_what_was_prepared_is_used_again_until_its_source_changes(tmp_path: Path) -> None:
    """Seconds of work at every start would be felt."""
    source = tiny_bert(tmp_path / "b")
    first = prepared(source)
    made = (first / MANIFEST).stat().st_mtime_ns
    assert prepared(source) == first
    assert (first / MANIFEST).stat().st_mtime_ns == made
    os.utime(source / "model.safetensors", ns=(1, 1))
    assert prepared(source) != first


@pytest.mark.parametrize("name", [GRAPH, MANIFEST])
def test_a_damaged_copy_in_the_cache_is_made_anew(tmp_path: Path, name: str) -> None:
    """Its source is whole: nobody has to be asked."""
    source = tiny_bert(tmp_path / "b")
    expected = encoder(source).embed(TEXTS)
    (prepared(source) / name).write_bytes(b"{}")
    again = encoder_named(str(source))
    assert again is not None
    assert np.array_equal(again.embed(TEXTS), expected)


def test_two_processes_may_prepare_the_same_encoder(tmp_path: Path) -> None:
    """Whoever is second finds a whole one, and nothing half-made stays behind."""
    source, out = tiny_bert(tmp_path / "b"), tmp_path / "cache" / "one"
    context = multiprocessing.get_context("spawn")  # a fork has none of onnxruntime's threads
    workers = [context.Process(target=prepare, args=(source, out)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert [path.name for path in out.parent.iterdir()] == ["one"]
    assert load_encoder(out).embed(["a"]).shape == (1, 3 * WIDTH)


def test_a_folder_left_without_a_manifest_gives_way(tmp_path: Path) -> None:
    """A crash of another program, or a copy that was broken off."""
    out = tmp_path / "out"
    out.mkdir()
    (out / GRAPH).write_bytes(b"half")
    prepare(tiny_bert(tmp_path / "b"), out)
    assert load_encoder(out).embed(["a"]).shape == (1, 3 * WIDTH)


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, with the folder."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be written"):
        prepared(tiny_bert(tmp_path / "b"))


def test_names_are_looked_up_on_this_machine_alone(tmp_path: Path) -> None:
    """A folder, what was pulled, none on request; and for a stranger the command that fetches it."""
    downloaded = tiny_bert(tmp_path / "cache" / "mailstage" / "encoders" / "downloaded" / "owner--name")
    assert find_source("owner/name") == downloaded
    assert find_source(str(downloaded)) == downloaded
    assert find_source(OFF) is None
    with pytest.raises(ModelError, match="mailstage encoder pull some/other"):
        find_source("some/other")
    assert encoder(downloaded).manifest.name == "owner/name"
    assert (found := find_source(AUTO)) is None or (found / "config.json").is_file()


def test_the_runtime_reports_to_nobody(tmp_path: Path) -> None:
    """By itself onnxruntime keeps an identifier of the machine and sends events to its makers."""
    source, cache = tiny_bert(tmp_path / "b"), tmp_path / "cache"
    program = f"from ml.small.encoder.preparing import encoder_named; encoder_named({str(source)!r}).embed(['a'])"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100, env=os.environ | {"HOME": str(tmp_path)})
    assert [path.name for path in cache.iterdir()] == ["mailstage"]
