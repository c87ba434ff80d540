"""What in a message contradicts its From: signs of forged or redirected mail, for the reviewer's eyes."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from mail.mime.part import Part
from mail.trust.authentication import Result, failures, topmost_failures, trusted_results, verdict
from mail.trust.domain_keys import FIELD, KeyLookup, signature_results
from mail.trust.domains import FREEMAIL, domain, registered, same_organisation
from mail.trust.lookalikes import borrows, imitated, mixes_scripts, readable
from models.message import Address, Authentication, SenderTrust

__all__ = ["Receiver", "domain", "judge_sender", "same_organisation"]

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Receiver:
    """What the receiving side knows of itself, its servers and its correspondents."""

    own_addresses: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    """The company's and its teams' names, which nobody outside bears."""
    correspondents: frozenset[str] = frozenset()
    """Registered domains of people whom we have answered."""
    authserv_ids: tuple[str, ...] = ()
    """Servers whose Authentication-Results are our own (RFC 8601); an empty name is a server that writes none."""
    keys: KeyLookup | None = None
    """Looks up DKIM keys; without one, signatures are not checked here."""

    @cached_property
    def own_domains(self) -> frozenset[str]:
        """Registered domains of our addresses, without those that strangers share."""
        return frozenset(registered(domain(one)) for one in self.own_addresses) - FREEMAIL

    @cached_property
    def genuine(self) -> frozenset[str]:
        """Registered domains that somebody may want to look like."""
        return self.own_domains | self.correspondents


NOBODY = Receiver()


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a message says that it is from."""

    sender: Address
    reply_to: tuple[Address, ...] = ()
    from_count: int = 1
    """How many senders From names."""


def judge_sender(root: Part, claim: Claim, raw: bytes, receiver: Receiver = NOBODY) -> SenderTrust:
    """Warnings as sentences; an empty list is no proof of honesty, only `authenticated` pass says who sent it."""
    results = trusted_results(root, receiver.authserv_ids) if receiver.authserv_ids else []
    own = domain(claim.sender.address)
    if receiver.keys and own and FIELD in root.index:
        results += signature_results(raw, root, own, receiver.keys)
    found = verdict(results, own) if results else Authentication.NONE
    failed = failures(results, own) if results else topmost_failures(root)
    others = [one.address for one in claim.reply_to if one.address and one.address != claim.sender.address]
    warnings = [
        *_contradictions(claim, others),
        *_impersonations(claim, receiver, found),
        *_failed_checks(failed, found),
    ]
    return SenderTrust(
        reply_to_differs=bool(others),
        warnings=tuple(dict.fromkeys(warnings)),
        authenticated=found,
        details=tuple(dict.fromkeys(str(one) for one in results)),
    )


def _contradictions(claim: Claim, others: list[str]) -> list[str]:
    """What the header says against itself."""
    sender = claim.sender
    warnings: list[str] = []
    if others:
        warnings.append(f"Replies would go to {others[0]}, which is not the sender ({sender.address or 'none'}).")
    if (shown := _ADDRESS.search(sender.name)) and not _is_own(shown[0].lower(), sender.address):
        warnings.append(f"The sender's name shows {shown[0]}, but the address is {sender.address}.")
    if claim.from_count > 1:
        warnings.append("The message has more than one From; only the first was taken.")
    if not sender.address:
        warnings.append("The message names no sender address.")
    if mixes_scripts(domain(sender.address)):
        warnings.append(f"The sender's domain {domain(sender.address)} mixes look-alike letters of several alphabets.")
    return warnings


def _impersonations(claim: Claim, receiver: Receiver, found: Authentication) -> list[str]:
    """Who the sender could be taken for: us, or somebody whom we know."""
    warnings: list[str] = []
    if receiver is NOBODY:
        return warnings
    ours = receiver.own_domains
    own = domain(claim.sender.address)
    inside = claim.sender.address in receiver.own_addresses or registered(own) in ours
    if not inside and (name := _borrowed_name(claim.sender.name, receiver.names)):
        warnings.append(
            f"The sender calls itself {name!r}, as we do, but writes from {claim.sender.address or 'nowhere'}."
        )
    for address in (claim.sender.address, *(one.address for one in claim.reply_to)):
        name = domain(address)
        if like := imitated(name, receiver.genuine) or borrows(name, ours):
            warnings.append(f"The domain {readable(name)} looks like {like} but is another one.")
    if inside and receiver.authserv_ids and found in (Authentication.NONE, Authentication.FAIL):
        warnings.append(f"It claims to come from our own domain {own}, and our server does not confirm it.")
    return warnings


def _failed_checks(failed: list[Result], found: Authentication) -> list[str]:
    if found is Authentication.PASS:
        return []
    seen = dict.fromkeys((one.method, one.result) for one in failed)
    return [f"The receiving server reports {method.upper()} {result}." for method, result in seen]


def _borrowed_name(name: str, ours: tuple[str, ...]) -> str:
    """Our name that a display name holds, spelt with whatever letters."""
    if not name or not ours:
        return ""
    plain = _plain(name)
    return next((one for one in ours if len(_plain(one)) > 3 and _plain(one) in plain), "")


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return _LETTERS.sub("", "".join(c for c in letters if not unicodedata.combining(c)))


def _is_own(shown: str, address: str) -> bool:
    return shown == address or same_organisation(domain(shown), domain(address))
