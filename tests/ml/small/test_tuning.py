"""Tuning an encoder on one's own mail: what it gains, and that nothing is measured on what it saw."""

import json
import random
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.small.encoder import fine_tuning, tuning
from ml.small.encoder.embedding import Encoder
from ml.small.encoder.fine_tuning import Recipe, batches_of
from ml.small.encoder.preparing import encoder_named
from ml.small.encoder.tuned import TUNED, Tuned, hash_of, read_tuned, seen_rows
from ml.small.encoder.tuning import Task, recipe_for, shown, tune
from ml.small.labelled import LabelledMail
from ml.small.registry import load
from ml.small.rows import checked_examples
from ml.small.training import train
from models.errors import MissingExtra, ModelError, TrainingDataError
from tests.ml.small.factories import labelled
from tests.ml.small.tiny_bert import WIDTH, tiny_bert

pytestmark = pytest.mark.usefixtures("own_cache")

needs_torch = pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="torch is an extra")


def loaded(folder: Path) -> Encoder:
    encoder = encoder_named(str(folder))
    assert encoder is not None
    return encoder


def as_if_tuned(folder: Path, rows: list[LabelledMail]) -> Path:
    """A tiny encoder that says it was tuned on all but every fifth of the rows."""
    examples = checked_examples(rows)
    seen = tuple(hash_of(examples.keys[row]) for row in shown(examples, 0))
    tiny_bert(folder)
    said = Tuned(base="tiny", rows=len(rows), epochs=1, seed=0, seen=seen)
    (folder / TUNED).write_text(said.model_dump_json())
    return folder


def test_a_fifth_of_each_label_is_kept_back_and_duplicates_stay_together() -> None:
    """Otherwise the kept mail would have been seen after all, or a label could not be measured."""
    rows = labelled(20) + labelled(5)
    examples = checked_examples(rows)
    seen = set(shown(examples, 0).tolist())
    kept = [row for row in range(len(rows)) if row not in seen]
    assert not {examples.keys[row] for row in kept} & {examples.keys[row] for row in seen}
    for label in range(3):
        assert 3 <= sum(int(examples.targets[row]) == label for row in kept) <= 7
    assert shown(examples, 0).tolist() == shown(examples, 0).tolist()
    assert shown(examples, 0).tolist() != shown(examples, 1).tolist()


def test_every_row_is_in_one_batch_beside_one_of_its_label() -> None:
    """Contrast needs two that are alike."""
    targets = np.repeat(np.arange(30), 10)
    batches = batches_of(targets, Recipe(batch=64, alike=2), np.random.default_rng(0))
    assert sorted(row for rows in batches for row in rows) == list(range(300))
    assert max(map(len, batches)) <= 80
    paired = [(targets[rows] == targets[row]).sum() > 1 for rows in batches for row in rows]
    assert np.mean(paired) > 0.95


def test_few_rows_are_read_more_often() -> None:
    """And a person's own number overrides that."""
    assert recipe_for(300).epochs > recipe_for(30_000).epochs
    assert recipe_for(300, 2).epochs == 2


def test_what_an_encoder_saw_is_found_by_its_text_alone(tmp_path: Path) -> None:
    """The hashes are those of the folded text: case and spaces do not hide a mail."""
    rows = labelled(10)
    folder = as_if_tuned(tmp_path / "e", rows)
    shouted = [row.model_copy(update={"body": row.body.upper()}) for row in rows]
    seen = seen_rows(folder, checked_examples(shouted).keys)
    assert seen.sum() == len(shown(checked_examples(rows), 0))
    assert not seen_rows(tiny_bert(tmp_path / "plain"), ["anything"]).any()


def test_training_measures_only_on_mail_the_encoder_has_not_seen(tmp_path: Path) -> None:
    """But learns from all: a model folder carries the hashes on, so that a later training knows them too."""
    rows = labelled(20, foreign=20)
    report = train(rows, tmp_path / "m", encoder=loaded(as_if_tuned(tmp_path / "e", rows)))
    assert (report.n, report.out_of_scope) == (80, 20)
    assert report.labels == {"billing": 20, "delivery": 20, "repair": 20}
    assert any("measured on 16 of 80 rows" in warning for warning in report.warnings)
    second = load(tmp_path / "m").second
    assert second is not None
    assert set(second.model.rows.tolist()) >= set(range(80))
    assert read_tuned(second.encoder.folder) == read_tuned(tmp_path / "e")


def test_margins_of_seen_mail_do_not_reach_the_thresholds(tmp_path: Path) -> None:
    """Seen rows with a label that is wrong spoil what is learned, never what is measured: they are not in the count."""
    rows = labelled(20)
    examples = checked_examples(rows)
    seen = set(shown(examples, 0).tolist())
    report = train(rows, tmp_path / "m", encoder=loaded(as_if_tuned(tmp_path / "e", rows)))
    page = json.loads((tmp_path / "m" / "report.json").read_bytes())
    steps = {share * (len(rows) - len(seen)) for share in page["answered_by"].values()}
    assert all(abs(count - round(count)) < 0.01 for count in steps)
    assert report.accuracy * (len(rows) - len(seen)) == pytest.approx(
        round(report.accuracy * (len(rows) - len(seen))), abs=0.01
    )


def test_mail_that_was_all_seen_cannot_be_trained_on(tmp_path: Path) -> None:
    """There is nothing to choose a threshold on: said, with what to do."""
    rows = labelled(20)
    folder = as_if_tuned(tmp_path / "e", rows)
    seen = [rows[row] for row in shown(checked_examples(rows), 0)]
    with pytest.raises(TrainingDataError, match="too few to measure on") as caught:
        train(seen, tmp_path / "m", encoder=loaded(folder))
    assert "\n" not in str(caught.value)


