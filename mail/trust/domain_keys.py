"""DKIM signatures (RFC 6376) checked by ourselves, with the lookup of keys passed in.

An unreachable name server must never hold up mail: after one lookup without an answer the others are not even tried
for a while, and the result is `temperror`.
"""

import re
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from mail.mime.headers import raw_text
from mail.mime.part import Part
from mail.trust.authentication import Result
from mail.trust.domains import aligned

KeyLookup: TypeAlias = Callable[[str], bytes | None]
"""The TXT record of a name, None when there is none. Raises TimeoutError when nobody answers."""
FIELD = "dkim-signature"
MAX_SIGNATURES = 3
"""Signatures of From's own domain that are checked; more are sent only to cost time (RFC 6376 section 8.4)."""
MIN_KEY_BITS = 1024
"""RFC 8301 section 3.2."""
_DOMAIN = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]{1,255})")
_PARTIAL = re.compile(r"(?:^|;)\s*l\s*=")


def signature_results(raw: bytes, root: Part, sender: str, lookup: KeyLookup) -> list[Result]:
    """One result for each signature by the domain of `sender`: pass, fail, policy, neutral, temperror or permerror.

    `policy` is a valid signature that leaves the end of the body open (RFC 6376 section 8.2): it proves nothing.
    """
    found: list[Result] = []
    for position, value in enumerate(root.all(FIELD)):
        text = raw_text(value[:10_000])
        named = _DOMAIN.search(text)
        signer = named[1].lower().rstrip(".") if named else ""
        if aligned(signer, sender):
            result = _checked(raw, position, lookup)
            found.append(Result("dkim", "policy" if result == "pass" and _PARTIAL.search(text) else result, signer))
        if len(found) >= MAX_SIGNATURES:
            break
    return found


def _checked(raw: bytes, position: int, lookup: KeyLookup) -> str:
    import dkim

    trouble = ""

    def key(name: bytes, timeout: int = 5) -> bytes | None:
        nonlocal trouble
        del timeout  # the lookup has its own bound
        try:
            found = lookup(name.decode("ascii", "replace").rstrip("."))
        except TimeoutError as error:
            trouble = "temperror"
            raise dkim.DnsTimeoutError(str(error)) from error
        trouble = "" if found else "permerror"  # keys are taken away when they are changed
        return found

    try:
        good = dkim.DKIM(raw, minkey=MIN_KEY_BITS).verify(idx=position, dnsfunc=key)
    except (dkim.NaClNotFoundError, dkim.UnknownKeyTypeError):
        return "neutral"  # a kind of key that is not known here
    except dkim.DKIMException:
        good = False
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError):
        return "permerror"  # a signature so broken that the library stumbles over it
    return "pass" if good else trouble or "fail"


class DnsKeys:
    """Looks keys up in the DNS. It remembers answers, and rests after a lookup that got none."""

    def __init__(
        self,
        resolve: Callable[[str, float], bytes | None] | None = None,
        *,
        seconds: float = 2.0,
        rest: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        most: int = 2_000,
    ) -> None:
        """`seconds` bounds one lookup, `rest` is how long none is tried after one failed, `most` how many are kept."""
        self._resolve = resolve or txt_record
        self._seconds, self._rest, self._clock, self._most = seconds, rest, clock, most
        self._known: dict[str, bytes | None] = {}
        self._silent_until = float("-inf")

    def __call__(self, name: str) -> bytes | None:
        if name in self._known:
            return self._known[name]
        if self._clock() < self._silent_until:
            raise TimeoutError("the name servers did not answer a moment ago")
        try:
            found = self._resolve(name, self._seconds)
        except TimeoutError:
            self._silent_until = self._clock() + self._rest
            raise
        while len(self._known) >= self._most:
            self._known.pop(next(iter(self._known)))
        self._known[name] = found
        return found


def txt_record(name: str, seconds: float) -> bytes | None:
    """The TXT record of `name` from the system's name servers. Raises TimeoutError after `seconds`, or without any."""
    import dns.exception
    import dns.rdatatype
    import dns.resolver

    try:
        answer: Any = dns.resolver.resolve(name, dns.rdatatype.TXT, lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except (dns.exception.Timeout, dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, OSError) as error:
        raise TimeoutError(f"no name server answered for {name}") from error
    except (dns.exception.DNSException, UnicodeError):
        return None  # a name that cannot be one
    return b"".join(answer[0].strings)
