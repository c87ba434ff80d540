"""What Mailstage writes to a mail server: labels, copies, messages of its own.

Every command names all its messages at once. Nothing here needs MOVE, and what UIDPLUS would make exact (RFC 4315) is
done without it as far as no message of anybody else is touched.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from mail.imap.fetching import search
from mail.imap.line import ImapLine
from mail.imap.uids import uid_sets


def add_keywords(line: ImapLine, uids_by_keyword: Mapping[str, Sequence[int]]) -> None:
    """One STORE a keyword in the open folder (a few when there are thousands of UIDs)."""
    for keyword, uids in uids_by_keyword.items():
        with line.mapped(f"setting keyword {keyword!r}"):
            for uid_set in uid_sets(uids):
                line.client.add_flags(uid_set, [keyword], silent=True)


def add_gmail_labels(line: ImapLine, uids_by_label: Mapping[str, Sequence[int]]) -> None:
    """The same with labels of Gmail, each made first where it is missing."""
    for label, uids in uids_by_label.items():
        if uids:
            name = line.existing_folder(label)
            with line.mapped(f"setting label {name!r}"):
                for uid_set in uid_sets(uids):
                    line.client.add_gmail_labels(uid_set, [name], silent=True)


def copy(line: ImapLine, folder: str, uids_by_folder: Mapping[str, Sequence[int]]) -> None:
    names = {
        wanted: line.existing_folder(line.listing().beside(folder, wanted))
        for wanted, uids in uids_by_folder.items()
        if uids
    }
    line.open(folder, writable=False)
    for wanted, name in names.items():
        with line.mapped(f"copying into folder {name!r}"):
            for uid_set in uid_sets(uids_by_folder[wanted]):
                line.client.copy(uid_set, line.wire(name))


def append(line: ImapLine, folder: str, raw: bytes, flags: Sequence[str], at: datetime | None) -> int | None:
    """The UID of the new message where the server tells it (APPENDUID, RFC 4315 section 3)."""
    with line.mapped(f"filing into folder {folder!r}"):
        answer = line.client.append(line.wire(folder), raw, flags=tuple(flags), msg_time=at)
    said = answer if isinstance(answer, bytes) else str(answer).encode()
    found = re.search(rb"APPENDUID \d+ (\d+)", said)
    return int(found.group(1)) if found else None


def delete(line: ImapLine, uid: int) -> None:
    """Without UIDPLUS the message is expunged only when no other is marked as deleted; else the mark has to do."""
    with line.mapped("deleting"):
        line.client.delete_messages([uid], silent=True)
        if line.can("UIDPLUS"):
            line.client.uid_expunge([uid])
        elif search(line, ["DELETED"]) == [uid]:
            line.client.expunge()


def holds(line: ImapLine, message_id: str, size: int) -> bool:
    """Whether the open folder has this very mail: by Message-ID, or by its bytes where it has none."""
    if message_id:
        return bool(by_message_id(line, message_id))
    return bool(search(line, ["LARGER", size - 1, "SMALLER", size + 1]))


def by_message_id(line: ImapLine, message_id: str) -> list[int]:
    wanted = "".join(c for c in message_id if c.isprintable() and c not in '"\\')
    charset = None if wanted.isascii() else "UTF-8"
    with line.mapped("searching"):
        return list(line.client.search(["HEADER", "Message-ID", wanted], charset=charset))
