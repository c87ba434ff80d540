"""HTML to text, hidden text, and HTML that may be shown."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.html import html_text, safe_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("5 &lt; 6 &amp;amp; 7 < 8", "5 < 6 &amp; 7 < 8"),
        ("<script>x()</script>y<style>z{}</style><!-- c -->", "y"),
        ("<a href='http://x.y/?a=1>2'>link</a>", "link"),
        ("<blockquote>q<blockquote>r</blockquote></blockquote>s", "> q\n>\n> > r\n\ns"),
        ("un<b>closed", "unclosed"),
        ("</p></div>x", "x"),
        ("", ""),
    ],
)
def test_html_reads_like_plain_mail(html: str, text: str) -> None:
    """Blocks become lines, quotes get their marks, code and comments vanish."""
    assert html_text(html).visible == text


@pytest.mark.parametrize(
    "style",
    ["display:none", "DISPLAY : NONE !important", "visibility:hidden", "font-size:0", "font-size: 0px", "font-size:1px",
     "opacity:0", "max-height:0px; overflow:hidden", "mso-hide:all", "color:#fff", "color: white", "color:#FFFFFF",
     "text-indent:-9999px", "position:absolute; left:-10000px", "&#100;isplay:none"],
)  # fmt: skip
def test_styled_away_text_is_hidden_text(style: str) -> None:
    """Instructions that a reader cannot see are kept apart from the message."""
    read = html_text(f'<p>shown</p><div style="{style}">secret <b>orders</b></div>')
    assert (read.visible, read.hidden) == ("shown", "secret orders")


@pytest.mark.parametrize(
    "style",
    ["font-size:12px", "font-size:0.9em", "font-size:1em", "color:#fff;background:#000", "color:#333", "opacity:0.9",
     "background-color:#fff", "line-height:0", "max-height:10px", "display:block"],
)  # fmt: skip
def test_readable_text_is_not_hidden(style: str) -> None:
    """No word of a customer is lost to a style that merely looks odd."""
    assert html_text(f'<div style="{style}">words</div>').visible == "words"


def test_white_text_counts_as_readable_where_a_style_sheet_sets_backgrounds() -> None:
    """Its background cannot be known without a browser."""
    assert html_text('<style>.x{background:#000}</style><p class=x style="color:#fff">words</p>').visible == "words"


@pytest.mark.parametrize(
    "bad",
    ["<script>alert(1)</script>", "<img src=http://t.example/p.gif>", "<a href='javascript:alert(1)'>x</a>",
     "<p onclick=alert(1)>x</p>", "<style>@import 'http://t.example'</style>",
     "<form action=http://t.example><input></form>",
     "<iframe src=http://t.example></iframe>", "<p style='background:url(http://t.example)'>x</p>",
     "<link rel=stylesheet href=http://t.example>", "<svg><script>alert(1)</script></svg>",
     "<base href=http://t.example>",
     "<meta http-equiv=refresh content='0;url=http://t.example'>", "<video src=http://t.example>",
     "<a href='data:text/html,x'>x</a>",
     "<table background=http://t.example><tr><td>x</td></tr></table>", "<object data=http://t.example></object>"],
)  # fmt: skip
def test_nothing_that_loads_or_runs_survives(bad: str) -> None:
    """Opening a review must tell the sender nothing."""
    safe = safe_html(f"<p>before</p>{bad}<p>after</p>")
    assert "before" in safe
    assert "t.example" not in safe
    assert not re.search(r"script|onclick|style|<img|<form|data:|alert", safe)


def test_links_are_kept_and_open_apart() -> None:
    """The reviewer may follow one on purpose; the target learns nothing of where it stood."""
    assert safe_html('<a href="https://example.com/x">here</a>') == (
        '<a href="https://example.com/x" target="_blank" rel="noopener noreferrer nofollow">here</a>'
    )


def test_hidden_text_becomes_visible_to_the_reviewer() -> None:
    """Styles are gone, so what was styled away shows."""
    assert safe_html('<div style="display:none">orders</div>') == "<div>orders</div>"


@given(st.text(alphabet="<>/\"'=!-abdivstylescriptp &;#x0", max_size=300))
def test_any_html_is_read_without_raising(html: str) -> None:
    """Tag soup of every kind."""
    html_text(html)
    assert "<script" not in safe_html(html)


@pytest.mark.parametrize(
    "piece", ["<div>", "<!--", "<a '\"", "<", "<blockquote>x", "<style ", "&amp", "<b style='color:#fff'>x"]
)
def test_hostile_length_takes_bounded_time(piece: str) -> None:
    """The worst tags take a second or so of processor time at most."""
    start = time.process_time()
    html_text(piece * (300_000 // len(piece)))
    safe_html(piece * (300_000 // len(piece)))
    assert time.process_time() - start < 5


@pytest.mark.timeout(10)
def test_a_script_that_almost_ends_takes_bounded_time() -> None:
    """Each near end is looked at once."""
    html_text("<script>" + "</script " * 110_000)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece",
    ["<div></zz>", "<b></zz>", "<blockquote></zz>", "<a><b><div></zz></zz></zz>", "<p><b title={n}></p></zz>",
     "<marquee><object></marquee></object>", '<div a="</div>">', "<div><!--</div>-->"],
)  # fmt: skip
def test_depth_that_end_tags_disguise_takes_bounded_time(piece: str) -> None:
    """An end tag that a browser ignores does not make the page flat."""
    safe_html("".join(piece.replace("{n}", str(n)) for n in range(45_000)))


def test_ordinary_tables_with_open_ends_stay_html() -> None:
    """Cells, rows, items and paragraphs without end tags are valid and lie side by side."""
    rows = "<tr><td><p>one<td>two<ul><li>a<li>b</ul>" * 1_200
    assert "<pre>" not in safe_html(f"<table>{rows}</table>")
