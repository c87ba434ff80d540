"""Brings in and sorts mail from before the mailbox was connected: from a day on, the newest first.

It never disturbs what arrives: the cursor of the forward reading stays where it is, no reply is drafted unless that was
asked for, and nobody is asked anything but to look at what cannot be read.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from mail.imap.session import FolderStatus, ImapSession
from ml.small.classifier import Classifier
from models.errors import ConfigurationError
from models.record import Record
from models.rollout import Phase
from store.backfills import Backfill, begin_backfill, find_backfills
from store.cursors import get_cursor
from tasks.backfill_folder import Walk
from tasks.categorize import same_categories
from tasks.receive import receiver_of
from tasks.workplace import Workplace


class Wanted(Record):
    """What is to be brought in: mail that arrived from `since` on and before `until`. `folder` is named as a person
    names it; empty is every folder that mail arrives in."""

    since: date
    until: date | None = None
    folder: str = ""
    drafts: bool = False

    @property
    def days(self) -> tuple[date, date | None, bool]:
        """What has to be the same for a run to go on with an earlier one."""
        return self.since, self.until, self.drafts


def backfill_mail(place: Workplace, mailbox: str, wanted: Wanted, classifier: Classifier) -> list[Backfill]:
    """Goes on where an earlier run for the same days stopped. Raises ConfigurationError, MailError, LostRace.

    Comes after `fetch_mail`, so that what is new takes the usual road.
    """
    same_categories(place, classifier)
    check_wanted(place, mailbox, wanted)
    box = place.mailbox(mailbox)
    with ImapSession(box.imap, mailbox, place.settings.limits) as session:
        sent = session.sent_folder(box.sent)
        names = (wanted.folder,) if wanted.folder else box.inbound
        # Sent first, and up to today: an answer lies there, later than what it answers
        days = {sent: wanted.model_copy(update={"until": None})} | {
            folder: wanted for name in names if (folder := session.resolve(name)) != sent
        }
        rows = _rows(place, session, mailbox, days)
        # the keys that signed old mail are no longer in the DNS
        receiver = replace(receiver_of(place, mailbox), keys=None)
        walks = {row.folder: Walk(place, session, receiver, None if row.folder == sent else classifier) for row in rows}
        return [walks[row.folder].through(row) for row in rows]


def check_wanted(place: Workplace, mailbox: str, wanted: Wanted) -> None:
    """Raises ConfigurationError. Replies to old mail always pass a person, so only phase 2 drafts them."""
    if wanted.until is not None and wanted.until <= wanted.since:
        raise ConfigurationError(f"no mail lies between {wanted.since} and {wanted.until}: --until is the later day")
    phase = place.state(mailbox).phase
    if wanted.drafts and phase is not Phase.DRAFT:
        raise ConfigurationError(
            f"{mailbox} is in phase {phase.value}, and only phase 2 puts every draft before a person: "
            "leave out --draft, or change the phase first with `mailstage phase`"
        )


def _rows(place: Workplace, session: ImapSession, mailbox: str, days: Mapping[str, Wanted]) -> list[Backfill]:
    """One for each folder: those of an earlier run that was not finished, or new ones."""
    at = {folder: session.select(folder, readonly=True) for folder in days}
    earlier = {
        row.folder: row
        for row in find_backfills(place.store, mailbox)
        if row.folder in days and row.is_for(*days[row.folder].days, at[row.folder].uidvalidity)
    }
    if all(row.finished for row in earlier.values()):
        earlier = {}
    return [earlier.get(folder) or _begin(place, session, mailbox, folder, wanted) for folder, wanted in days.items()]


def _begin(place: Workplace, session: ImapSession, mailbox: str, folder: str, wanted: Wanted) -> Backfill:
    status = session.select(folder, readonly=True)
    below, now = _below(place, session, mailbox, folder, status), place.store.clock()
    row = Backfill(
        mailbox=mailbox,
        folder=folder,
        since=wanted.since,
        until=wanted.until,
        drafts=wanted.drafts,
        uidvalidity=status.uidvalidity,
        below=below,
        total=sum(map(len, session.uids_between(folder, wanted.since, wanted.until, below, status))),
        started=now,
        updated=now,
    )
    begin_backfill(place.store, row)
    return row


def _below(place: Workplace, session: ImapSession, mailbox: str, folder: str, status: FolderStatus) -> int:
    """Old is what the forward reading has passed; in a folder that it never reads, all that is there."""
    cursor = get_cursor(place.store, mailbox, folder)
    if cursor is not None and cursor.uidvalidity == status.uidvalidity:
        return cursor.last_uid + 1
    return session.next_uid(status)
