"""UID sets as IMAP commands write them (RFC 9051 section 9, sequence-set)."""

from collections.abc import Iterator, Sequence

MAX_SET_CHARS = 7_000
"""Length of a UID set in one command; servers may refuse lines over 8,192 octets (RFC 7162 section 4)."""


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


def _ranges(uids: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(uids) + 1):
        if at == len(uids) or uids[at] != uids[at - 1] + 1:
            yield uids[start], uids[at - 1]
            start = at
