"""Authentication-Results (RFC 8601): what our own server found out about a message, and nobody else's word.

Anybody can write such a field into a mail. Only those of a configured server count, and only above the place where the
message came in: below it stands what the sender wrote.
"""

import re
from dataclasses import dataclass

from mail.mime.headers import raw_text
from mail.mime.part import Part
from mail.trust.domains import aligned, domain, registered
from models.message import Authentication

FIELD = "authentication-results"
MAX_FIELD = 20_000
"""Bytes of one field that are read."""
MAX_RESULTS = 50
_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)')
_METHOD = re.compile(r"\s*([a-z-]{2,20})\s*(?:/\s*\d+\s*)?=\s*([a-z]{2,20})", re.IGNORECASE)
_PROPERTY = re.compile(r"\b(header|smtp|policy)\.([a-z-]{1,20})\s*=\s*(\"[^\"]*\"|[^\s;]+)", re.IGNORECASE)
_BY = re.compile(r"\bby\s+([\w.-]{1,255})", re.IGNORECASE)
_CHECKS = frozenset({"spf", "dkim", "dmarc", "arc"})
_FAILED = frozenset({"fail", "hardfail", "softfail"})


@dataclass(frozen=True, slots=True)
class Result:
    """One check of one server: `method` spf, dkim, dmarc; `result` pass, fail, none …; `domain` that it is about."""

    method: str
    result: str
    domain: str = ""

    def __str__(self) -> str:
        return f"{self.method}={self.result}{f' {self.domain}' if self.domain else ''}"


def trusted_results(root: Part, ids: tuple[str, ...]) -> list[Result]:
    """The results of the servers in `ids` (authserv-id, RFC 8601 section 2.5), the topmost first.

    An empty id stands for a server that writes none, as Microsoft 365 does.
    """
    if FIELD not in root.index:
        return []
    wanted = {one.strip().lower().rstrip(".") for one in ids}
    found = [result for value in _credible(root, wanted) if server_of(value) in wanted for result in results_in(value)]
    return found[:MAX_RESULTS]


def topmost_failures(root: Part) -> list[Result]:
    """Failures in the topmost server's fields, for where no id is configured: enough to warn, never to vouch."""
    if FIELD not in root.index:
        return []
    values = [value[:MAX_FIELD] for value in root.all(FIELD)]
    results = [one for value in values if server_of(value) == server_of(values[0]) for one in results_in(value)]
    return failures(results, "")


def server_of(value: bytes) -> str:
    """The authserv-id with which a field begins, without its version; empty when it begins with a result."""
    first = _COMMENT.sub(" ", raw_text(value[:MAX_FIELD])).partition(";")[0].strip().lower()
    name = first.split(" ")[0].split("\t")[0].split("\n")[0]
    return "" if "=" in first.partition(" ")[0] or "=" in name else name.rstrip(".")


def results_in(value: bytes) -> list[Result]:
    """The results of one field; what is no RFC 8601 is left out."""
    text = _COMMENT.sub(" ", raw_text(value[:MAX_FIELD]).replace("\n", " "))
    pieces = text.split(";") if not server_of(value) else text.split(";")[1:]
    found = []
    for piece in pieces[:MAX_RESULTS]:
        method = _METHOD.match(piece)
        if method and method[1].lower() in _CHECKS:
            properties = {f"{kind}.{name}".lower(): value.strip('"') for kind, name, value in _PROPERTY.findall(piece)}
            found.append(Result(method[1].lower(), method[2].lower(), _about(method[1].lower(), properties)))
    return found


def verdict(results: list[Result], sender: str) -> Authentication:
    """Whether From's domain is vouched for: by DMARC's own result, else by an aligned SPF or DKIM pass."""
    passed = [one for one in results if one.method in ("spf", "dkim") and one.result == "pass"]
    vouched = any(aligned(one.domain, sender) for one in passed)
    policy = next((one for one in results if one.method == "dmarc"), Result("dmarc", "none"))
    checked = any(one.method in ("spf", "dkim") for one in results)
    if policy.result == "pass" and (vouched or not checked) and (not policy.domain or aligned(policy.domain, sender)):
        return Authentication.PASS
    if policy.result in ("fail", "pass"):
        return Authentication.FAIL  # a pass that its own checks contradict is forged
    if vouched:
        return Authentication.PASS
    if any(one.result == "temperror" for one in results):
        return Authentication.TEMPERROR
    return Authentication.FAIL if failures(results, sender) and not passed else Authentication.NONE


def failures(results: list[Result], sender: str) -> list[Result]:
    """The failed checks, none where another one vouches for the sender all the same (a forwarded mail fails SPF)."""
    policy = next((one.result for one in results if one.method == "dmarc"), "")
    vouched = any(one.result == "pass" and aligned(one.domain, sender) for one in results if one.method != "arc")
    if policy == "pass" or (vouched and policy != "fail"):
        return []
    return [one for one in results if one.result in _FAILED and one.method != "arc"]


def _credible(root: Part, wanted: set[str]) -> list[bytes]:
    """Fields above the first hop that is not ours: there our border server stood when it wrote them."""
    hops = [_hop(value) for name, value in root.fields if name == "received"]
    homes = {registered(one) for one in wanted if "." in one} or {registered(one) for one in hops[:1] if one}
    known = any(registered(hop) in homes for hop in hops)
    credible: list[bytes] = []
    seen, passed = False, 0
    for name, value in root.fields:
        if name == FIELD:
            credible.append(value[:MAX_FIELD])
        elif name == "received":
            ours = registered(_hop(value)) in homes
            if (known and seen and not ours) or (not known and passed >= 1):
                break
            seen, passed = seen or ours, passed + 1
    return credible


def _hop(received: bytes) -> str:
    """The host that wrote a Received field."""
    found = _BY.search(raw_text(received[:2_000]))
    return found[1].rstrip(".").lower() if found else ""


def _about(method: str, properties: dict[str, str]) -> str:
    names = {
        "dkim": ("header.d", "header.i"),
        "spf": ("smtp.mailfrom", "smtp.mail", "smtp.helo"),
        "dmarc": ("header.from",),
    }.get(method, ())
    value = next((properties[name] for name in names if name in properties), "").strip("<>")
    return (domain(value) or value).lower().rstrip(".")[:255]
