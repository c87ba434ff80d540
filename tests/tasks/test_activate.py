"""A model comes into use by a person's word alone, once, and even when a crash comes in between."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ml.small import registry
from ml.small.manifest import read_manifest, versions
from ml.small.registry import load
from ml.small.training import train
from models.errors import ApprovalError, ModelError, NotFound
from models.review import Outcome, Review
from store import challenges
from store.audit import entries
from tasks import activate as activating
from tasks.activate import FORGOTTEN, activate_model, forget_models, load_model, other_versions, roll_back_model
from tests.ml.small.factories import labelled
from tests.tasks.learning import School, opened, with_question


class PowerCut(BaseException):
    """The process ends here."""


@pytest.fixture
def school(tmp_path: Path) -> School:
    """A question about a new model waits."""
    return with_question(tmp_path)


def cut_off(school: School, review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """A yes, and the power fails before the model is activated."""

    def fail(_folder: Path, _version: str) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(registry, "activate", fail)
        with pytest.raises(PowerCut):
            school.decide(review, Outcome.APPROVED)


def test_a_crash_between_approval_and_activation_is_repaired(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run of any mailbox sorts with what was approved; the log says so once."""
    review, challenge = school.question()
    cut_off(school, review, monkeypatch)
    assert school.in_use == challenge.champion
    assert school.answered(review).outcome is Outcome.APPROVED
    assert load_model(school.place).version == challenge.version
    assert load_model(school.place).version == challenge.version
    actions = [entry.action for entry in entries(school.store, "model")]
    assert actions.count(challenges.ACTIVATED) == 1
    assert read_manifest(school.folder).parent == challenge.champion


