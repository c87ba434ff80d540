"""Messages off the server, by UID, in batches whose memory is bounded.

A message may vanish between any two commands, a server may leave one out of its answer, or fail on it: what is still
there always comes, if need be as a note that it could not be fetched (promise L).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from mail.imap.line import FolderStatus, ImapLine
from mail.imap.uids import uid_lists, uid_windows
from mail.reading import TRUNCATED_HEADER, UNFETCHED_HEADER
from models.errors import MailServerRefused
from models.message import FetchedMail

BATCH_BYTES = 32_000_000
"""Bytes of mail held in memory at once."""
HEAD_BYTES = 65_536
"""What is fetched of a message that is too large to fetch whole."""


def uids_above(line: ImapLine, status: FolderStatus, last_uid: int) -> Iterator[list[int]]:
    """UIDs above `last_uid` in the open folder, ascending, at most a window of UIDs at a time."""
    if status.exists == 0 or 0 < status.uidnext <= last_uid + 1:
        return
    # `n:*` always names the last message, even when its UID is below n (RFC 9051 section 6.4.4)
    windows = uid_windows(last_uid + 1, status.uidnext - 1) if status.uidnext else [f"{last_uid + 1}:*"]
    for window in windows:
        if found := sorted(uid for uid in search(line, ["UID", window]) if uid > last_uid):
            yield found


def search(line: ImapLine, criteria: Sequence[object]) -> list[int]:
    with line.mapped("searching"):
        return list(line.client.search(list(criteria)))


def fetch(line: ImapLine, folder: str, uids: Sequence[int], uidvalidity: int) -> Iterator[list[FetchedMail]]:
    """The messages in ascending order, at most BATCH_BYTES at a time; those gone meanwhile are left out."""
    for group in _groups(line, folder, sorted(uids), uidvalidity):
        if fetched := _fetch_group(line, folder, group, uidvalidity):
            yield fetched


def _groups(line: ImapLine, folder: str, uids: list[int], uidvalidity: int) -> Iterator[list[tuple[int, int]]]:
    """(UID, size) in groups of BATCH_BYTES at most."""
    line.reopen(folder, uidvalidity)
    sizes: dict[int, int] = {}
    with line.mapped("asking for sizes"):
        for some in uid_lists(uids):
            answer = line.client.fetch(some, ["RFC822.SIZE"])
            sizes |= {uid: int(answer[uid].get(b"RFC822.SIZE", 0)) for uid in answer}
    # a message without a size is fetched like one that is too large: in part
    sizes |= dict.fromkeys(_still_there(line, set(uids) - sizes.keys()), line.limits.message_bytes + 1)
    group: list[tuple[int, int]] = []
    total = 0
    for uid, size in sorted(sizes.items()):
        if group and total + size > BATCH_BYTES:
            yield group
            group, total = [], 0
        group.append((uid, size))
        total += min(size, line.limits.message_bytes)
    if group:
        yield group


def _still_there(line: ImapLine, uids: set[int]) -> list[int]:
    """A server may keep an expunged message in its view of the open folder until NOOP (RFC 9051 section 7.5.1)."""
    if uids:
        with line.mapped("looking again"):
            line.client.noop()
    return [uid for some in uid_lists(sorted(uids)) for uid in search(line, ["UID", ",".join(map(str, some))])]


def _fetch_group(line: ImapLine, folder: str, group: list[tuple[int, int]], uidvalidity: int) -> list[FetchedMail]:
    line.reopen(folder, uidvalidity)
    sizes = dict(group)
    too_large = [uid for uid, size in group if size > line.limits.message_bytes]
    answers = _bodies(line, [uid for uid in sizes if uid not in too_large], "BODY.PEEK[]")
    answers |= _bodies(line, too_large, f"BODY.PEEK[]<0.{HEAD_BYTES}>")
    return [
        _mail(line, (folder, uidvalidity, uid), answers[uid], sizes[uid] if uid in too_large else None)
        for uid in sorted(answers)
    ]


def _bodies(line: ImapLine, uids: Sequence[int], item: str) -> dict[int, Any]:
    """FETCH answers by UID. What the server leaves out, or fails on, is asked for alone."""
    try:
        found = _ask(line, uids, item)
    except MailServerRefused as error:
        if len(uids) == 1:
            return {uid: _unfetched(uid, str(error)) for uid in _still_there(line, set(uids))}
        found = {}
    missing = _still_there(line, set(uids) - found.keys())
    if missing and len(uids) == 1:
        return {missing[0]: _unfetched(missing[0], "the server leaves it out of its answer")}
    return found | {uid: answer for one in missing for uid, answer in _bodies(line, [one], item).items()}


def _ask(line: ImapLine, uids: Sequence[int], item: str) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for some in uid_lists(uids):
        with line.mapped("fetching"):
            answer = line.client.fetch(some, [item, "FLAGS", "INTERNALDATE", *_identity(line)])
        # flags that changed meanwhile are told unasked, without a body (RFC 9051 section 7.5.2); Dovecot answers NIL
        # for the body of what was expunged a moment ago
        bodies = (b"BODY[]", b"BODY[]<0>")
        found |= {uid: answer[uid] for uid in answer if any(answer[uid].get(name) is not None for name in bodies)}
    return found


def _identity(line: ImapLine) -> list[str]:
    """What names a message whatever folder it lies in: Gmail's own id, or that of RFC 8474."""
    return ["X-GM-MSGID"] if line.is_gmail else ["EMAILID"] if line.can("OBJECTID") else []


def _unfetched(uid: int, reason: str) -> dict[bytes, Any]:
    """The UID makes it differ from every other: equal bytes would be taken for the same mail."""
    return {b"BODY[]": UNFETCHED_HEADER + f" {reason} (UID {uid})\r\n\r\n".encode("utf-8", "replace")}


def _mail(line: ImapLine, key: tuple[str, int, int], answer: dict[bytes, Any], size: int | None) -> FetchedMail:
    arrived: datetime | None = answer.get(b"INTERNALDATE")
    raw = answer.get(b"BODY[]") or answer.get(b"BODY[]<0>") or b""
    if size is not None:
        raw = TRUNCATED_HEADER + b" %d\r\n" % size + raw
    folder, uidvalidity, uid = key
    return FetchedMail(
        mailbox=line.mailbox,
        folder=folder,
        uidvalidity=uidvalidity,
        uid=uid,
        raw=raw,
        flags=tuple(flag.decode("utf-8", "replace") for flag in answer.get(b"FLAGS", ())),
        arrived=arrived.astimezone(UTC) if arrived else None,
        email_id=_email_id(answer),
    )


def _email_id(answer: dict[bytes, Any]) -> str:
    found = answer.get(b"X-GM-MSGID") or answer.get(b"EMAILID") or b""
    if isinstance(found, tuple):  # EMAILID (M6d99ac3275bb4e)
        found = found[0] if found else b""
    return found.decode("ascii", "replace") if isinstance(found, bytes) else str(found)
