"""Where people have filed mail by hand, and which category each place stands for: folders, labels and keywords.

What Mailstage itself has written there (its folders and keywords) is left alone unless somebody names it, since a model
must not learn from its own guesses.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mail.imap.folders import Folder
from mail.imap.labels import FOLDER_PREFIX
from mail.imap.session import ImapSession
from models.errors import ConfigurationError
from models.settings import MailboxSettings, Settings

SPECIAL = frozenset({"\\all", "\\archive", "\\drafts", "\\flagged", "\\important", "\\junk", "\\sent", "\\trash"})
"""Folders that mail lies in for other reasons than what it is about (RFC 6154; `\\important` is RFC 8457)."""


@dataclass(frozen=True, slots=True)
class FilingPlace:
    """A `folder` as the server names it, or with a `keyword` the mails in it that bear that one.

    `category` None is out of scope.
    """

    folder: str
    category: str | None
    keyword: str = ""


def filing_places(
    session: ImapSession, settings: Settings, box: MailboxSettings, named: Sequence[str]
) -> list[FilingPlace]:
    """The folders `named` (`FOLDER=category`; no category is out of scope), those whose own name is the name or title
    of a category, and each category as a keyword in the folders that mail arrives in.

    Raises ConfigurationError for a mapping that cannot be, and when there is no such place; MailServerRefused for a
    folder that is not there.
    """
    if not settings.categories:
        raise ConfigurationError("mailstage.toml has no categories: add some under [[categories]] first")
    chosen = dict(_named(session, settings, one) for one in named)
    arrives = [session.resolve(folder) for folder in box.inbound]
    apart = {*chosen, *arrives, *_resolved(session, box.sent)}
    by_name = {_plain(said): one.name for one in settings.categories for said in (one.title, one.name) if said}
    places = [FilingPlace(folder, category) for folder, category in chosen.items()]
    for folder in session.listing().folders:
        category = by_name.get(_plain(_leaf(folder)))
        if category and folder.name not in apart and _is_peoples(folder):
            places.append(FilingPlace(folder.name, category))
    if not session.is_gmail:  # which shows keywords to nobody, and its labels as folders
        places += _by_keyword(session, settings, arrives)
    if not places:
        raise ConfigurationError(
            f"no folder of {session.mailbox} is called like a category, it has {session.listing().named()}: "
            "say what they hold with --folder 'NAME=category'"
        )
    return places


def _by_keyword(session: ImapSession, settings: Settings, folders: Sequence[str]) -> list[FilingPlace]:
    names = [category.name for category in settings.categories]
    return [
        FilingPlace(folder, name, name) for folder in folders for name in names if session.uids_bearing(folder, name)
    ]


def _named(session: ImapSession, settings: Settings, mapping: str) -> tuple[str, str | None]:
    # a folder may have `=` in its name, a category cannot
    folder, equals, category = mapping.rpartition("=")
    if not equals or not folder.strip():
        raise ConfigurationError(
            f"{mapping!r} maps no folder: write --folder 'NAME=category', or 'NAME=' for mail of none"
        )
    wanted = category.strip()
    if wanted and settings.category(wanted) is None:
        known = ", ".join(one.name for one in settings.categories)
        raise ConfigurationError(
            f"no category {wanted!r} in mailstage.toml for folder {folder.strip()!r}; it has: {known}"
        )
    return session.resolve(folder.strip()), wanted or None


def _resolved(session: ImapSession, wanted: str) -> list[str]:
    found = session.listing().find(wanted)
    return [found.name] if found else []


def _is_peoples(folder: Folder) -> bool:
    return folder.can_be_opened and not folder.flags & SPECIAL and not is_ours(folder)


def is_ours(folder: Folder) -> bool:
    """Mailstage itself has made it."""
    return bool(folder.delimiter) and FOLDER_PREFIX in folder.name.split(folder.delimiter)


def _leaf(folder: Folder) -> str:
    return folder.name.rpartition(folder.delimiter)[2] if folder.delimiter else folder.name


def _plain(name: str) -> str:
    """`Order status` and `order_status` are one name; accents may be composed or not."""
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", name).casefold()).strip("_")
