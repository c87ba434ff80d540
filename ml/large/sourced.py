"""Checks 'numbers' and 'links': no figure and no address in a draft comes from nowhere.

A link that only the customer's mail holds is no source: quoting a phisher's link back would vouch for it.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ml.large.evidence import Evidence, blocked, passed, warned, worst
from ml.large.figures import Figure, figures
from models.draft import Check

NUMBERS = "numbers"
LINKS = "links"

_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}:/{1,2}[^\s<>\"]+|\bwww\.[^\s<>\"]+|\b(?:javascript|data|vbscript):\S+", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+%'-]+@(?:[\w-]+\.)+[\w-]{2,}")
_BARE_HOST = re.compile(r"(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,}(?![\w.-]*@)(?=\b)(?:/\S*)?", re.IGNORECASE)
_PUNCTUATION = ".,;:!?)]}'\"»”’"


def check_numbers(evidence: Evidence) -> Check:
    """Every figure of a claim stands in the sources or the thread, with the same unit."""
    known = figures(f"{evidence.source_text}\n{evidence.thread_text}")
    values = frozenset(reading for figure in known for reading in figure.readings)
    measured = frozenset((reading, figure.unit) for figure in known for reading in figure.readings)
    findings = [
        finding
        for claim in evidence.claims
        for figure in figures(_without_links(claim))
        if (finding := _figure_finding(figure, claim, values, measured)) is not None
    ]
    return worst(findings, passed(NUMBERS, "Every number, date and identifier stands in the sources or the thread."))


def _figure_finding(
    figure: Figure, claim: str, values: frozenset[str], measured: frozenset[tuple[str, str]]
) -> Check | None:
    if not figure.readings & values:
        found = blocked if not figure.spelled_out else warned
        return found(NUMBERS, f"“{figure.text}” stands neither in the sources nor in the thread.", claim)
    if figure.unit and not any((reading, figure.unit) in measured for reading in figure.readings):
        return warned(NUMBERS, f"The sources hold “{figure.text}”, but not as a number of this kind.", claim)
    return None


def check_links(evidence: Evidence) -> Check:
    """Every host and address in the body stands in the sources, the templates, the participants or `allowed_links`."""
    trusted = f"{evidence.source_text}\n{' '.join(evidence.own_text)}"
    hosts = frozenset(host for host, _, _ in _hosts(trusted)) | frozenset(
        h.lower() for h in evidence.company.allowed_links
    )
    mails = frozenset(mail.lower() for mail in _MAIL.findall(trusted)) | evidence.participants
    findings = [
        (blocked if certain else warned)(LINKS, f"The link to {host or 'nowhere'} stands in no source.", written)
        for host, written, certain in _hosts(evidence.written.body)
        if not _is_known(host, hosts, evidence.company.allowed_links)
    ]
    findings += [
        blocked(LINKS, f"The address {mail} stands in no source and belongs to nobody in the thread.", mail)
        for mail in _MAIL.findall(evidence.written.body)
        if mail.lower() not in mails
        and not _is_known(mail.rpartition("@")[2].lower(), frozenset(), evidence.company.allowed_links)
    ]
    return worst(findings, passed(LINKS, "Every link and address stands in the sources, the thread or the settings."))


def _hosts(text: str) -> Iterator[tuple[str, str, bool]]:
    """(host, as written, certainly a link) of every URL and bare host name."""
    for url in _URL.findall(text):
        url = url.rstrip(_PUNCTUATION)
        yield _host(url), url, True
    rest = _MAIL.sub(" ", _URL.sub(" ", text))
    for bare in _BARE_HOST.findall(rest):
        yield bare.split("/")[0].lower(), bare, False


def _host(url: str) -> str:
    """The host that a browser would go to, or nothing; a backslash counts as a slash (WHATWG URL, 4.4)."""
    url = url.replace("\\", "/")
    try:
        return (urlsplit(url if "://" in url else f"https://{url}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _is_known(host: str, hosts: frozenset[str], allowed: tuple[str, ...]) -> bool:
    return bool(host) and (host in hosts or any(host == a.lower() or host.endswith(f".{a.lower()}") for a in allowed))


def _without_links(text: str) -> str:
    """Digits inside addresses are checked as addresses."""
    return _MAIL.sub(" ", _URL.sub(" ", text))
