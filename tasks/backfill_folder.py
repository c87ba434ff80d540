"""The walk back through one folder: each batch is saved together with how far it goes.

A run that is killed between two transactions has lost nothing but time: what it had fetched is fetched again, what it
had saved is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mail.imap.session import ImapSession
from mail.readers import Readers
from mail.trust.judging import Receiver
from ml.small.classifier import Classifier
from models.case import Stage
from models.message import FetchedMail, Message
from store.backfills import Backfill, Resorted, save_old, stored_uids, unsorted_mail
from store.fresh import Arrival
from tasks.arrive import arrival_of
from tasks.progress import report
from tasks.sort_old import Judged, sort_old
from tasks.workplace import Workplace


@dataclass(frozen=True)
class Walk:
    """Through a folder of old mail. Without a classifier it is Sent: our own mail, which is not sorted."""

    place: Workplace
    session: ImapSession
    receiver: Receiver
    classifier: Classifier | None

    def through(self, row: Backfill) -> Backfill:
        """Saves batch after batch, from the newest to the oldest; returns the finished row."""
        if row.finished is not None:
            return row
        with Readers(self.place.settings.limits, self.receiver, row.total - row.done) as readers:
            return self._walked(row, readers)

    def _walked(self, row: Backfill, readers: Readers) -> Backfill:
        status = self.session.select(row.folder, readonly=True)
        days = self.session.uids_between(row.folder, row.since, row.until, row.below, status)
        for uids in _portions(days, self.place.settings.limits.batch):
            row = self._one_batch(row, uids, readers)
            report(row.mailbox, f"backfilling {row.folder}", row.done, max(row.total, row.done))
        return save_old(self.place.store, row, row.model_copy(update={"finished": self.place.store.clock()}), [], [])

    def _one_batch(self, row: Backfill, uids: Sequence[int], readers: Readers) -> Backfill:
        """The row moves on with the last of what was fetched; there is more than one transaction only for huge mail."""
        known = stored_uids(self.place.store, row, uids)
        resorted = self._sort_stored(row, known)
        waiting: list[Arrival] = []
        for mails in self.session.fetch(row.folder, [uid for uid in uids if uid not in known], row.uidvalidity):
            if waiting:
                row = save_old(self.place.store, row, _counted(row, waiting, []), waiting, [])
            waiting = self._arrivals(row, mails, readers)
        moved = {"below": min(uids), "done": row.done + len(uids)}
        after = _counted(row, waiting, resorted).model_copy(update=moved)
        return save_old(self.place.store, row, after, waiting, resorted)

    def _arrivals(self, row: Backfill, mails: Sequence[FetchedMail], readers: Readers) -> list[Arrival]:
        ours = self.classifier is None
        arrivals = [
            arrival_of(self.place, row.mailbox, mail, ours, self.receiver, read)
            for mail, read in zip(mails, readers.read([mail.raw for mail in mails]), strict=True)
        ]
        if self.classifier is None:
            return arrivals
        old = [one for one in arrivals if one.stage in (Stage.RECEIVED, Stage.FILED)]
        judged = dict(zip(map(id, old), self._judge([one.message for one in old]), strict=True))
        return [_as_old(one, judged[id(one)], row.drafts) if id(one) in judged else one for one in arrivals]

    def _sort_stored(self, row: Backfill, uids: set[int]) -> list[Resorted]:
        """Mail that the forward reading has filed as too old, or as answered, without sorting it."""
        if self.classifier is None:
            return []
        found = unsorted_mail(self.place.store, row, uids)
        judged = self._judge([one.work.message for one in found])
        return [
            Resorted(one.work, answer.found, Stage.CATEGORIZED if row.drafts and one.is_open and answer.sure else None)
            for one, answer in zip(found, judged, strict=True)
            if answer.found is not None
        ]

    def _judge(self, mails: Sequence[Message]) -> list[Judged]:
        assert self.classifier is not None
        return sort_old(self.place, self.classifier, mails)


def _as_old(arrival: Arrival, judged: Judged, drafts: bool) -> Arrival:
    if judged.found is None:
        return replace(arrival, stage=Stage.SKIPPED, reason=judged.reason)
    stage = Stage.CATEGORIZED if drafts and judged.sure else Stage.FILED
    return replace(arrival, stage=stage, reason=judged.reason, sorted_as=judged.found)


def _counted(row: Backfill, arrivals: Sequence[Arrival], resorted: Sequence[Resorted]) -> Backfill:
    found = [one.sorted_as for one in arrivals] + [one.found for one in resorted]
    unsure = sum(one is not None and one.abstained for one in found)
    sure = sum(one is not None for one in found) - unsure
    return row.model_copy(update={"sorted": row.sorted + sure, "unsure": row.unsure + unsure})


def _portions(windows: Iterator[list[int]], size: int) -> Iterator[list[int]]:
    for uids in windows:
        for start in range(0, len(uids), size):
            yield uids[start : start + size]
