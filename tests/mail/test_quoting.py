"""The new part of a reply: what is kept, what is cut, and in what time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.text.quoting import split_reply


def test_signature_is_cut_at_its_delimiter() -> None:
    """`-- ` alone on a line (RFC 3676 section 4.3)."""
    reply = split_reply("Please call me.\n-- \nAda Lind\n+49 555 0100\n")
    assert (reply.new, reply.signature) == ("Please call me.", "--\nAda Lind\n+49 555 0100")


def test_answers_between_quoted_lines_are_kept_with_them() -> None:
    """Without its question an inline answer cannot be understood."""
    text = "See below.\n\nOn Mon, 3 Mar 2025 at 9:12, Shop wrote:\n> Which model?\nK1\n> Since when?\nMonday\n"
    assert split_reply(text).new == "See below.\n\n> Which model?\nK1\n> Since when?\nMonday"


def test_answer_below_the_quote_stands_alone() -> None:
    """Bottom posting: the quote above goes with its attribution."""
    assert split_reply("On Mon, 3 Mar 2025 at 9:12, Shop wrote:\n> Which model?\n\nThe K1.\n").new == "The K1."


def test_greeting_above_the_quote_and_answer_below_are_both_kept() -> None:
    """Many greet first and answer at the end."""
    text = "Hello,\n\nOn Mon, 3 Mar 2025 at 9:12, Shop wrote:\n> Which model?\n\nThe K1.\n\nAda\n"
    assert split_reply(text).new == "Hello,\n\n> Which model?\n\nThe K1.\n\nAda"


def test_answers_below_an_elision_are_kept() -> None:
    """Who shortens the quote by hand writes [...] or <snip> in its place."""
    text = "Hi,\n\nOn Mon, 3 Mar 2025 at 9:12, Shop wrote:\n\n[...]\n> Which model?\n\nThe K1.\n"
    assert split_reply(text).new == "Hi,\n\n\n[...]\n> Which model?\n\nThe K1."


def test_rule_between_quote_and_answer_cuts_nothing() -> None:
    """A rule may part two paragraphs, whatever stands above it."""
    answer = "----------------\nMy answer to all of this is that I would like to have the money back."
    assert split_reply(f"Hello.\n\n> Which model?\n\n{answer}\n").new.endswith(answer)


def test_first_question_stays_when_answers_follow_several() -> None:
    """An attribution at the very top, then question and answer in turn."""
    text = "On Mon, 3 Mar 2025 at 9:12, Shop wrote:\n> Which model?\nK1\n> Since when?\nMonday\n"
    assert split_reply(text).new == "> Which model?\nK1\n> Since when?\nMonday"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I ordered a grinder, and on Tuesday your colleague wrote that it shipped.",
        "Order: 12\nFrom the invoice: 300 EUR\nPlease check.",
        "My settings:\n- grind: 5\n- dose: 18 g\n\nWhat do you think?",
        "Dear team,\n\nTo: whom it may concern, I like it.\n\nAda",
        "> quoted only",
        "I wrote:\n\n5 bags",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Nothing that a customer wrote may be lost."""
    assert split_reply(text).new == text


@given(st.text(max_size=2_000))
def test_any_text_is_split_without_raising(text: str) -> None:
    """And something remains whenever there was something."""
    reply = split_reply(text)
    assert (
        bool(reply.new.strip()) == bool(text.strip("\u1427\ufeff\u200b\u200e\u200f\xa0 \t\n\r") and text.strip())
        or reply.new
    )


_LINES = st.sampled_from(
    ["text", "", "> quote", "-- ", "On Mon, 3 Mar 2025 at 9:12, Shop wrote:", "From: a@b.c", "To: d", "Subject: e",
     "-----Original Message-----", "Sent from my iPhone", "```", "____", ">> deep", "C> initials"]
)  # fmt: skip


@given(st.lists(_LINES, max_size=30))
def test_no_line_of_text_is_invented(lines: list[str]) -> None:
    """The new part is made of lines of the mail, in their order."""
    new = split_reply("\n".join(lines)).new.split("\n")
    rest = iter(line.rstrip() for line in lines)
    assert new == [""] or all(any(line == other for other in rest) for line in new)


@pytest.mark.parametrize(
    "line", ["> a\nb\n", "On 2020 a wrote:\n", "From: a\n", "- - - -\n", "* " * 2000 + "\n", "```\n"]
)
def test_hostile_length_takes_bounded_time(line: str) -> None:
    """A megabyte of the worst lines is split in a second or so of processor time."""
    start = time.process_time()
    split_reply(line * (1_000_000 // len(line)))
    assert time.process_time() - start < 5


@given(st.text(alphabet="\f\v\x1c\x85\u2003\u2009\u202f\u3000\u1680\u200b\ufeff\n >-a:", max_size=60))
def test_blanks_of_every_kind_are_read_without_raising(text: str) -> None:
    """A form feed or a wide space alone on a line is a blank line."""
    assert "a" not in text or "a" in "".join(vars_of(text))


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "_" * 199_000 + "x",
        "--" + " " * 199_000 + "x",
        ("_" * 198 + "x\n") * 1_000,
        ("--" + " " * 196 + "x\n") * 1_000,
        ("--Original Message" + " " * 180 + "x\n") * 1_000,
        "hi\n" + ("On 2020-01-01 wrote" + " " * 370 + "x]\n") * 500,
        "hi\n" + ("On 2020-01-01 " + "wrote " * 60 + "x]\n") * 500,
        "hi\n" + ("On 2020-01-01 " + "wrote " * 30 + "[" * 180 + "x]\n") * 500,
        "hi\n" + ("On 2020-01-01 " + "wrote " * 30 + "*" * 180 + "x*\n") * 500,
        "hi\n" + ("2020 10:00 " + "<" * 120 + "@" * 120 + "x:\n") * 800,
        "hi\n" + ("<" * 90 + "@" * 120 + ">" * 100 + "x:\n") * 600,
    ],
    ids=range(11),
)
def test_lines_made_to_be_slow_take_bounded_time(text: str) -> None:
    """What looks almost like a divider or an attribution costs no more than any other line."""
    split_reply(text)


def vars_of(text: str) -> tuple[str, str, str]:
    reply = split_reply(text)
    return reply.new, reply.quoted, reply.signature
