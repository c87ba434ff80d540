"""What the large model that sorts mail has done so far, and what it has earned."""

from ml.large.earning import Autonomy
from models.opinion import Stratum, TrackRecord
from models.record import Record
from store.judgements import spent_on_sorting
from store.opinions import asked_today
from tasks.consult import consultant_of
from tasks.workplace import Workplace


class RecordFor(Record):
    """The record in one stratum, held against what a category of its own threshold asks for (None: what all do)."""

    category: str | None
    record: TrackRecord


class LargeModel(Record):
    """`model` is provider, model and version of the prompt: the figures are of that version alone. `cost` in US
    dollars."""

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
        told = "; ".join(_told(one.record) for one in self.records if one.category is None)
        return f"{self.model}: {told}; asked about {sum(self.today.values())} mails in 24 hours"


def sum_up_large_model(place: Workplace) -> LargeModel:
    """Raises ConfigurationError where mailstage.toml names none or its key is missing, TemplateError for a broken
    prompt."""
    consultant = consultant_of(place)
    asked, cost = spent_on_sorting(place.store, consultant.model)
    return LargeModel(
        model=consultant.model,
        local=consultant.provider.local,
        asked=asked,
        cost=round(cost, 6),
        per_day=place.settings.sorting.large_per_day,
        today={name: asked_today(place.store, name) for name in place.settings.mailboxes},
        records=tuple(_records(consultant.autonomy)),
        by_people=tuple(sorted(consultant.autonomy.by_people)),
    )


def _records(earned: Autonomy) -> list[RecordFor]:
    own = [None, *sorted(earned.thresholds.keys() - earned.by_people)]
    return [RecordFor(category=name, record=earned.record(stratum, name)) for stratum in Stratum for name in own]


def _told(record: TrackRecord) -> str:
    does = "answers" if record.answers else "suggests"
    where = "agreeing with the small model" if record.stratum is Stratum.AGREES else "differing from it"
    return f"{where} it {does} ({record.right} of {record.n} right)"
