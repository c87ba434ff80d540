"""UID sets as IMAP commands write them (RFC 9051 section 9, sequence-set), and UIDs in portions."""

from collections.abc import Iterator, Sequence

MAX_SET_CHARS = 7_000
"""Length of a UID set in one command; servers may refuse lines over 8,192 octets (RFC 7162 section 4)."""
MAX_LISTED = 600
"""UIDs of up to ten digits that fit into one command when written one by one."""
WINDOW = 50_000
"""UIDs that one SEARCH may name in its answer: Python's imaplib reads lines of up to 1,000,000 octets."""


def uid_sets(uids: Sequence[int]) -> Iterator[str]:
    """`[1, 2, 3, 7]` to `"1:3,7"`, in pieces short enough for one command line."""
    pieces: list[str] = []
    length = 0
    for first, last in _ranges(sorted(set(uids))):
        piece = f"{first}:{last}" if last > first else str(first)
        if pieces and length + len(piece) > MAX_SET_CHARS:
            yield ",".join(pieces)
            pieces, length = [], 0
        pieces.append(piece)
        length += len(piece) + 1
    if pieces:
        yield ",".join(pieces)


def uid_lists(uids: Sequence[int]) -> Iterator[list[int]]:
    """Pieces short enough for one command line, where a client wants the UIDs one by one."""
    for start in range(0, len(uids), MAX_LISTED):
        yield list(uids[start : start + MAX_LISTED])


def uid_windows(first: int, last: int, *, downwards: bool = False) -> Iterator[str]:
    """`1:50000`, `50001:81234`: every UID from `first` to `last`, in portions whose listing is bounded."""
    starts = range(first, last + 1, WINDOW)
    for start in reversed(starts) if downwards else starts:
        yield f"{start}:{min(start + WINDOW - 1, last)}"


def among(uids: Sequence[int], sequence_set: str) -> set[int]:
    """Those of `uids` that a set off the wire names; it may span billions, so it is never spelt out."""
    spans = []
    for piece in sequence_set.split(","):
        first, _, last = piece.partition(":")
        if first.isdigit() and (not last or last.isdigit()):
            low, high = sorted((int(first), int(last or first)))
            spans.append((low, high))
    return {uid for uid in uids if any(low <= uid <= high for low, high in spans)}


def _ranges(uids: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(uids) + 1):
        if at == len(uids) or uids[at] != uids[at - 1] + 1:
            yield uids[start], uids[at - 1]
            start = at
