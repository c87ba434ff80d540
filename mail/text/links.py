"""Links in a mail: how one is written down in plain text, and whether it leads elsewhere than it says."""

import re
from html import unescape
from string import whitespace
from urllib.parse import unquote, urlsplit

from mail.trust.domains import registered
from mail.trust.lookalikes import mixes_scripts

MAX_URL = 200
"""Characters of an address that is written into the text; of a longer one its query goes, and then its path."""
_TARGET = re.compile(r"\b(?:href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_SHOWN_HOST = re.compile(r"^(https?://|www\.)?((?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24})(?::\d{1,5})?(?:[/?#]\S*)?$")
_ANCHOR = re.compile(
    r"<a\b((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+)>([^<]*+(?:<(?!/?a\b)[^<]*+)*+)", re.IGNORECASE
)
"""A link's attributes, and its words with the tags among them."""
_TAG = re.compile(r"<[^<>]*>")
_ENDS = f"/{whitespace}"
_PLAIN_ENDS = frozenset("com org net gov edu info bank de uk fr nl it es eu pl ch at be example test".split())
"""Top-level names by which a word without www can be told from a file name."""
_WRAPPERS = ("safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com", "google.com",
             "linkprotect.cudasvc.com", "mimecast.com", "mimecastprotect.com", "l.facebook.com",
             "exchangelabs.com")  # fmt: skip
"""Hosts that mail gateways put in front of every link."""


def target_of(attributes: str) -> str:
    """Where an `a` element leads; empty for none, or for what is no address of the web or of mail."""
    found = _TARGET.search(attributes)
    written = unescape(found[1] or found[2] or found[3] or "") if found else ""
    target = "".join(written.split()).replace("<", "%3C").replace(">", "%3E")
    return target if target.lower().startswith(("http://", "https://", "mailto:", "tel:")) else ""


def told(target: str, shown: str) -> str:
    """What to write behind the text of a link; empty where the text says it already."""
    bare = target.partition(":")[2].partition("?")[0] if target.lower().startswith(("mailto:", "tel:")) else target
    if not shown or _plain(bare) in _plain(shown):
        return ""
    for shorter in (bare, bare.partition("?")[0].partition("#")[0], "/".join(bare.split("/")[:3]) + "/..."):
        if len(shorter) <= MAX_URL:
            return f"<{shorter}>"
    return ""


def _plain(address: str) -> str:
    """Without what does not matter for being the same."""
    bare = address.strip().lower().removeprefix("mailto:").removeprefix("https://").removeprefix("http://")
    return bare.rstrip(_ENDS).removeprefix("www.") or address


def deception(target: str, shown: str) -> str:
    """A sentence for the reviewer when the text of a link names another host than it leads to; else empty."""
    if not target.lower().startswith("http"):
        return ""
    claimed = _SHOWN_HOST.match(shown.strip().lower())
    host = _host(target) if claimed or not target.isascii() or "xn--" in target.lower() else ""
    if mixes_scripts(host):
        return f"A link leads to {host}, which mixes look-alike letters of several alphabets."
    if claimed is None or "@" in shown or not (claimed[1] or claimed[2].rpartition(".")[2] in _PLAIN_ENDS):
        return ""
    says = claimed[2].removeprefix("www.")
    if not host or registered(host) == registered(says):
        return ""
    if host.endswith(_WRAPPERS) and says in unquote(unquote(target)).lower():
        return ""
    return f"A link shows {says}, but leads to {host}."


def may_deceive(html: str) -> bool:
    """Whether a link in `html` names another host than it leads to; quicker than reading the page, and less exact.

    It knows nothing of quotes and of what is hidden, so a yes asks for a closer look. Linear time.
    """
    for attributes, inside in _ANCHOR.findall(html):
        shown = unescape(_TAG.sub("", inside)) if "<" in inside or "&" in inside else inside
        if deception(target_of(attributes), shown):
            return True
    return False


def _host(target: str) -> str:
    try:
        return (urlsplit(target).hostname or "").rstrip(".")
    except ValueError:  # "http://[bad" names no host
        return ""
