"""The folders that `train --from-folders` learns nothing from, so that a person sees what they might still name."""

from collections.abc import Collection, Iterator, Sequence

from mail.imap.folders import Folder
from mail.imap.session import ImapSession
from models.errors import MailServerRefused
from models.record import Record
from models.settings import MailboxSettings
from tasks.filing_places import FilingPlace, is_ours

UNNAMED = "not called like a category"
_ROLES = {
    "\\all": "all mail",
    "\\archive": "archived mail",
    "\\drafts": "drafts",
    "\\flagged": "marked mail",
    "\\important": "important mail",
    "\\junk": "junk",
    "\\sent": "sent mail",
    "\\trash": "deleted mail",
}


class PassedOver(Record):
    """A folder of no category, the mails in it (None where it cannot be opened), and why nothing was taken."""

    folder: str
    mails: int | None
    why: str


def passed_over(session: ImapSession, box: MailboxSettings, places: Sequence[FilingPlace]) -> tuple[PassedOver, ...]:
    """Those with most mails first. Nothing in them is read."""
    taken = {place.folder for place in places}
    arrives = [session.resolve(folder) for folder in box.inbound]
    sent = session.listing().find(box.sent)
    found = [
        _counted(session, folder, _why(folder, arrives, sent.name if sent else ""))
        for folder in session.listing().folders
        if folder.can_be_opened and folder.name not in taken
    ]
    return tuple(sorted(found, key=lambda one: (-(one.mails or 0), one.folder)))


def _why(folder: Folder, arrives: Collection[str], sent: str) -> str:
    if is_ours(folder):
        return "copies by Mailstage itself"
    roles = ["\\sent"] if folder.name == sent else sorted(folder.flags & _ROLES.keys())
    if roles:
        return f"the place of {_ROLES[roles[0]]}"
    return "mail arrives there" if folder.name in arrives else UNNAMED


def _counted(session: ImapSession, folder: Folder, why: str) -> PassedOver:
    try:
        return PassedOver(folder=folder.name, mails=session.select(folder.name, readonly=True).exists, why=why)
    except MailServerRefused:
        return PassedOver(folder=folder.name, mails=None, why=f"{why}, and it cannot be opened")


def lines_of(found: Sequence[PassedOver], most: int = 12) -> Iterator[str]:
    """One for each reason: `Passed over, not called like a category: Holidays (12), Private (3)`."""
    for why in dict.fromkeys(one.why for one in found):
        alike = [one for one in found if one.why == why]
        named = [one.folder if one.mails is None else f"{one.folder} ({one.mails:,})" for one in alike[:most]]
        more = f" and {len(alike) - most} more" if len(alike) > most else ""
        yield f"Passed over, {why}: {', '.join(named)}{more}"
