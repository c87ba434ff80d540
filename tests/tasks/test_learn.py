"""From reviewers' decisions to a new model: what is learned, what is asked, and that nothing happens without a yes."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from ml.small.labelled import LabelledMail, features_of
from ml.small.learning.kept_rows import read_rows
from ml.small.learning.locked import is_locked
from ml.small.manifest import read_manifest, versions
from ml.small.registry import load, save
from ml.small.training import train
from models.challenge import LearningOutcome, Verdict
from models.errors import ModelError
from models.review import EVERY_MAILBOX, Decision, Outcome, ReviewKind
from store import challenges
from store.audit import entries
from store.drafts import add_draft, ask_approval
from store.reviews import waiting
from tasks.decide import decide_review
from tasks.gather import gather_rows
from tasks.learn import LEAST
from tasks.set_aside import set_aside
from tests.factories import mail, reply
from tests.ml.small.factories import labelled
from tests.tasks.learning import TODAY, School, opened, rows, with_question


@pytest.fixture
def school(tmp_path: Path) -> School:
    return opened(tmp_path)


@pytest.fixture
def asked(tmp_path: Path) -> School:
    """A question about a new model waits."""
    return with_question(tmp_path)


def test_a_better_model_is_put_before_a_person(school: School) -> None:
    """With the evidence; until the answer the old one sorts the mail, and of the comparison no other file stays."""
    before = school.in_use
    school.teach()
    report = school.learn()
    review, challenge = school.question()
    assert (report.outcome, report.review) == (LearningOutcome.ASKED, review.id)
    assert (review.mailbox, review.kind) == (EVERY_MAILBOX, ReviewKind.MODEL)
    assert (challenge.champion, challenge.changed) == (before, 60)
    assert challenge.comparison.verdict is Verdict.BETTER
    assert challenge.comparison.better_p < 0.025
    assert any(change.category == "subscription" for change in challenge.comparison.categories)
    assert school.in_use == before
    new = read_manifest(school.folder, challenge.version)
    assert (new.trained, new.rows) == (TODAY, len(rows()) + 60)
    assert "subscription" in new.labels
    assert not list(school.place.settings.data.glob("comparing-*"))


def test_what_a_killed_comparison_left_is_removed(school: School) -> None:
    """It holds excerpts of mail; what another run is comparing, and what is somebody else's, stays."""
    data = school.place.settings.data
    killed, other = data / "comparing-k1ll3d_x", data / "comparing-notes"
    for folder in (killed, other):  # the lock of a process that is gone holds nobody back
        (folder / "versions").mkdir(parents=True)
        (folder / "rows-0123456789abcdef.jsonl").write_text('{"body": "my bill"}')
        (folder / ".in-use").touch()
    with set_aside(data) as in_use:
        assert school.learn().outcome is LearningOutcome.TOO_FEW
        assert sorted(data.glob("comparing-*")) == sorted([in_use, other])


def test_a_yes_brings_the_model_into_use(asked: School) -> None:
    """At once, in the log under the person's name, and it knows what it learned from."""
    review, challenge = asked.question()
    asked.decide(review, Outcome.APPROVED)
    assert asked.in_use == challenge.version
    assert load(asked.folder).classify_texts([features_of(row) for row in rows()[:1]])
    activated, approved, *_ = entries(asked.store, "model")
    assert (approved.actor, approved.action) == ("noor", "model approved")
    assert (activated.actor, activated.action) == ("noor", "model activated")
    assert activated.detail["before"] == challenge.champion
    assert len(read_rows(asked.folder, read_manifest(asked.folder).learned_from)) == len(rows()) + 60


def test_a_no_keeps_the_old_model_for_good(asked: School) -> None:
    """However often learning runs again; the question comes back only with new decisions."""
    before = asked.in_use
    review, challenge = asked.question()
    asked.decide(review, Outcome.REJECTED)
    assert asked.learn().outcome is LearningOutcome.COMPARED
    assert challenges.open_question(asked.store) is None
    assert asked.in_use == before
    asked.teach(5)
    assert asked.learn().outcome is LearningOutcome.ASKED
    assert asked.question()[1].version != challenge.version


def test_each_look_since_the_activation_is_counted(asked: School) -> None:
    """A no changes nothing about that; another model in use begins anew."""
    review, first = asked.question()
    asked.decide(review, Outcome.REJECTED)
    asked.teach(5)
    asked.learn()
    review, second = asked.question()
    assert (first.comparison.look, second.comparison.look) == (1, 2)
    assert second.comparison.level < first.comparison.level
    assert challenges.looks_at(asked.store, asked.in_use) == 2
    assert challenges.looks_at(asked.store, "trained by hand since") == 0
    asked.decide(review, Outcome.APPROVED)
    assert challenges.looks_at(asked.store, asked.in_use) == 0
    assert challenges.looks_at(asked.store, second.champion) == 0


def test_an_open_question_is_not_asked_twice(asked: School) -> None:
    """Nor is a model trained while it waits."""
    known = len(versions(asked.folder))
    asked.teach(5)
    assert asked.learn().outcome is LearningOutcome.WAITS
    assert len(versions(asked.folder)) == known


def test_a_question_about_another_champion_is_withdrawn(asked: School) -> None:
    """Somebody trained anew: what was compared with the old model says nothing about this one."""
    review, challenge = asked.question()
    train(labelled(45, foreign=30), asked.folder)
    assert asked.learn().outcome is LearningOutcome.ASKED
    assert asked.answered(review).outcome is Outcome.EXPIRED
    assert asked.question()[1].champion == asked.in_use != challenge.champion


