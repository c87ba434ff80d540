"""HTML mail made safe to show: links and structure alone, nothing that loads, runs, submits or styles."""

import re
from html import escape

from mail.mime.charsets import clean
from mail.text.elements import VOID
from mail.text.html import html_text

_SAFE_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_SAFE_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "title",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "select",
}
_MAX_NESTING = 1_000
_LEFT_OPEN = frozenset({"p", "li", "td", "th", "tr", "dd", "dt", "tbody", "thead", "tfoot"})
"""Elements whose end tag may be left out (HTML Living Standard, section 13.1.2.4)."""
MAX_SHOWN = 100_000
"""Characters of HTML that are made safe for a page; sanitizing costs far more than reading."""
_TAG = re.compile(r"<(/?)([a-zA-Z]+)")


def safe_html(html: str) -> str:
    """`html` with links and structure alone: nothing that loads, runs, submits or styles.

    Styles go too, so what a sender hid from the reader becomes visible to the reviewer.
    """
    import nh3

    html = clean(html[:MAX_SHOWN])
    if _too_nested(html):
        return f"<pre>{escape(html_text(html).visible)}</pre>"
    return nh3.clean(
        html,
        tags=_SAFE_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_SAFE_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _too_nested(html: str) -> bool:
    """Deeper than any real mail: a sanitizer takes quadratic time in depth.

    An end tag closes only what stands right above it, save for tags that HTML lets one leave out: any other may be
    ignored by a browser, and then the depth stays.
    """
    opened: list[str] = []
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in VOID:
            continue
        top = len(opened)
        while top and opened[top - 1] in _LEFT_OPEN and opened[top - 1] != name:
            top -= 1
        if top and opened[top - 1] == name and (tag[1] or name in _LEFT_OPEN):
            del opened[top - 1 :]
        if not tag[1]:
            opened.append(name)
        if len(opened) > _MAX_NESTING:
            return True
    return False
