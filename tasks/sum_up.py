"""What the large model that sorts mail has done so far, and what it has earned."""

from collections.abc import Sequence

from ml.large.earning import Autonomy, only_by_people
from models.opinion import Stratum, TrackRecord
from models.record import Record
from store.judgements import spent_on_sorting
from store.opinions import asked_today
from tasks.consult import consultant_of, large_model_of
from tasks.workplace import Workplace


class RecordFor(Record):
    """The record of a mailbox in one stratum, held against what a category of its own threshold asks for (None: what
    all do)."""

    mailbox: str
    category: str | None
    record: TrackRecord


class LargeModel(Record):
    """`model` is provider, model and version of prompt and categories: the figures are of that version alone. `cost` in
    US dollars."""

    model: str
    local: bool
    asked: int
    cost: float
    per_day: int
    today: dict[str, int]
    """Mails that it was asked about within 24 hours, by mailbox; `per_day` is the most of each."""
    records: tuple[RecordFor, ...]
    by_people: tuple[str, ...]
    """Categories of high risk, which it never gives alone."""

    @property
    def sentence(self) -> str:
        """For `doctor`: one line."""
        own = [one for one in self.records if one.category is None]
        told = [f"{name}: {_told([one.record for one in own if one.mailbox == name])}" for name in self.today]
        return "; ".join((self.model, *told, f"asked about {sum(self.today.values())} mails in 24 hours"))


def sum_up_large_model(place: Workplace) -> LargeModel:
    """Raises ConfigurationError where mailstage.toml names none or its key is missing, TemplateError for a broken
    prompt."""
    provider, model = large_model_of(place)
    consultants = [consultant_of(place, name) for name in place.settings.mailboxes]
    asked, cost = spent_on_sorting(place.store, model)
    return LargeModel(
        model=model,
        local=provider.local,
        asked=asked,
        cost=round(cost, 6),
        per_day=place.settings.sorting.large_per_day,
        today={name: asked_today(place.store, name) for name in place.settings.mailboxes},
        records=tuple(record for one in consultants for record in _records(one.mailbox, one.autonomy)),
        by_people=tuple(sorted(only_by_people(place.settings.categories))),
    )


def _records(mailbox: str, earned: Autonomy) -> list[RecordFor]:
    own = [None, *sorted(earned.thresholds.keys() - earned.by_people)]
    return [
        RecordFor(mailbox=mailbox, category=name, record=earned.record(stratum, name))
        for stratum in Stratum
        for name in own
    ]


def _told(records: Sequence[TrackRecord]) -> str:
    return ", ".join(
        f"{'agreeing with the small model' if one.stratum is Stratum.AGREES else 'differing from it'} it "
        f"{'answers' if one.answers else 'suggests'} ({one.right} of {one.n} right)"
        for one in records
    )
