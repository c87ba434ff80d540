"""`mailstage encoder`: what a person types to fetch, see, check and tune a sentence encoder."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml.small.encoder import fine_tuning
from tests.cli.terminal import Terminal
from tests.ml.small.factories import labelled
from tests.ml.small.hub_server import LocalHub, local_hub
from tests.ml.small.tiny_bert import WIDTH, tiny_bert

NAME = "owner/tiny"


class Encoders(Terminal):
    """`mailstage encoder …`, without the first word."""

    def __call__(self, *arguments: object, typed: str = "") -> int:
        return super().__call__("encoder", *arguments, typed=typed)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def one_line(self) -> str:
        assert self.out == ""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


@pytest.fixture
def encoder(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Encoders:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
    return Encoders(capsys, monkeypatch)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub with one encoder, and beside its weights what nobody should fetch."""
    folder = tiny_bert(tmp_path / "served")
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    (folder / "README.md").write_text("# tiny")
    with local_hub({NAME: folder}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub


def folder_of(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "mailstage" / "encoders" / "downloaded" / "owner--tiny"


def test_pull_fetches_what_is_needed_and_nothing_pickled(encoder: Encoders, hub: LocalHub, tmp_path: Path) -> None:
    """Afterwards the name is known to every command, and the hub is not asked again."""
    assert encoder("pull", NAME) == 0
    assert f"--encoder {NAME}" in encoder.out
    wanted = {"config.json", "tokenizer.json", "1_Pooling/config.json", "model.safetensors"}
    assert set(hub.asked) == wanted
    folder = folder_of(tmp_path)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == wanted
    assert [path.name for path in folder.parent.iterdir()] == ["owner--tiny"]
    hub.asked.clear()
    assert encoder("check", NAME, "--json") == 0
    found = encoder.lines()[0]
    assert (found["name"], found["dimensions"]) == (NAME, WIDTH)
    assert found["texts_per_second"] > 0
    assert hub.asked == []


def test_pull_again_replaces_the_encoder(encoder: Encoders, hub: LocalHub, tmp_path: Path) -> None:
    """Once the new one is whole; while it is not, the old one stays."""
    assert encoder("pull", NAME, "--json") == 0
    assert encoder.lines() == [{"name": NAME, "folder": str(folder_of(tmp_path)), "dimensions": WIDTH}]
    before = (folder_of(tmp_path) / "model.safetensors").read_bytes()
    hub.spoilt.add("model.safetensors")
    assert encoder("pull", NAME) == 1
    assert "damaged on the way" in encoder.one_line()
    assert (folder_of(tmp_path) / "model.safetensors").read_bytes() == before
    hub.spoilt.clear()
    newer = tiny_bert(tmp_path / "newer", seed=1) / "model.safetensors"
    newer.replace(hub.models[NAME] / "model.safetensors")
    assert encoder("pull", NAME) == 0
    assert (folder_of(tmp_path) / "model.safetensors").read_bytes() != before


def test_a_graph_is_fetched_where_the_architecture_is_another(encoder: Encoders, hub: LocalHub) -> None:
    """It is what such an encoder runs from."""
    from ml.small.encoder.preparing import full_graph

    served = hub.models[NAME]
    graph = full_graph(served).SerializeToString()
    (served / "onnx").mkdir()
    (served / "onnx" / "model.onnx").write_bytes(graph)
    config = json.loads((served / "config.json").read_bytes())
    (served / "config.json").write_text(json.dumps(config | {"model_type": "distilbert"}))
    assert encoder("pull", NAME) == 0
    assert "onnx/model.onnx" in hub.asked
    assert "model.safetensors" not in hub.asked


def test_what_cannot_be_pulled_is_told_in_one_line(encoder: Encoders, hub: LocalHub, tmp_path: Path) -> None:
    """An unknown name, no name at all, weights that are pickled, a tokenizer that is missing; nothing stays behind."""
    served = hub.models[NAME]
    for name, complaint in (("owner/other", "no encoder 'owner/other'"), ("../../etc", "is no id of the hub")):
        assert encoder("pull", name) == 1
        assert complaint in encoder.one_line()
    (served / "model.safetensors").rename(tmp_path / "weights")
    assert encoder("pull", NAME) == 1
    assert "pickled weights are not read" in encoder.one_line()
    (served / "tokenizer.json").unlink()
    assert encoder("pull", NAME) == 1
    assert "fast tokenizer" in encoder.one_line()
    assert not folder_of(tmp_path).exists()


def test_a_download_that_breaks_off_leaves_nothing(
    encoder: Encoders, hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an encoder would be taken for one."""
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _seconds: None)
    hub.cut.add("model.safetensors")
    assert encoder("pull", NAME) == 1
    assert "could not be fetched" in encoder.one_line()
    assert list(folder_of(tmp_path).parent.iterdir()) == []


def test_a_hub_that_cannot_be_reached_is_told_in_one_line(
    encoder: Encoders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a way to go on without it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        assert encoder("pull", NAME) == 1
    assert "could not be fetched" in encoder.one_line()
    assert "copy its folder here" in encoder.err
    assert not folder_of(tmp_path).exists()


def test_list_shows_what_is_here(encoder: Encoders, hub: LocalHub) -> None:
    """Downloaded and made ready to run, with size and dimensions."""
    encoder("pull", NAME)
    assert encoder("list", "--json") == 0
    found = {one["kind"]: one for one in encoder.lines()}
    assert found["downloaded"]["name"] == found["prepared"]["name"] == NAME
    assert found["downloaded"]["dimensions"] == WIDTH
    assert found["downloaded"]["size"] > found["prepared"]["size"] / 2
    assert encoder("list") == 0
    assert NAME in encoder.out
    assert hub.asked


def test_check_of_an_unknown_name_says_how_to_get_it(encoder: Encoders) -> None:
    """No network is tried."""
    assert encoder("check", "owner/unknown") == 1
    assert "mailstage encoder pull owner/unknown" in encoder.one_line()


def test_check_tells_speed_and_memory(encoder: Encoders, tmp_path: Path) -> None:
    """Of a folder as well as of a name."""
    assert encoder("check", tiny_bert(tmp_path / "mine")) == 0
    assert "mine: 32 dimensions" in encoder.out
    assert "a second in batches" in encoder.out


def test_tune_without_torch_names_the_command(
    encoder: Encoders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line, before the file is read."""
    monkeypatch.setattr(fine_tuning, "find_spec", lambda _library: None)
    assert encoder("tune", "--data", tmp_path / "none.jsonl", "--out", tmp_path / "out") == 1
    assert "make install-train" in encoder.one_line()


def test_tune_writes_an_encoder_that_train_accepts(encoder: Encoders, tmp_path: Path) -> None:
    """The folder is named to `mailstage train --encoder`."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    data, out = tmp_path / "rows.jsonl", tmp_path / "out"
    rows = [row.model_dump_json(include={"label", "subject", "body"}) for row in labelled(10)]
    data.write_text("\n".join(rows))
    options = ("--encoder", tiny_bert(tmp_path / "b"), "--epochs", 1, "--device", "cpu")
    assert encoder("tune", "--data", data, "--out", out, *options) == 0
    assert f"mailstage train --data {data} --encoder {out}" in encoder.out
    assert encoder("tune", "--data", data, "--out", out, *options, "--json") == 0
    assert encoder.lines()[0]["kept_back"] == 6
    assert encoder("check", out) == 0
