"""Marks that mail programs leave in their HTML around earlier mail and around signatures."""

import re
from enum import Enum

_MARKED = re.compile(
    r"(?:\bid|\bname|\bclass)\s*=\s*[\"']?(?:x_|m_[\d-]{1,30})*(?:"
    r"(?P<history>divRplyFwdMsg|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|isReplyContent|"
    r"isForwardContent|ms-outlook-mobile-reference-message)"
    r"|(?P<quote>[^\"'>]{0,60}yahoo_quoted\b|[^\"'>]{0,60}tutanota_quote\b)"
    r"|(?P<signature>[^\"'>]{0,60}gmail_signature\b|moz-signature|Signature\b|protonmail_signature_block|"
    r"ms-outlook-mobile-signature|ymail_android_signature|AppleMailSignature|tutanota_signature|"
    r"[^\"'>]{0,60}-signature\b)"
    r")|(?P<border>border:\s*none;\s*border-top:\s*solid\s+#(?:e1e1e1|b5c4df))",
    re.IGNORECASE,
)
_HINTS = ("signature", "quote", "divrplyfwdmsg", "olk_src_body", "reference-message", "isreplycontent",
          "isforwardcontent", "border-top")  # fmt: skip
"""One of them stands in every mark; to look for them costs a tenth of trying the pattern."""


class Mark(Enum):
    HISTORY = "history"
    """The header of the mail that is answered, and then that mail."""
    QUOTE = "quote"
    SIGNATURE = "signature"


def may_hold_marks(html: str) -> bool:
    """Whether an element of `html` may bear a mark; in most mail none does, and then none is looked at."""
    low = html.lower()
    return any(map(low.__contains__, _HINTS))


def mark_of(attributes: str) -> Mark | None:
    """What the attributes of an element say about its content."""
    if not may_hold_marks(attributes):
        return None
    found = _MARKED.search(attributes)
    if found is None:
        return None
    if found["history"] or found["border"]:
        return Mark.HISTORY
    return Mark.QUOTE if found["quote"] else Mark.SIGNATURE
