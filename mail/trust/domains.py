"""Domains of addresses: whose they are, and whether two belong to one organisation.

The registered domain is guessed from its shape and not looked up in a list of suffixes: such a list is out of date the
day it is packed, and a wrong guess costs a warning or a missing one, never a wrong recipient.
"""

_SECOND_LEVEL = frozenset(
    "co com org net ac gov gob gouv edu ne or go nom gen firm ltd plc me sch mil web info biz adv ind art nhs "
    "police in res "
    "asso tm notaires gv gr lg ed ad".split()
)
"""Names that countries put below their own (co.uk, com.au, or.jp)."""
_SHARED_HOSTS = frozenset(
    "github.io gitlab.io herokuapp.com pages.dev workers.dev web.app firebaseapp.com netlify.app vercel.app "
    "azurewebsites.net cloudfront.net blogspot.com wordpress.com onmicrosoft.com eu.org".split()
)
"""Domains below which each name is somebody else's."""
FREEMAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk ymail.com "
    "aol.com icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de "
    "t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com zoho.com fastmail.com tutanota.com orange.fr free.fr "
    "sfr.fr libero.it seznam.cz wp.pl onet.pl o2.pl ziggo.nl kpnmail.nl qq.com 163.com 126.com".split()
)
"""Domains under which strangers have their mail; sharing one says nothing."""


def domain(address: str) -> str:
    """The domain of an address, in lower case; empty when it has none."""
    return address.rpartition("@")[2].rstrip(".").lower() if "@" in address else ""


def registered(name: str) -> str:
    """The part that somebody registered: `example.co.uk` for `mail.example.co.uk`."""
    labels = name.split(".")
    wide = len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2
    shared = len(labels) > 2 and ".".join(labels[-2:]) in _SHARED_HOSTS
    return ".".join(labels[-3:] if wide or shared else labels[-2:])


def aligned(one: str, other: str) -> bool:
    """Relaxed alignment (RFC 7489 section 3.1.1): equal registered domains, freemail included."""
    return bool(one) and bool(other) and registered(one) == registered(other)


def same_organisation(one: str, other: str) -> bool:
    """True when the registered domains agree (mail.example.com and example.com) and are one organisation's own."""
    return bool(one) and registered(one) == registered(other) and registered(one) not in FREEMAIL
