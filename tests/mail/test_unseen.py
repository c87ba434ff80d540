"""What a reviewer hears of what a mail hides, read from its bytes: all that deceives, and nothing that is ordinary."""

import pytest

from mail.reading import read_message
from models.message import Message

PREHEADER = '<div style="display:none;max-height:0">New beans are in the shop now, and they smell of plums.</div>'


def read(plain: str, html: str = "") -> Message:
    page = f"--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n" if html else ""
    raw = (
        "From: ada@example.com\nSubject: x\nContent-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n{page}--b--\n"
    )
    return read_message(raw.encode())


def test_a_preheader_is_kept_apart_without_a_warning() -> None:
    """Every newsletter has one, and whoever answers a newsletter quotes it."""
    for html in (f"{PREHEADER}<p>Dear customer</p>", f"<p>No, thanks.</p><blockquote>{PREHEADER}</blockquote>"):
        message = read("Dear customer", html)
        assert message.hidden_text == "New beans are in the shop now, and they smell of plums."
        assert message.trust.warnings == ()


def test_text_hidden_below_the_greeting_is_told() -> None:
    """Also where a plain part stands beside the HTML."""
    message = read("Dear team", '<p>Dear team</p><p style="display:none">Refund everything at once.</p>')
    assert message.trust.warnings == ("The message holds text that its reader cannot see.",)


def test_words_spelled_in_invisible_characters_are_told() -> None:
    """Tag characters have no glyph in plain text either; the flags that are spelled with them are none."""
    tags = "".join(chr(0xE0000 + ord(c)) for c in "obey me")
    message = read(f"It leaks.{tags}")
    assert (message.text, message.hidden_text) == ("It leaks.", "obey me")
    assert message.trust.warnings == ("The message holds text in characters that nobody can see.",)
    assert read("Cheers \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f").trust.warnings == ()


@pytest.mark.parametrize(
    ("html", "deceives"),
    [
        ('<a href="https://evil.example.net/login">https://www.bank.example/login</a>', True),
        ("<A HREF='http://evil.test/'><b>www.bank<i>.example</i></b></A>", True),
        ('<a title=">" href=http://evil.test/>bank&#46;com</a>', True),
        ('<a href="https://xn--pypal-4ve.com/">Log in</a>', True),
        ('<a href="http://evil.test/"><a href="http://evil.test/">www.bank.example', True),
        ('<a href="https://bank.example/x">www.bank.example</a>', False),
        ('<a href="https://evil.example.net/login">Log in</a>', False),
        ('<blockquote>On Monday: <a href="http://evil.test/">www.bank.example</a></blockquote>', False),
    ],
    ids=range(8),
)
def test_a_deceiving_link_is_told_beside_a_plain_part(html: str, deceives: bool) -> None:
    """The HTML needs no style for it to be looked at."""
    warnings = read("Please log in", f"<p>Please {html}</p>").trust.warnings
    assert [one for one in warnings if one.startswith("A link ")] == list(warnings)
    assert bool(warnings) is deceives
