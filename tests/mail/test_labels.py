"""Categories as keywords and folders, and UID sets."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mail.imap.labels import folder, keyword
from mail.imap.uids import MAX_SET_CHARS, uid_sets


def test_category_as_keyword_and_folder() -> None:
    """Readable in any mail program."""
    assert keyword("order_status") == "mailstage-order_status"
    assert folder("order_status") == "Mailstage/Order status"


@given(st.text(max_size=60))
def test_keyword_is_always_a_legal_atom(name: str) -> None:
    """No space, quote, bracket, wildcard or control character (RFC 9051 section 9)."""
    assert re.fullmatch(r"mailstage-[A-Za-z0-9_.-]+", keyword(name))
    assert folder(name).count("/") == 1


def test_consecutive_uids_become_ranges() -> None:
    """Order and repetition do not matter."""
    assert list(uid_sets([7, 1, 3, 2, 2])) == ["1:3,7"]
    assert list(uid_sets([])) == []


@given(st.sets(st.integers(1, 2**32 - 1), max_size=3_000))
def test_uid_sets_name_each_uid_once_in_short_lines(uids: set[int]) -> None:
    """What comes apart goes together again."""
    sets = list(uid_sets(list(uids)))
    ranges = [piece.partition(":") for one in sets for piece in one.split(",")]
    named = [uid for first, _, last in ranges for uid in range(int(first), int(last or first) + 1)]
    assert sorted(named) == sorted(uids)
    assert all(len(one) <= MAX_SET_CHARS + 30 for one in sets)
