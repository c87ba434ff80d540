"""HTML to text, hidden text, and HTML that may be shown."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.text.html import html_text
from mail.text.quoting import split_reply
from mail.text.sanitizing import safe_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 | 2\n3"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("5 &lt; 6 &amp;amp; 7 < 8", "5 < 6 &amp; 7 < 8"),
        ("<script>x()</script>y<style>z{}</style><!-- c -->", "y"),
        ("<a href='http://x.y/?a=1>2'>link</a>", "link <http://x.y/?a=1%3E2>"),
        ("<blockquote>q<blockquote>r</blockquote></blockquote>s", "> q\n>\n> > r\n\ns"),
        ("un<b>closed", "unclosed"),
        ("</p></div>x", "x"),
        ("", ""),
        ("<ul><li>a<ul><li>b<li>c</ul><li>d</ul>e", "- a\n  - b\n  - c\n- d\n\ne"),
        ("<ol start=3><li><p>x</p></li><li><p>y</p></li></ol>", "3. x\n4. y"),
        ("<ol><li>x<ul><li>y</ul><li>z</ol>", "1. x\n  - y\n2. z"),
        (
            "<table><tr><td><p>Item</p></td><td><p>Qty</p></td></tr><tr><td>K1</td><td>2</td></tr></table>",
            "Item | Qty\nK1 | 2",
        ),
        ("<table><tr><th>A</th><th></th><th>B</th></tr></table>", "A | B"),
        ("<table><tr><td>one<br>two</td><td>three</td></tr></table>", "one\ntwo\nthree"),
        (
            "<table><tr><td>left</td><td><table><tr><td>r1</td></tr><tr><td>r2</td></tr></table></td></tr></table>",
            "left | r1\nr2",
        ),
        ("<img src=x alt='Photo of the leak'><img src=y><img alt=''>", "[Photo of the leak]"),
        ("<a href='https://a.example/x'>https://a.example/x</a>", "https://a.example/x"),
        ("<a href='https://a.example/x'>the page</a>.", "the page <https://a.example/x>."),
        ("<a href='mailto:a@b.example?subject=x'>a@b.example</a>", "a@b.example"),
        ("<a href='mailto:a@b.example'>Ada</a>", "Ada <a@b.example>"),
        ("<a href='javascript:alert(1)'>x</a><a href='#top'>y</a>", "xy"),
        ("<a href='https://a.example/" + "p" * 300 + "'>x</a>", "x <https://a.example/...>"),
        ("<a href='https://a.example/p?" + "q" * 300 + "'>x</a>", "x <https://a.example/p>"),
        (
            "<!--[if mso]><p>for Outlook</p><![endif]--><!--[if !mso]><!--><p>for others</p><!--<![endif]-->",
            "for others",
        ),
        ("<![if !vml]>shown<![endif]><xml><o:x>96</o:x></xml><?xml:namespace prefix = o /><o:p></o:p>", "shown"),
        (
            "<p class=MsoListParagraph><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp; </span></span>"
            "<![endif]>Item</p>",
            "- Item",
        ),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p>a&nbsp;&nbsp; b\n c</p>", "a b c"),
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


OLD = "<p>Did you clean it?</p>"
CITED = f'<blockquote type="cite">{OLD}</blockquote>'
SHOP = '<a href="mailto:s@x.example">s@x.example</a>'
BORDER = '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
FIELDS = "<b>Zxc:</b> Shop &lt;s@x.example&gt;<br><b>Qwe:</b> 3.3.2025<br><b>Asd:</b> Ada<br><b>Yui:</b> x"
REPLIES = {
    "gmail": f'<div class="gmail_quote"><div class="gmail_attr">On Mon, 3 Mar 2025 at 09:12, Shop &lt;{SHOP}&gt; wrote:'
    f'<br></div><blockquote class="gmail_quote">{OLD}</blockquote></div>',
    "thunderbird": f'<div class="moz-cite-prefix">Am 03.03.25 um 09:12 schrieb Shop:<br></div>{CITED}',
    "apple": f'<blockquote type="cite"><div>On 3 Mar 2025, at 09:12, Shop wrote:</div>{OLD}</blockquote>',
    "apple sv": f"<div>3 mars 2025 kl. 09:12 skrev Shop &lt;s@x.example&gt;:</div>{CITED}",
    "outlook desktop": f"{BORDER}<p>{FIELDS}</p></div>{OLD}",
    "outlook web": f'<hr tabindex="-1"><div id="divRplyFwdMsg">{FIELDS}</div>{OLD}',
    "outlook web, passed on": f'<div id="x_divRplyFwdMsg">{FIELDS}</div>{OLD}',
    "outlook mac": f'<span id="OLK_SRC_BODY_SECTION"><div>{FIELDS}</div>{OLD}</span>',
    "outlook mobile": f'<div id="mail-editor-reference-message-container"><div>{FIELDS}</div>{OLD}</div>',
    "yahoo": f'<div class="yahoo_quoted"><div>On Monday, March 3, 2025, Shop wrote:</div><div>{OLD}</div></div>',
    "proton": f'<div class="protonmail_quote">On Monday, March 3rd, 2025 at 9:12 AM, Shop wrote:<br>{CITED}</div>',
    "unknown language": f"<div>Xyz 3.3.2025 09:12 Shop &lt;s@x.example&gt; blorf:</div>{CITED}",
}


@pytest.mark.parametrize("history", REPLIES.values(), ids=REPLIES)
def test_structure_of_mail_programs_sets_the_history_apart(history: str) -> None:
    """Blocks of earlier mail are known by their marks in the HTML, in whatever language their header is."""
    signature = '<div class="gmail_signature">Ada Lind<br>Cafe Lind</div>'
    for signed in ("", signature):
        reply = split_reply(html_text(f"<div>It works now.</div>{signed}<br>{history}").visible)
        assert reply.new == "It works now."
        assert "Did you clean it?" in reply.quoted


@pytest.mark.parametrize(
    "signature",
    ['<div class="gmail_signature">Ada</div>', '<pre class="moz-signature" cols="72">-- \nAda</pre>',
     '<div id="Signature"><p>Ada</p></div>', '<div class="protonmail_signature_block">Ada</div>',
     '<div id="ms-outlook-mobile-signature">Ada</div>', '<div class="x_gmail_signature" dir=ltr>Ada</div>'],
)  # fmt: skip
def test_signature_of_a_mail_program_gets_its_delimiter(signature: str) -> None:
    """Then it is told apart as in plain mail."""
    reply = split_reply(html_text(f"<p>Please call me.</p>{signature}").visible)
    assert reply.new == "Please call me."
    assert "Ada" in reply.signature


def test_hundred_thousand_nested_elements_take_bounded_time() -> None:
    """Depth costs nothing: what is open is counted, not called."""
    start = time.process_time()
    assert html_text("<div>" * 100_000 + "deep" + "</div>" * 100_000).visible == "deep"
    assert time.process_time() - start < 5
