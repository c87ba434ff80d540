"""How a category appears on the mail server: an IMAP keyword, or a folder where keywords are refused."""

import re

KEYWORD_PREFIX = "mailstage-"
FOLDER_PREFIX = "Mailstage"
_NOT_IN_ATOM = re.compile(r"[^A-Za-z0-9_.-]+")


def keyword(category: str) -> str:
    """`order_status` to `mailstage-order_status`, always a legal atom (RFC 9051 section 9)."""
    return KEYWORD_PREFIX + (_NOT_IN_ATOM.sub("_", category) or "other")


def folder(category: str) -> str:
    """`order_status` to `Mailstage/Order status`; `/` stands for whatever delimiter the server has."""
    words = " ".join(_NOT_IN_ATOM.sub(" ", category).replace("_", " ").split()) or "other"
    return f"{FOLDER_PREFIX}/{words[:1].upper()}{words[1:]}"
