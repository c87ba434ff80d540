"""Labelled mail out of the folders that people have filed mail in until now: what a new mailbox first learns from.

Nothing on the server changes: folders are opened with EXAMINE and bodies are fetched with PEEK.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mail.imap.session import FolderStatus, ImapSession
from mail.reading import read_message
from ml.small.labelled import LabelledMail, row_of
from ml.small.rules import by_rule
from models.errors import TrainingDataError, UnreadableMessage
from models.message import FetchedMail, Message
from models.record import Record
from models.settings import Settings
from tasks.filing_places import FilingPlace, filing_places
from tasks.passed_over import PassedOver, passed_over
from tasks.progress import log, report

LIMIT = 2_000
"""The newest mails of a folder that are read: what was filed years ago may have been filed by other habits."""
_EVER = date(1970, 1, 1)


class _Fate(StrEnum):
    TAKEN = "taken"
    OWN = "own"
    AUTOMATIC = "automatic"
    UNREADABLE = "unreadable"
    TWICE = "twice"
    TORN = "torn"


class TakenFrom(Record):
    """What became of the mails of one folder, or of those in it that bear a keyword. The figures add up to what was
    read: `automatic` includes mail without content, `torn` is mail that lies under two categories."""

    folder: str
    keyword: str
    category: str | None
    taken: int = 0
    own: int = 0
    automatic: int = 0
    unreadable: int = 0
    twice: int = 0
    torn: int = 0


@dataclass(frozen=True)
class FiledMail:
    """Labelled rows, what was taken from where, and the folders of no category."""

    rows: tuple[LabelledMail, ...]
    sources: tuple[TakenFrom, ...]
    passed_over: tuple[PassedOver, ...] = ()


@dataclass
class _Harvest:
    """What was found so far, over all folders: one mail may lie in several, as Gmail shows it under each label."""

    own: frozenset[str]
    rows: dict[str, LabelledMail] = field(default_factory=dict)
    fates: list[list[tuple[str, _Fate]]] = field(default_factory=list)
    torn: set[str] = field(default_factory=set)

    def add(self, mail: FetchedMail, label: str | None, settings: Settings) -> None:
        try:
            message = read_message(mail.raw, settings.limits)
            key = message.message_id or hashlib.sha256(mail.raw).hexdigest()
            fate = self._fate(key, message, label)
        except UnreadableMessage:
            key, fate = "", _Fate.UNREADABLE
        except Exception:  # one odd mail must never end a training
            log.exception("folder=%s uid=%d step=reading", mail.folder, mail.uid)
            key, fate = "", _Fate.UNREADABLE
        self.fates[-1].append((key, fate))

    def _fate(self, key: str, message: Message, label: str | None) -> _Fate:
        if message.sender.address.lower() in self.own:
            return _Fate.OWN
        if by_rule(message, self.own):
            return _Fate.AUTOMATIC
        if key not in self.rows:
            self.rows[key] = row_of(message, label)
            return _Fate.TAKEN
        if self.rows[key].label == label:
            return _Fate.TWICE
        self.torn.add(key)
        return _Fate.TORN

    def kept(self) -> tuple[LabelledMail, ...]:
        return tuple(row for key, row in self.rows.items() if key not in self.torn)

    def told(self, place: FilingPlace, number: int) -> TakenFrom:
        counts = Counter(_Fate.TORN if key in self.torn else fate for key, fate in self.fates[number])
        figures = {fate.value: counts[fate] for fate in _Fate}
        return TakenFrom(folder=place.folder, keyword=place.keyword, category=place.category, **figures)


def filed_mail(settings: Settings, mailbox: str, named: Sequence[str] = (), limit: int = LIMIT) -> FiledMail:
    """Customers' mail in folders, at most the newest `limit` of each, labelled with what the folder stands for.

    `named` are folders written `FOLDER=category`, beside those that bear the name of a category. Raises
    ConfigurationError for a mapping that cannot be, TrainingDataError when nothing was found, MailError.
    """
    box = settings.mailbox(mailbox)
    harvest = _Harvest(settings.own_addresses)
    with ImapSession(box.imap, mailbox, settings.limits) as session:
        places = filing_places(session, settings, box, named)
        for place in places:
            harvest.fates.append([])
            _gather(session, settings, harvest, place, limit)
        others = passed_over(session, box, places)
    rows = harvest.kept()
    if not rows:
        searched = ", ".join(dict.fromkeys(place.folder for place in places))
        raise TrainingDataError(
            f"no customer's mail with a category lies in {searched}: name other folders with --folder 'NAME=category'"
        )
    return FiledMail(rows, tuple(harvest.told(place, number) for number, place in enumerate(places)), others)


def _gather(session: ImapSession, settings: Settings, harvest: _Harvest, place: FilingPlace, limit: int) -> None:
    status = session.select(place.folder, readonly=True)
    uids = _newest(session, place, status, limit)
    step = f"reading {place.folder}" + (f" ({place.keyword})" if place.keyword else "")
    batch, done = settings.limits.batch, 0
    for start in range(0, len(uids), batch):
        portion = uids[start : start + batch]
        for mails in session.fetch(place.folder, portion, status.uidvalidity):
            for mail in mails:
                harvest.add(mail, place.category, settings)
        done += len(portion)
        report(session.mailbox, step, done, len(uids))


def _newest(session: ImapSession, place: FilingPlace, status: FolderStatus, limit: int) -> list[int]:
    """UIDs of the mails that the place stands for, the newest first."""
    if not status.exists:
        return []
    found: list[int] = []
    for uids in _windows(session, place, status):
        found += uids
        if len(found) >= limit:
            break
    return found[:limit]


def _windows(session: ImapSession, place: FilingPlace, status: FolderStatus) -> Iterator[list[int]]:
    if place.keyword:
        yield session.uids_bearing(place.folder, place.keyword)
    else:
        yield from session.uids_between(place.folder, _EVER, None, session.next_uid(status), status)
