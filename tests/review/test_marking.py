"""Spans, sources and differences."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.draft import Verdict
from review.marking import Span, changes, cut, find_span, mark_body, sources_of
from review.rendering import age, percent
from review.thread import fold
from tests.review.factories import START, make_draft

SPANS = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 3), st.sampled_from(Verdict))


@given(st.text(max_size=40), st.lists(SPANS, max_size=5))
def test_cutting_loses_nothing(text: str, spans: list[tuple[int, int, int, Verdict]]) -> None:
    """However spans overlap, the runs put together are the text."""
    made = [Span(min(a, b, len(text)), min(max(a, b), len(text)), s, v) for a, b, s, v in spans]
    assert "".join(piece.text for piece in cut(text, made)) == text


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    """Without what was added it is the old text, without what was removed the new one."""
    pieces = changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


def test_a_claim_is_found_across_line_breaks() -> None:
    """Writers wrap their lines; the words are the same."""
    assert find_span("It is\n  covered by us.", "is covered by") == (3, 18)
    assert find_span("text", "") is None
    assert find_span("text", "   ") is None


def test_a_cited_sentence_carries_the_number_of_its_source() -> None:
    """At its end."""
    draft = make_draft()
    marked = [piece for piece in mark_body(draft) if piece.sources]
    assert [piece.ends for piece in marked] == [(1,)]
    assert marked[0].text == draft.citations[0].claim


def test_a_passage_is_shown_around_the_quoted_words() -> None:
    """The rest of it follows, so that a quote cannot be torn from its sentence."""
    source = sources_of(make_draft())[0]
    assert source.quote == "The warranty is 3 years on Kestrel Grove machines."
    assert source.after.startswith(" The warranty is 2 years")
    assert source.claim_found
    assert source.quote_found


def test_a_very_long_edit_is_compared_in_bounded_time() -> None:
    """200,000 characters that share nothing are shown as removed and added."""
    pieces = changes("a\n" * 100_000, "b\n" * 100_000)
    assert {piece.kind for piece in pieces} == {"removed", "added"}


def test_a_fold_falls_on_the_end_of_a_line() -> None:
    """And a text that is only a little too long is not folded at all."""
    text, rest = fold("word " * 790 + "\n" + "word " * 1000)
    assert text.endswith("\n")
    assert text + rest == "word " * 790 + "\n" + "word " * 1000
    assert fold("x" * 4_500) == ("x" * 4_500, "")
    assert len(fold("x" * 9_000)[0]) == 4_000


def test_ages_and_shares_are_short() -> None:
    """One unit; and 99.6% is not rounded up to certainty."""
    assert [age(START - timedelta(seconds=s), START) for s in (5, 90, 7_300, 90_000, 8_000_000)] == [
        "5 s",
        "1 min",
        "2 h",
        "1 d",
        "3 months",
    ]
    assert age(START + timedelta(hours=1), START) == "0 s"
    assert [percent(share) for share in (0, 0.071, 0.994, 0.9999, 1)] == ["0%", "7%", "99%", "99%", "100%"]
