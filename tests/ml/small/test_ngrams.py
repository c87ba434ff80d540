import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.small.labelled import MailText
from ml.small.ngrams import BUCKET_BITS, WORD_BUCKETS, Counts, count_ngrams, folded


def row(counts: Counts, number: int) -> dict[int, float]:
    mine = counts.rows == number
    return dict(zip(counts.buckets[mine].tolist(), counts.counts[mine].tolist(), strict=True))


def test_a_mail_counts_the_same_alone_and_in_a_batch() -> None:
    """Neighbours in the one array of code points must not leak into a mail."""
    mails = [MailText("", "where is it"), MailText("a", ""), MailText("", ""), MailText("x y", "Größe 12", ("fromx",))]
    together = count_ngrams(mails)
    for number, mail in enumerate(mails):
        assert row(together, number) == row(count_ngrams([mail]), 0)


def test_words_and_characters_are_counted() -> None:
    """'ab ab' holds the word twice, the pair once, and within words the n-grams of ' ab '."""
    counts = count_ngrams([MailText("", "ab ab")])
    words = counts.buckets < WORD_BUCKETS
    assert sorted(counts.counts[words]) == [1, 2]
    assert sorted(counts.counts[~words]) == [2] * 6  # " a", "ab", "b ", " ab", "ab ", " ab "


def test_case_and_accents_do_not_matter() -> None:
    """People type in haste."""
    assert row(count_ngrams([MailText("", "MÜHLE Straße")]), 0) == row(count_ngrams([MailText("", "muhle strasse")]), 0)


def test_numbers_of_one_shape_share_their_n_grams() -> None:
    """Every order number is another, but all look alike; as words they stay apart."""
    one, other = (row(count_ngrams([MailText("", text)]), 0) for text in ("KG-204518", "KG-999999"))
    differing = one.keys() ^ other.keys()
    assert differing
    assert all(bucket < WORD_BUCKETS for bucket in differing)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(alphabet=st.characters(exclude_categories=()))), max_size=5))
def test_any_text_can_be_counted(texts: list[tuple[str, str]]) -> None:
    """Lone surrogates, control characters and empty mails are the normal case."""
    counts = count_ngrams([MailText(subject, body) for subject, body in texts])
    assert counts.size == len(texts)
    assert np.isfinite(counts.counts).all()
    assert ((counts.buckets >= 0) & (counts.buckets < 1 << BUCKET_BITS)).all()


def test_length_is_bounded() -> None:
    """A mail of megabytes costs no more than one of a page, even when folding makes it longer."""
    assert len(folded("\ufdfa" * 100_000)) <= 4_000
