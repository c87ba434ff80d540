"""What the pipeline makes of a mail, and that `mailstage categorize` says the same of it."""

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from cli.reading import read_file
from cli.sorting import readable_files, sorted_files
from ml.small.registry import load
from models.case import Stage
from models.classification import Classification, DecidedBy
from models.errors import StoreUnavailable
from models.review import ReviewKind
from models.settings import Settings
from store.cases import claim
from store.classifications import latest_classification
from store.metrics import overview
from store.reviews import waiting
from tasks.categorize import categorize_batch, categorize_mail
from tasks.drift import look_for_drift
from tasks.measure import evidence_for
from tests.factories import TEAM
from tests.tasks.learning import School, opened

BILLING = ("invoice payment", "the amount charged and the VAT, please help me")
HEADS = {
    "customer": {"From": "Ada <ada@example.com>"},
    "list": {"From": "Ada <ada@example.com>", "List-Id": "<talk.example.org>", "List-Post": "<mailto:t@example.org>"},
    "own": {"From": f"Us <{TEAM.address}>"},
}


@pytest.fixture
def school(tmp_path: Path) -> School:
    return opened(tmp_path)


@pytest.fixture
def mails(tmp_path: Path) -> list[Path]:
    """A customer's mail, a mailing list's and one of ours, each about an invoice."""
    return [written(tmp_path, name, *BILLING) for name in HEADS]


def written(folder: Path, name: str, subject: str, body: str) -> Path:
    mail = EmailMessage()
    for head, value in {**HEADS[name], "Subject": subject, "Message-ID": f"<{name}@example.com>"}.items():
        mail[head] = value
    mail.set_content(body)
    path = folder / f"{name}.eml"
    path.write_bytes(mail.as_bytes())
    return path


def strict(settings: Settings, precision: str = "0.95", threshold: float | None = None) -> Settings:
    """Another wished precision, and a threshold for bills."""
    cut = {"billing": {"threshold": threshold}}
    kept = [one.model_copy(update=cut.get(one.name, {})) for one in settings.categories]
    sorting = settings.sorting.model_copy(update={"precision": precision})
    return settings.model_copy(update={"categories": tuple(kept), "sorting": sorting})


def by_pipeline(school: School, mails: list[Path]) -> list[Classification | None]:
    school.inbox.save(*(school.inbox.arrival(read_file(mail)) for mail in mails))
    works = claim(school.store, "support", Stage.RECEIVED, 10, 60)
    return [item.classification for item in categorize_batch(school.place, load(school.folder), works)]


@pytest.mark.parametrize(("precision", "threshold"), [("0.95", None), ("0.99", None), ("0.95", 1.0), ("0.99", 0.0)])
def test_the_command_line_says_what_the_pipeline_says(
    school: School, mails: list[Path], precision: str, threshold: float | None
) -> None:
    """By the same rules, thresholds and wished precision, and of the tone as well; the time that it took differs."""
    school.place = replace(school.place, settings=strict(school.place.settings, precision, threshold))
    told = list(sorted_files(readable_files(mails)[0], school.folder, school.place.settings, None, why=False))
    fields = Classification.model_fields.keys() - {"milliseconds"}
    kept = [one.model_dump(mode="json", include=fields) for one in by_pipeline(school, mails) if one]
    assert [{name: line[name] for name in fields} for line in told] == kept
    assert told[0]["abstained"] is (threshold == 1.0)
    assert [line["decided_by"] for line in told] == ["linear", "rule", "rule"]
    assert [line["tone"] is None for line in told] == [False, True, True]
    assert [line["category"] for line in told] == ["billing", None, None]
    assert "a mailing list's mail" in told[1]["why"]


def test_a_wished_precision_of_the_command_line_wins(school: School, mails: list[Path]) -> None:
    """Over that of mailstage.toml; without settings there are neither thresholds nor addresses of ours."""
    classifier = load(school.folder)
    cuts = {"0.95": dict.fromkeys(classifier.labels, 0.0), "0.99": dict.fromkeys(classifier.labels, 1.0)}
    settings = strict(school.place.settings, "0.99")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.sorting.load", lambda _folder: replace(classifier, thresholds=cuts))
        (line, *_) = sorted_files(readable_files(mails)[0], school.folder, settings, None, why=False)
        assert line["abstained"]
        (line, *_) = sorted_files(readable_files(mails)[0], school.folder, settings, "0.95", why=False)
        assert not line["abstained"]
        (line, *_, own) = sorted_files(readable_files(mails)[0], school.folder, None, None, why=True)
        assert not line["abstained"]
        assert (own["category"], own["decided_by"]) == ("billing", "linear")


def test_mail_that_a_rule_sets_aside_has_no_reasons(school: School, mails: list[Path]) -> None:
    """Words and labelled mails decided nothing."""
    (_, of_list, _) = sorted_files(readable_files(mails)[0], school.folder, school.place.settings, None, why=True)
    assert of_list["reasons"] is None


def test_what_a_rule_decided_is_kept_and_counts_nowhere(school: School, mails: list[Path]) -> None:
    """Not as an answer of the model, nor as time that sorting took, nor as something that a person looked at."""
    school.inbox.save(*(school.inbox.arrival(read_file(mail)) for mail in mails[1:]))
    assert categorize_mail(school.place, "support", load(school.folder)).skipped == 2
    case = school.inbox.cases(Stage.SKIPPED)[0]
    kept = latest_classification(school.store, case.id)
    assert kept is not None
    assert (kept.category, kept.decided_by, kept.why) == (None, DecidedBy.RULE, case.reason)
    assert case.category is None
    assert waiting(school.store, "support", [ReviewKind.CATEGORY]) == []
    assert overview(school.store, "support").sorting_milliseconds == 0
    assert look_for_drift(school.place, "support").n == 0
    assert evidence_for(school.place, "support").category_accuracy.trials == 0


def test_a_store_that_does_not_answer_is_no_fault_of_a_mail(
    school: School, mails: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends and says so; the mail keeps its place and the next run sorts it."""
    school.inbox.save(*(school.inbox.arrival(read_file(mail)) for mail in mails))
    monkeypatch.setattr("tasks.categorize.came_back", _locked)
    with pytest.raises(StoreUnavailable):
        categorize_mail(school.place, "support", load(school.folder))
    assert len(school.inbox.cases(Stage.RECEIVED)) == 3


def test_what_only_orders_the_queue_keeps_no_mail_from_it(
    school: School, mails: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """People are asked even so, in the order of arrival."""
    place = replace(school.place, settings=strict(school.place.settings, threshold=1.0))
    school.inbox.save(school.inbox.arrival(read_file(mails[0])))
    monkeypatch.setattr("tasks.categorize.asked_answers", _locked)
    assert categorize_mail(place, "support", load(school.folder)).asked == 1
    assert len(waiting(school.store, "support", [ReviewKind.CATEGORY])) == 1


def _locked(*_: object) -> None:
    raise StoreUnavailable("the database is locked")
