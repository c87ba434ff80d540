"""What the record of a large model counts, and for whom: falls, audits, copies, mailboxes, versions."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from models.case import Stage
from models.opinion import Stratum
from store.judgements import judgements_of
from store.tables import classifications
from tasks.consult import Consulted, consultant_of
from tasks.workplace import Workplace
from tests.tasks.consulting import ENOUGH, mailroom, names, waiting_until


def test_it_falls_back_to_suggestions_by_itself(tmp_path: Path) -> None:
    """Once the latest audits refute what is asked for; nobody has to look."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        room.judged(1, truth="delivery", audit=True)
        assert consultant_of(room.place, "support").autonomy.record(Stratum.AGREES).answers
        room.judged(1, truth="delivery", audit=True)
        assert not consultant_of(room.place, "support").autonomy.record(Stratum.AGREES).answers
        case = room.waits()
        assert room.consult() == Consulted(asked=1)
        assert room.now(case).stage is Stage.AWAITING_CATEGORY


def test_what_it_is_kept_from_answering_takes_nothing_back(tmp_path: Path) -> None:
    """Once it answers it is held against audits alone, which it is told of by itself."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        room.judged(20, said="delivery", guess="delivery", truth="repair")
        assert consultant_of(room.place, "support").autonomy.record(Stratum.AGREES).answers
        case = waiting_until(room, audited=True)
        assert room.consult() == Consulted(asked=1)
        room.decide(case)
        assert [one.audit for one in judgements_of(room.inbox.store, "support", room.model)][-1]


def test_copies_of_a_short_mail_earn_nothing(tmp_path: Path) -> None:
    """It has too few words to be a wording, but the same ones."""
    with mailroom(tmp_path, names("billing")) as room:
        cases = [room.waits(f"Hello {name},\nplease send me invoice {name!r} 4711.") for name in [4, 5, 6]]
        room.consult()
        for case in cases:
            room.decide(case)
        assert len(judgements_of(room.inbox.store, "support", room.model)) == 3
        assert consultant_of(room.place, "support").autonomy.record(Stratum.AGREES).n == 1


def test_each_mailbox_earns_its_own(tmp_path: Path) -> None:
    """What people of one say tells nothing of another's mail."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        assert consultant_of(room.place, "support").autonomy.record(Stratum.AGREES).answers
        assert consultant_of(room.place, "orders").autonomy.judgements == []


def test_other_versions_cost_no_time(tmp_path: Path) -> None:
    """Their answers are not even read; what begins alike is another version all the same."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        store, model = room.inbox.store, room.model
        with store.write() as connection:
            its = classifications.c.record.contains(model)
            first = connection.execute(select(func.min(classifications.c.id)).where(its)).scalar()
            this = update(classifications).where(classifications.c.id == first)
            connection.execute(this.values(record='{"model_version":"another", broken'))
        assert len(judgements_of(store, "support", model)) == ENOUGH - 1
        assert judgements_of(store, "support", model.upper()) == []
        assert judgements_of(store, "support", model[:-1]) == []


def test_another_model_or_prompt_begins_without_a_record(tmp_path: Path) -> None:
    """What one has earned says nothing of another."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        assert len(judgements_of(room.inbox.store, "support", room.model)) == ENOUGH
        (tmp_path / "prompts").mkdir()
        (tmp_path / "prompts" / "categorize.j2").write_text("Sort it.\n{{ divider }}\n{{ text }}", encoding="utf-8")
        settings = room.place.settings.model_copy(update={"templates": tmp_path})
        assert consultant_of(Workplace(settings, room.inbox.store), "support").autonomy.judgements == []


@pytest.mark.parametrize(
    ("change", "earned"),
    [
        ({"description": "About bills and payments."}, 0),
        ({"name": "payment"}, 0),
        ({"title": "Bills", "threshold": 0.9}, ENOUGH),
    ],
)
def test_other_categories_begin_without_a_record(tmp_path: Path, change: dict[str, object], earned: int) -> None:
    """One that is new or means something else was no choice when the answers were right; the rest may change."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        first, *rest = room.place.settings.categories
        settings = room.place.settings.model_copy(update={"categories": (*rest, first.model_copy(update=change))})
        judgements = consultant_of(Workplace(settings, room.inbox.store), "support").autonomy.judgements
        assert len(judgements) == earned
