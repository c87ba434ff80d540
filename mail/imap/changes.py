"""What others did to messages that we know: answered, marked as deleted, moved away or deleted for good.

Only messages that somebody still waits for are asked about, so the cost follows the open cases and not the size of the
folder. With QRESYNC (RFC 7162) an unchanged folder costs no command at all, and the server itself names what is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mail.imap.line import FolderStatus, ImapLine
from mail.imap.uids import among, uid_lists


@dataclass(frozen=True)
class Changes:
    """What a folder says of the messages asked about. `flags` holds those that have news, `gone` those not there."""

    flags: Mapping[int, frozenset[str]]
    gone: frozenset[int]


NOTHING = Changes({}, frozenset())


def changes_since(line: ImapLine, status: FolderStatus, uids: Sequence[int], modseq: int) -> Changes:
    """News of `uids` in the open folder since `modseq`; 0 compares everything."""
    # CONDSTORE alone is of no use here: only with QRESYNC does an expunge count in HIGHESTMODSEQ (section 3.2.9)
    told_apart = line.tells_vanished and modseq > 0 and status.modseq > 0
    if not uids or (told_apart and status.modseq == modseq):
        return NOTHING
    flags: dict[int, frozenset[str]] = {}
    gone: set[int] = set()
    for some in uid_lists(sorted(uids)):
        told, vanished = _changed(line, some, modseq) if told_apart else _compared(line, some)
        flags |= told
        gone |= vanished
    return Changes(flags, frozenset(gone))


def _compared(line: ImapLine, uids: Sequence[int]) -> tuple[dict[int, frozenset[str]], set[int]]:
    told = _flags(line, uids)
    return told, set(uids) - told.keys()


def _flags(line: ImapLine, uids: Sequence[int], modifiers: Sequence[str] = ()) -> dict[int, frozenset[str]]:
    with line.mapped("asking for flags"):
        answer = line.client.fetch(uids, ["FLAGS"], modifiers=list(modifiers) or None)
    return {
        uid: frozenset(flag.decode("utf-8", "replace").lower() for flag in found[b"FLAGS"])
        for uid, found in answer.items()
        if b"FLAGS" in found
    }


def _changed(line: ImapLine, uids: Sequence[int], modseq: int) -> tuple[dict[int, frozenset[str]], set[int]]:
    """What is gone comes as `* VANISHED (EARLIER) 41,43:116` (RFC 7162 section 3.2.6)."""
    line.client._imap.response("VANISHED")  # an older answer, told while another command ran
    told = _flags(line, uids, [f"CHANGEDSINCE {modseq}", "VANISHED"])
    _, lines = line.client._imap.response("VANISHED")
    gone: set[int] = set()
    for said in lines or ():
        if isinstance(said, bytes):
            gone |= among(uids, said.decode("ascii", "replace").removeprefix("(EARLIER) "))
    return told, gone
