"""What in a message contradicts its From: signs of forged or redirected mail, for the reviewer's eyes."""

import re
import unicodedata

from mail.mime import Part
from models.message import Address, SenderTrust

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_FAILED = re.compile(rb"\b(spf|dkim|dmarc)\s*=\s*(fail|softfail|permerror)\b", re.IGNORECASE)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "edu", "ne", "or", "go"})


def judge_sender(
    root: Part, sender: Address, reply_to: tuple[Address, ...], from_count: int, hidden_text: str
) -> SenderTrust:
    """Warnings as sentences; an empty list is no proof of honesty."""
    warnings: list[str] = []
    own = domain(sender.address)
    differs = any(not same_organisation(domain(one.address), own) for one in reply_to if one.address)
    if differs:
        other = next(one.address for one in reply_to if not same_organisation(domain(one.address), own))
        warnings.append(f"Replies would go to {other}, which is not the domain of the sender ({own or 'none'}).")
    if (shown := _ADDRESS.search(sender.name)) and not same_organisation(domain(shown[0].lower()), own):
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
    return SenderTrust(reply_to_differs=differs, warnings=tuple(warnings))


def domain(address: str) -> str:
    return address.rpartition("@")[2].rstrip(".").lower() if "@" in address else ""


def same_organisation(one: str, other: str) -> bool:
    """True when the registered domains agree: mail.example.com and example.com."""
    return bool(one) and _registered(one) == _registered(other)


def _registered(name: str) -> str:
    labels = name.split(".")
    wide = len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2
    return ".".join(labels[-3:] if wide else labels[-2:])


def _failures(root: Part) -> list[tuple[str, str]]:
    """Only the topmost Authentication-Results counts: our own server wrote it (RFC 8601 section 5)."""
    found = _FAILED.findall(root.first("authentication-results")[:5_000])
    return list(dict.fromkeys((check.decode().lower(), result.decode().lower()) for check, result in found))


def _mixes_scripts(name: str) -> bool:
    if name.isascii() and "xn--" not in name:
        return False
    try:
        name = name.encode("ascii").decode("idna") if name.isascii() else name
    except UnicodeError:
        return True
    scripts = {unicodedata.name(c, "UNKNOWN").split(" ")[0] for c in name if c.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1