def test_damaged_hashes_are_no_licence_to_measure(tmp_path: Path) -> None:
    """Read as none, they would make every figure too good."""
    folder = tiny_bert(tmp_path / "e")
    (folder / TUNED).write_text("{}")
    with pytest.raises(ModelError, match="tune the encoder again"):
        encoder_named(str(folder))


def test_without_torch_one_line_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a minute is spent on reading."""
    monkeypatch.setattr(fine_tuning, "find_spec", lambda _library: None)
    with pytest.raises(MissingExtra, match="torch is not installed: run make install-train"):
        tune(labelled(10), Task(tmp_path / "nowhere", tmp_path / "out"))


def test_a_folder_with_other_things_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before the work, not after it."""
    monkeypatch.setattr(tuning, "needs_torch", lambda: None)
    (tmp_path / "photo.jpg").write_bytes(b"")
    with pytest.raises(ModelError, match="something else"):
        tune(labelled(10), Task(tiny_bert(tmp_path / "b"), tmp_path))


@pytest.mark.parametrize(
    ("said", "complaint"), [({"model_type": "mpnet"}, "'mpnet'"), ({"tuned": True}, "tuned already: .* tiny")]
)
def test_an_encoder_that_cannot_be_tuned_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, object], complaint: str
) -> None:
    """Another architecture, and one whose tuning would hide what it saw the first time."""
    monkeypatch.setattr(tuning, "needs_torch", lambda: None)
    source = as_if_tuned(tmp_path / "b", labelled(10)) if "tuned" in said else tiny_bert(tmp_path / "b", said)
    with pytest.raises(ModelError, match=complaint):
        tune(labelled(10), Task(source, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def closeness(folder: Path, rows: list[LabelledMail]) -> float:
    """How much nearer mails of one label lie than mails of two, in cosines."""
    examples = checked_examples(rows)
    vectors = loaded(folder).embed([mail.reading for mail in examples.mails])
    alike = examples.targets[:, None] == examples.targets[None]
    cosines = vectors @ vectors.T
    return float(cosines[alike].mean() - cosines[~alike].mean())


@needs_torch
def test_tuning_lays_mail_of_one_label_together(tmp_path: Path) -> None:
    """Progress is told batch by batch, and the folder is in the form of the hub."""
    dice = random.Random(0)
    rows = [
        LabelledMail(label=label, text=" ".join("".join(dice.choices(letters, k=4)) for _ in range(5)))
        for label, letters in (("first", "abcdefgh"), ("second", "ijklmnop"), ("third", "qrstuvwx"))
        for _ in range(20)
    ]
    told: list[tuple[int, int]] = []
    task = Task(tiny_bert(tmp_path / "b"), tmp_path / "out", Recipe(epochs=20, rate=3e-3, layers=2), device="cpu")
    report = tune(rows, task, lambda done, total: told.append((done, total)))
    assert closeness(task.out, rows) > closeness(task.source, rows) + 0.1
    assert report.after > report.before
    assert (report.rows, report.seen + report.kept_back) == (60, 60)
    assert told[-1][0] == told[-1][1] == len(told)
    assert {path.name for path in task.out.iterdir()} == {
        "1_Pooling", "config.json", "model.safetensors", "tokenizer.json", "tuned.json"
    }  # fmt: skip


@needs_torch
def test_the_same_seed_tunes_the_same_encoder(tmp_path: Path) -> None:
    """To the bit; another seed keeps other rows back."""
    source, rows = tiny_bert(tmp_path / "b", pooling="cls"), labelled(10)
    first, again, other = (
        Task(source, tmp_path / name, Recipe(epochs=1), seed, "cpu") for name, seed in (("a", 0), ("b2", 0), ("c", 1))
    )
    for task in (first, again, other):
        tune(rows, task)
    files = [(task.out / "model.safetensors").read_bytes() for task in (first, again, other)]
    assert files[0] == files[1] != files[2]
    assert read_tuned(first.out) == read_tuned(again.out) != read_tuned(other.out)
    tune(rows, again)
    assert (again.out / "model.safetensors").read_bytes() == files[0]


@needs_torch
def test_only_the_upper_layers_move(tmp_path: Path) -> None:
    """Words and lower layers are those of the base."""
    from ml.small.encoder.hub_folder import read_weights

    source = tiny_bert(tmp_path / "b")
    tune(labelled(10), Task(source, tmp_path / "out", Recipe(epochs=1, layers=1), device="cpu"))
    before, after = read_weights(source), read_weights(tmp_path / "out")
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert before.keys() == after.keys()
    assert moved
    assert all(name.startswith("encoder.layer.1.") for name in moved)


@needs_torch
def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With what to take instead."""
    with pytest.raises(ModelError, match=r"there is no device 'tpu'.*--device cpu"):
        tune(labelled(10), Task(tiny_bert(tmp_path / "b"), tmp_path / "out", device="tpu"))


@needs_torch
def test_the_graph_agrees_with_transformers(tmp_path: Path) -> None:
    """Vectors of the two implementations have a cosine above 0.9999."""
    import onnxruntime
    import torch
    from transformers import BertModel

    from ml.small.encoder.preparing import full_graph

    source = tiny_bert(tmp_path / "b")
    ids = np.array([[2, *range(5, 25), 3]], dtype=np.int64)
    session = onnxruntime.InferenceSession(full_graph(source).SerializeToString())
    ours = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0].mean(axis=0)[-WIDTH:]
    model: Any = BertModel.from_pretrained(source, add_pooling_layer=False)
    model.eval()
    with torch.no_grad():
        theirs = model(torch.from_numpy(ids)).last_hidden_state[0].mean(dim=0).numpy()
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) > 0.9999
