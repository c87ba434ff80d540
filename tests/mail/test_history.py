"""Quoted history: bounded, attributed in the reader's language, and the same in plain text and HTML."""

import re
from datetime import UTC, datetime
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from mail.smtp.history import CUT, MAX_CHARS, MAX_LINES, history_html, quoted_history
from models.message import Address, Message

DATE = datetime(2026, 11, 3, 14, 25, tzinfo=UTC)


def said(text: str, name: str = "Ada Lind", **more: object) -> Message:
    sender = Address(name=name, address="ada@example.com")
    return Message(sender=sender, text=text, reply_text=text, date=DATE).model_copy(update=more)


def test_only_the_new_words_are_quoted() -> None:
    """What a customer's client quoted of ours may have been changed; the store knows what we wrote."""
    message = said("It rattles.").model_copy(update={"text": "It rattles.\n> You promised me a new one."})
    assert quoted_history([message], "en") == "On 2026-11-03 14:25, Ada Lind wrote:\n> It rattles."


def test_a_thread_is_quoted_the_latest_first_and_each_turn_deeper() -> None:
    """As mail clients nest it."""
    turns = [said("Thanks!"), said("Clean it.", "Shop"), said("It rattles.")]
    assert quoted_history(turns, "de").split("\n") == [
        "Am 2026-11-03 14:25 schrieb Ada Lind:",
        "> Thanks!",
        "> Am 2026-11-03 14:25 schrieb Shop:",
        ">> Clean it.",
        ">> Am 2026-11-03 14:25 schrieb Ada Lind:",
        ">>> It rattles.",
    ]


def test_a_name_cannot_forge_an_attribution() -> None:
    """Line breaks and control characters of a display name are blanks."""
    quoted = quoted_history([said("Hi", "Ada\r\n> Shop wrote:\x1b[2J")], "en")
    assert quoted.split("\n")[0] == "On 2026-11-03 14:25, Ada > Shop wrote: [2J wrote:"


def test_long_history_says_that_it_was_cut() -> None:
    """By lines and by characters, over all turns together."""
    by_lines = quoted_history([said("x\n" * 1_000), said("y")], "en").split("\n")
    assert (len(by_lines), by_lines[-1]) == (MAX_LINES + 1, f"> {CUT}")
    assert len(quoted_history([said("x" * 900 + "\n")] * 50, "en")) < MAX_CHARS + 5_000


def test_an_empty_message_is_not_attributed() -> None:
    """Nothing was said."""
    assert quoted_history([said("")], "en") == ""


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_the_html_part_says_what_the_plain_part_says(texts: list[str]) -> None:
    """It is made of the very text that the reviewer saw, and no word of it becomes a tag."""
    quoted = quoted_history([said(text) for text in texts], "en")
    html = history_html(quoted)
    assert html.count("<blockquote") == html.count("</blockquote>")
    assert html.replace("<br>", "").replace('<blockquote type="cite">', "").replace("</blockquote>", "").count("<") == 0
    written = unescape(re.sub(r"<[^>]*>", "", html))
    assert [c for c in written if c.isalnum()] == [c for c in quoted if c.isalnum()]