def test_a_crash_before_the_log_is_repaired_too(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is in use already: only its entry is missing, and the way back stays open."""
    review, challenge = school.question()
    cut_off(school, review, monkeypatch)
    registry.activate(school.folder, challenge.version)
    assert load_model(school.place).version == challenge.version
    assert entries(school.store, "model")[0].action == challenges.ACTIVATED
    assert roll_back_model(school.place, "noor")[0] == challenge.champion


def test_a_repair_does_not_undo_a_training_that_came_after(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The approval was given against another champion: it is noted, and nothing changes."""
    review, _ = school.question()
    cut_off(school, review, monkeypatch)
    newest = train(labelled(45, foreign=30), school.folder).version
    assert load_model(school.place).version == newest
    assert entries(school.store, "model")[0].action == challenges.OVERTAKEN
    assert load_model(school.place).version == newest


def test_a_full_disk_keeps_the_champion_at_work(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail is sorted meanwhile; the run after the fault activates."""
    review, challenge = school.question()
    with monkeypatch.context() as patched:
        patched.setattr(registry, "write_whole", no_space)
        school.decide(review, Outcome.APPROVED)
        assert load_model(school.place).version == challenge.champion
    assert load_model(school.place).version == challenge.version


def no_space(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_damaged_challenger_is_refused(school: School) -> None:
    """The question stays open, and can be answered with no."""
    review, challenge = school.question()
    weights = school.folder / read_manifest(school.folder, challenge.version).weights
    weights.write_bytes(weights.read_bytes()[:-7] + b"\x00" * 7)
    with pytest.raises(ApprovalError, match=r"damaged.*say no"):
        school.decide(review, Outcome.APPROVED)
    assert school.answered(review).outcome is None
    assert school.in_use == challenge.champion
    school.decide(review, Outcome.REJECTED)


def test_a_challenger_that_is_gone_is_refused(school: School) -> None:
    """Its files were tidied away meanwhile."""
    review, challenge = school.question()
    (school.folder / "versions" / f"{challenge.version}.json").unlink()
    with pytest.raises(ApprovalError, match="no version"):
        school.decide(review, Outcome.APPROVED)


def swapped(school: School, other: Path) -> None:
    """Another model, whole in itself, under the name of the challenger."""
    _, challenge = school.question()
    train(labelled(12), other)
    foreign = read_manifest(other)
    forged = foreign.model_copy(update={"version": challenge.version})
    (school.folder / foreign.weights).write_bytes((other / foreign.weights).read_bytes())
    (school.folder / "versions" / f"{challenge.version}.json").write_text(forged.model_dump_json())


def lowered(school: School, _other: Path) -> None:
    """The challenger's weights, with thresholds that nobody was shown."""
    _, challenge = school.question()
    manifest = read_manifest(school.folder, challenge.version)
    cuts = {wished: dict.fromkeys(by_category, 0.0) for wished, by_category in manifest.thresholds.items()}
    changed = manifest.model_copy(update={"thresholds": cuts})
    (school.folder / "versions" / f"{challenge.version}.json").write_text(changed.model_dump_json())


@pytest.mark.parametrize("exchange", [swapped, lowered])
def test_a_yes_binds_to_all_that_was_compared(
    school: School, tmp_path: Path, exchange: Callable[[School, Path], None]
) -> None:
    """To its thresholds as well as to its weights: the version that was shown is a hash over both."""
    review, challenge = school.question()
    exchange(school, tmp_path / "other")
    with pytest.raises(ApprovalError, match=r"damaged.*say no"):
        school.decide(review, Outcome.APPROVED)
    assert school.in_use == challenge.champion


def test_weights_that_were_not_compared_are_refused(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even were another model found whose shorter hash is the same."""
    review, challenge = school.question()
    other = read_manifest(school.folder, challenge.version).model_copy(update={"sha256": "0" * 64})
    monkeypatch.setattr(activating, "read_manifest", lambda *named: other if named[1:] else read_manifest(*named))
    with pytest.raises(ApprovalError, match="not the one that was compared"):
        school.decide(review, Outcome.APPROVED)


def test_a_model_damaged_after_the_yes_does_not_stop_the_mail(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The champion goes on, and the log says why."""
    review, challenge = school.question()
    cut_off(school, review, monkeypatch)
    (school.folder / read_manifest(school.folder, challenge.version).weights).write_bytes(b"nonsense")
    assert load_model(school.place).version == challenge.champion
    entry = entries(school.store, "model")[0]
    assert entry.action == challenges.OVERTAKEN
    assert "damaged" in entry.detail["reason"]


def test_a_yes_after_the_champion_changed_is_refused(school: School) -> None:
    """What was compared is no longer what would be replaced."""
    review, _ = school.question()
    newest = train(labelled(45, foreign=30), school.folder).version
    with pytest.raises(ApprovalError, match="compares again"):
        school.decide(review, Outcome.APPROVED)
    assert school.in_use == newest


def test_a_model_whose_category_is_gone_is_refused(school: School) -> None:
    """Every run would stop at it."""
    review, _ = school.question()
    settings = school.place.settings
    left = tuple(one for one in settings.categories if one.name != "subscription")
    school.place = type(school.place)(settings.model_copy(update={"categories": left}), school.store)
    with pytest.raises(ApprovalError, match="subscription"):
        school.decide(review, Outcome.APPROVED)


def test_a_model_cannot_be_edited(school: School) -> None:
    """Yes or no."""
    review, _ = school.question()
    with pytest.raises(ApprovalError, match="cannot be edited"):
        school.decide(review, Outcome.EDITED)


def test_one_step_back_and_forth(school: School) -> None:
    """Each time in the log, with who and why; the repair does not interfere."""
    review, challenge = school.question()
    school.decide(review, Outcome.APPROVED)
    assert roll_back_model(school.place, "mira", "orders are called repairs") == (challenge.champion, challenge.version)
    assert load_model(school.place).version == challenge.champion
    entry = entries(school.store, "model")[0]
    assert (entry.actor, entry.action, entry.detail["reason"]) == (
        "mira",
        challenges.ROLLED_BACK,
        "orders are called repairs",
    )
    assert roll_back_model(school.place, "mira")[0] == challenge.version


def test_the_first_model_has_none_before_it(tmp_path: Path) -> None:
    """Said in a line."""
    with pytest.raises(NotFound, match="none to go back to"):
        roll_back_model(opened(tmp_path).place, "noor")


def test_a_version_that_waits_or_was_rejected_is_not_activated_in_passing(school: School) -> None:
    """The open question is where the yes belongs; a no is overridden only with a reason."""
    review, challenge = school.question()
    with pytest.raises(ApprovalError, match=f"mailstage approve {review.id}"):
        activate_model(school.place, challenge.version, "mira")
    school.decide(review, Outcome.REJECTED, reason="not now")
    with pytest.raises(ApprovalError, match=r"noor rejected .* \(not now\)"):
        activate_model(school.place, challenge.version, "mira")
    with pytest.raises(ApprovalError, match="--reason"):
        activate_model(school.place, challenge.version, "mira", force=True)
    assert school.in_use == challenge.champion
    activate_model(school.place, challenge.version, "mira", "it was right after all", force=True)
    assert school.in_use == challenge.version


def test_a_version_by_name(school: School) -> None:
    """Unknown and damaged ones are refused; the one in use is left as it is, without an entry."""
    with pytest.raises(NotFound, match="there are: "):
        activate_model(school.place, "nothing", "noor")
    newest = train(labelled(45, foreign=30), school.folder).version
    older = versions(school.folder)[-1].version
    assert activate_model(school.place, older, "noor") == newest
    assert load(school.folder).version == older
    assert activate_model(school.place, older, "noor") == older
    assert [entry.action for entry in entries(school.store, "model")].count(challenges.ACTIVATED) == 1
    (school.folder / read_manifest(school.folder, newest).weights).unlink()
    with pytest.raises(ModelError):
        activate_model(school.place, newest, "noor")
    assert school.in_use == older


def test_other_versions_are_forgotten_and_noted(school: School) -> None:
    """With the mail that they learned from; the way back is gone, and a second time does nothing."""
    review, challenge = school.question()
    school.decide(review, Outcome.APPROVED)
    gone = forget_models(school.place, "mira", "erasure")
    assert (gone.in_use, gone.versions) == (challenge.version, (challenge.champion,))
    assert [one.version for one in versions(school.folder)] == [challenge.version]
    assert len(list(school.folder.glob("rows-*"))) == 1
    entry = entries(school.store, "model")[0]
    assert (entry.actor, entry.action, entry.detail["reason"]) == ("mira", FORGOTTEN, "erasure")
    assert entry.detail["versions"] == [challenge.champion]
    assert load_model(school.place).version == challenge.version
    with pytest.raises(NotFound):
        roll_back_model(school.place, "mira")
    assert forget_models(school.place, "mira").files == ()
    assert [entry.action for entry in entries(school.store, "model")].count(FORGOTTEN) == 1


def test_nothing_is_forgotten_while_a_person_is_asked(school: School) -> None:
    """The question would be about a model that is gone; after a no the challenger goes with the others."""
    review, challenge = school.question()
    with pytest.raises(ApprovalError, match=f"review {review.id} asks"):
        forget_models(school.place, "mira")
    school.decide(review, Outcome.REJECTED)
    assert challenge.version in other_versions(school.place).versions
    assert forget_models(school.place, "mira").versions == (challenge.version,)


def test_an_approved_model_that_waits_for_the_disk_is_not_forgotten(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes into use with the next run."""
    review, challenge = school.question()
    with monkeypatch.context() as patched:
        patched.setattr(registry, "write_whole", no_space)
        school.decide(review, Outcome.APPROVED)
        with pytest.raises(ApprovalError, match="not in use yet"):
            forget_models(school.place, "mira")
    assert load_model(school.place).version == challenge.version


def test_a_folder_that_cannot_be_written_forgets_nothing(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line, and no entry in the log."""
    review, challenge = school.question()
    school.decide(review, Outcome.APPROVED)
    with monkeypatch.context() as patched:
        patched.setattr(registry, "write_whole", no_space)
        with pytest.raises(ModelError, match="No space left"):
            forget_models(school.place, "mira")
    assert roll_back_model(school.place, "mira")[0] == challenge.champion


def test_what_a_killed_comparison_left_is_forgotten_too(school: School) -> None:
    """It holds the mail that it compared on; `model forget` names it before."""
    school.decide(school.question()[0], Outcome.REJECTED)
    left = school.place.settings.data / "comparing-k1ll3d_x"
    left.mkdir()
    (left / "rows-0123456789abcdef.jsonl").write_text('{"body": "my bill"}')
    assert "../comparing-k1ll3d_x" in other_versions(school.place).files
    assert "../comparing-k1ll3d_x" in forget_models(school.place, "mira").files
    assert not left.exists()
