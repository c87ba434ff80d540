"""What kind of sender a domain is: somebody at home, a school, an authority, any other organisation."""

_FREEMAIL = frozenset(
    (
        "gmail", "googlemail", "outlook", "hotmail", "live", "msn", "yahoo", "ymail", "icloud", "me", "mac",
        "aol", "gmx", "web", "t-online", "freenet", "proton", "protonmail", "orange", "wanadoo", "free",
        "laposte", "sfr", "libero", "virgilio", "tiscali", "alice", "ziggo", "kpnmail", "telenet", "skynet",
        "terra", "sapo", "wp", "onet", "interia", "mail", "btinternet", "sky", "comcast", "fastmail",
        "posteo", "mailbox", "zoho", "yandex",
    )
)  # fmt: skip
_SHARED = frozenset(("ac", "co", "com", "edu", "gob", "gov", "gouv", "net", "nom", "org", "or", "ne"))
"""Second levels below which countries register names: `co` in example.co.uk."""


def sender_class(domain: str) -> str:
    """`freemail`, `education`, `government`, `organisation`, or empty where there is no domain."""
    labels = domain.lower().strip(".").split(".")
    if len(labels) < 2:
        return ""
    if labels[-1] == "edu" or labels[-2] in ("ac", "edu") or labels[0].startswith("uni-"):
        return "education"
    if {"gov", "gob", "gouv"}.intersection(labels[-2:]):
        return "government"
    registered = labels[-3] if len(labels) > 2 and labels[-2] in _SHARED else labels[-2]
    return "freemail" if registered in _FREEMAIL else "organisation"
