"""Many lists of phrases in one pass find what each would find alone."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.tone import INBOX, read_rows
from mail.reading import read_message
from ml.small.tone.beginnings import beginnings
from ml.small.tone.phrase_index import PhraseIndex
from ml.small.tone.phrases import Phrases, plain, spans, visible
from ml.small.tone.signals import LISTS

INDEX = PhraseIndex(LISTS)
EXPRESSIONS = [expression for phrases in LISTS.values() for expression in phrases.expressions]


def alone(text: str) -> dict[str, tuple[str, ...]]:
    return {name: spans(phrases.pattern, text, plain(text)) for name, phrases in LISTS.items()}


def test_labelled_rows_and_mails_are_read_alike() -> None:
    """In seven languages, with names, numbers and quotes between."""
    texts = [row.text for row in read_rows()]
    texts += [read_message(file.read_bytes()).text for file in sorted(INBOX.rglob("*.eml"))]
    texts = [*texts, " ".join(texts)]
    found = 0
    for text in map(visible, texts):
        assert INDEX.find(text, plain(text)) == alone(text)
        found += sum(map(len, alone(text).values()))
    assert found > 300


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], max_examples=100, deadline=None)
@given(st.data())
def test_every_phrase_is_found_wherever_it_stands(data: st.DataObject) -> None:
    """Any text that a phrase matches, between others, at the ends, and after what cuts words."""
    chosen = data.draw(st.lists(st.sampled_from(EXPRESSIONS), min_size=1, max_size=3))
    said = [data.draw(st.from_regex(re.compile(one, re.ASCII), fullmatch=True)) for one in chosen]
    text = data.draw(st.sampled_from([" ", ". ", "\n", "-", "'", ""])).join(said)
    assert INDEX.find(text, plain(text)) == alone(text)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"hopeless", {"hopele"}),
        (r"(?:my|our)\s+lawyer", {"my law", "our la"}),
        (r"rip-?off", {"rip of", "ripoff"}),
        (r"i(?:'ve|\s+have)?\s+been", {"i ve b", "i have", "i been"}),
        (r"rauch\w*", {"rauch"}),
        (r"ab(?!\s+nun)", {"ab"}),
        (r"fr[ou]h", {"froh", "fruh"}),
        (r"go\W{0,3}now", {"go now", "gonow"}),
        (r"[^x]y", {""}),
        (r"k\d", {"k"}),
    ],
)
def test_how_matches_begin(expression: str, expected: set[str]) -> None:
    """Up to six characters, fewer where anything may follow."""
    assert beginnings(expression) == expected


@pytest.mark.parametrize("phrase", [r"\w+ company", "-off", "(?:very )?\\d+"])
def test_a_phrase_that_may_begin_with_anything_is_refused(phrase: str) -> None:
    """It would have to be tried everywhere, and nobody would notice why it takes so long."""
    with pytest.raises(ValueError, match="begins with a letter"):
        PhraseIndex({"odd": Phrases(en=phrase)})


def test_at_most_ten_places_of_a_list() -> None:
    """Each distinct one counts once."""
    text = (
        "great, perfect, happy, lovely, love, wonderful, fantastic, excellent, brilliant, delighted, delicious, great"
    )
    assert len(INDEX.find(text, text)["praise"]) == 10
    assert INDEX.find("great Great", "great great")["praise"] == ("great",)