def test_copies_of_one_campaign_put_no_model_before_a_person(school: School) -> None:
    """Nearly all are set aside for the comparison, and the model has learned the others by heart."""
    dice = random.Random(16)
    words = ["".join(dice.choices("abcdefghij", k=6)) for _ in range(60)]
    names = ["".join(dice.choices("abcdefghij", k=6)) for _ in range(40)]
    copies = [" ".join([*words[:30], name, *words[30:]]) for name in names]
    assert sum(is_locked(LabelledMail(label=None, subject="News", body=text)) for text in copies) == 38
    for text in copies:
        school.decided("subscription", text, "News")
    assert school.learn().outcome is LearningOutcome.REFUSED


def test_a_few_decisions_are_not_worth_a_training(school: School) -> None:
    """They are counted, and wait for more."""
    school.teach(LEAST - 1)
    report = school.learn()
    assert (report.outcome, report.changed) == (LearningOutcome.TOO_FEW, LEAST - 1)
    assert str(LEAST) in report.why


def test_a_model_that_is_not_better_is_not_put_before_a_person(school: School) -> None:
    """Decisions that say what the model knew: noted in the log, without the mails, and not compared again."""
    for row in labelled(5, seed=77):
        school.decided(row.label, row.body, row.subject)
    report = school.learn()
    assert report.outcome is LearningOutcome.REFUSED
    assert report.comparison is not None
    assert report.comparison.verdict is not Verdict.BETTER
    assert challenges.open_question(school.store) is None
    assert len(versions(school.folder)) == 1
    (past,) = challenges.past_comparisons(school.store)
    assert (past.verdict, past.changed) == (report.comparison.verdict, 15)
    (entry,) = entries(school.store, "model")
    assert not {"examples", "categories"} & entry.detail.keys()
    assert school.learn().outcome is LearningOutcome.COMPARED


def test_the_newest_decision_about_a_text_wins(school: School) -> None:
    """Over the labelled file and over older decisions; copies count once."""
    known = rows()[0]
    school.decided("repair", known.body, known.subject)
    school.decided("billing", known.body, known.subject)
    school.decided("subscription", "a bag of beans", "Beans")
    school.decided(None, "A  BAG of  beans", "beans")
    gathered = gather_rows(school.place, read_manifest(school.folder))
    assert len(gathered.decided) == 2
    labels = {features_of(row).body: row.label for row in gathered.rows}
    assert labels[known.body] == "billing"
    assert [row.label for row in gathered.rows if "bag" in row.body.lower()] == [None]
    assert len(gathered.rows) == len(gathered.known) + 1


def test_a_decision_that_says_what_was_known_is_no_change(school: School) -> None:
    """It neither adds a row nor counts."""
    known = rows()[0]
    school.decided(known.label, known.body, known.subject)
    gathered = gather_rows(school.place, read_manifest(school.folder))
    assert not gathered.decided
    assert gathered.rows == gathered.known


def test_a_draft_that_was_rejected_is_no_label(school: School) -> None:
    """A reply may be wrong under the right category; what a machine sorted was said by nobody."""
    case = add_draft(school.store, school.inbox.categorized(mail("where is it"), "delivery"), reply())
    ask_approval(school.store, case, reply(), "each reply is approved by a person")
    (review,) = waiting(school.store, "support", [ReviewKind.DRAFT])
    decide_review(
        school.place,
        Decision(
            review_id=review.id,
            outcome=Outcome.REJECTED,
            decided_by="noor",
            shown_hash=review.shown_hash,
            reason="this is not about a delivery",
        ),
    )
    assert not gather_rows(school.place, read_manifest(school.folder)).decided


def test_categories_that_are_gone_are_not_learned(school: School) -> None:
    """A model that knew them would be refused by every run."""
    school.teach(12)
    settings = school.place.settings
    left = tuple(one for one in settings.categories if one.name not in ("subscription", "repair"))
    school.place = type(school.place)(settings.model_copy(update={"categories": left}), school.store)
    gathered = gather_rows(school.place, read_manifest(school.folder))
    assert {row.label for row in gathered.rows} == {"delivery", "billing", None}
    assert not gathered.decided


def test_a_model_that_does_not_know_its_mail_says_what_to_do(school: School) -> None:
    """One that was trained before rows were kept."""
    manifest = read_manifest(school.folder)
    (school.folder / manifest.learned_from).unlink()
    school.teach(LEAST)
    with pytest.raises(ModelError, match="mailstage train --data"):
        school.learn()


def test_a_model_that_only_suggests_is_followed_by_one_that_learned(school: School) -> None:
    """Cold start: from descriptions alone to a trained model, by people's decisions and one yes."""
    save(school.folder, replace(load(school.folder), suggests=True), None)
    for row in labelled(25, seed=5):
        school.decided(row.label, row.body, row.subject)
    report = school.learn()
    assert report.outcome is LearningOutcome.ASKED, report.why
    assert report.comparison is not None
    assert (report.comparison.champion.rows, report.comparison.champion.coverage) == (0, 0)
    assert report.changed == 75
    school.decide(school.question()[0], Outcome.APPROVED)
    assert not load(school.folder).suggests
    assert len(read_rows(school.folder, read_manifest(school.folder).learned_from)) == 75


def test_decisions_of_one_category_alone_teach_nothing(school: School) -> None:
    """Said in words; a weekly run does not fail over it."""
    save(school.folder, replace(load(school.folder), suggests=True), None)
    school.teach(20)
    report = school.learn()
    assert report.outcome is LearningOutcome.TOO_FEW
    assert "at least one other category" in report.why
