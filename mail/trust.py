"""What in a message contradicts its From: signs of forged or redirected mail, for the reviewer's eyes."""

import re
import unicodedata

from mail.mime import Part
from models.message import Address, SenderTrust

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_FAILED = re.compile(rb"\b(spf|dkim|dmarc)\s*=\s*(fail|hardfail|softfail|permerror)\b", re.IGNORECASE)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "edu", "ne", "or", "go"})
_FREEMAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk ymail.com "
    "aol.com icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de "
    "t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com zoho.com fastmail.com tutanota.com orange.fr free.fr "
    "sfr.fr libero.it seznam.cz wp.pl onet.pl o2.pl ziggo.nl kpnmail.nl qq.com 163.com 126.com".split()
)
"""Domains under which strangers have their mail; sharing one says nothing."""
_MAX_RESULTS = 20_000
"""Bytes of one Authentication-Results that are read."""


def judge_sender(
    root: Part, sender: Address, reply_to: tuple[Address, ...], from_count: int, hidden_text: str
) -> SenderTrust:
    """Warnings as sentences; an empty list is no proof of honesty."""
    warnings: list[str] = []
    own = domain(sender.address)
    others = [one.address for one in reply_to if one.address and one.address != sender.address]
    if others:
        warnings.append(f"Replies would go to {others[0]}, which is not the sender ({sender.address or 'none'}).")
    if (shown := _ADDRESS.search(sender.name)) and not _is_own(shown[0].lower(), sender.address):
        warnings.append(f"The sender's name shows {shown[0]}, but the address is {sender.address}.")
    if from_count > 1:
        warnings.append("The message has more than one From; only the first was taken.")
    if not sender.address:
        warnings.append("The message names no sender address.")
    if _mixes_scripts(own):
        warnings.append(f"The sender's domain {own} mixes look-alike letters of several alphabets.")
    for check, result in _failures(root):
        warnings.append(f"The receiving server reports {check.upper()} {result}.")
    if len(hidden_text) > 20:
        warnings.append("The message holds text that its reader cannot see.")
    return SenderTrust(reply_to_differs=bool(others), warnings=tuple(warnings))


def domain(address: str) -> str:
    return address.rpartition("@")[2].rstrip(".").lower() if "@" in address else ""


def same_organisation(one: str, other: str) -> bool:
    """True when the registered domains agree (mail.example.com and example.com) and are one organisation's own."""
    return bool(one) and _registered(one) == _registered(other) and _registered(one) not in _FREEMAIL


def _is_own(shown: str, address: str) -> bool:
    return shown == address or same_organisation(domain(shown), domain(address))


def _registered(name: str) -> str:
    labels = name.split(".")
    wide = len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2
    return ".".join(labels[-3:] if wide else labels[-2:])


def _failures(root: Part) -> list[tuple[str, str]]:
    """Only results of the topmost server count: it is our own (RFC 8601 section 5), and may write a field per check."""
    fields = [value[:_MAX_RESULTS] for value in root.all("authentication-results")]
    ours = [value for value in fields if _server(value) == _server(fields[0])]
    found = [failure for value in ours for failure in _FAILED.findall(value)]
    return list(dict.fromkeys((check.decode().lower(), result.decode().lower()) for check, result in found))


def _server(results: bytes) -> bytes:
    """The name with which an Authentication-Results begins, without its version (RFC 8601 section 2.2)."""
    return results.partition(b";")[0].strip().lower().partition(b" ")[0]


def _mixes_scripts(name: str) -> bool:
    if name.isascii() and "xn--" not in name:
        return False
    try:
        name = name.encode("ascii").decode("idna") if name.isascii() else name
    except UnicodeError:
        return True
    scripts = {unicodedata.name(c, "UNKNOWN").split(" ")[0] for c in name if c.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1
