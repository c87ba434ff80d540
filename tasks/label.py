"""Writes categories back to the mail server, so that every mail client shows them.

Keywords and Gmail's labels may be set twice; a copy into a folder may not be made twice, so what a dead run may have
copied is looked up first.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from mail.imap.labels import folder as folder_name
from mail.imap.labels import keyword
from mail.imap.session import FolderStatus, ImapSession
from models.errors import MailServerRefused
from models.settings import LabelStyle
from store.labels import PendingLabel, labels_begun, labels_written, pending_labels
from store.messages import get_raw
from tasks.progress import log, report
from tasks.workplace import Workplace

BATCH = 1000
"""One STORE for a whole batch: Dovecot sets 5,000 keywords in 0.14 s that way, but only 360 a second one by one."""


class Way(StrEnum):
    """How a category is shown in mail clients; the values are for people."""

    KEYWORDS = "keywords"
    GMAIL = "Gmail labels"
    FOLDERS = "copies in folders"


def way_of(session: ImapSession, status: FolderStatus, style: LabelStyle) -> Way:
    """`status` is that of a folder opened for writing: read-only, a server says of no keyword that it may be set."""
    if style is LabelStyle.AUTO and session.is_gmail:  # it takes keywords too, but shows them to nobody
        return Way.GMAIL
    if style is LabelStyle.KEYWORDS or (style is LabelStyle.AUTO and status.keywords_allowed):
        return Way.KEYWORDS
    return Way.FOLDERS


def write_labels(place: Workplace, mailbox: str) -> int:
    """Sets a keyword on each categorised mail, or a label of Gmail, or copies it into a folder where neither goes."""
    box = place.mailbox(mailbox)
    done = 0
    if not pending_labels(place.store, mailbox, 1):
        return 0
    if box.labels is LabelStyle.OFF:
        while pending := pending_labels(place.store, mailbox, BATCH):
            labels_written(place.store, pending)
        return 0
    refused: set[str] = set()
    with ImapSession(box.imap, mailbox, place.settings.limits) as session:
        while pending := pending_labels(place.store, mailbox, BATCH, refused):
            for folder, labels in _by_folder(pending).items():
                try:
                    _write_folder(place, session, folder, labels, box.labels)
                except MailServerRefused as error:  # a label is a courtesy: the road goes on, the next run tries again
                    log.warning("mailbox=%s step=labelling error=%s", mailbox, error)
                    refused.add(folder)
                    continue
                labels_written(place.store, labels)
                done += len(labels)
            report(mailbox, "labelling", done)
    return done


def _by_folder(pending: Sequence[PendingLabel]) -> dict[str, list[PendingLabel]]:
    folders: dict[str, list[PendingLabel]] = defaultdict(list)
    for label in pending:
        folders[label.folder].append(label)
    return folders


def _write_folder(
    place: Workplace, session: ImapSession, folder: str, labels: Sequence[PendingLabel], style: LabelStyle
) -> None:
    new = [label for label in labels if not (label.begun and _was_copied(place, session, label))]
    status = session.select(folder)
    uids: dict[str, list[int]] = defaultdict(list)
    for label in new:
        if label.uidvalidity == status.uidvalidity:  # otherwise the UID may mean another mail by now
            uids[label.category].append(label.uid)
    way = way_of(session, status, style)
    if way is Way.GMAIL:
        session.add_gmail_labels(folder, {folder_name(category): found for category, found in uids.items()})
    elif way is Way.KEYWORDS:
        session.add_keywords(folder, {keyword(category): found for category, found in uids.items()})
    else:
        labels_begun(place.store, new)
        session.copy_to_folder(folder, {folder_name(category): found for category, found in uids.items()})


def _was_copied(place: Workplace, session: ImapSession, label: PendingLabel) -> bool:
    size = 0 if label.message_id else len(get_raw(place.store, label.row))
    return session.holds(label.folder, folder_name(label.category), label.message_id, size)
