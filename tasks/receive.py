"""Makes up what the receiving side knows, once for a run, so that each sender can be judged against it."""

import re

from mail.trust.domain_keys import DnsKeys
from mail.trust.domains import FREEMAIL, registered
from mail.trust.judging import Receiver
from store.correspondents import answered_domains
from tasks.workplace import Workplace

_EVERYBODYS = frozenset(
    "support service services customer customers client care team office orders order sales info help helpdesk desk "
    "billing accounts contact shop store the kundenservice kundendienst service-team klantenservice equipo equipe "
    "assistenza soporte atendimento".split()
)
"""Words of team names that every company uses; a name made of them alone is nobody's own."""


def receiver_of(place: Workplace, mailbox: str) -> Receiver:
    """Our addresses, names and servers, the domains of those we have answered, and the keys of the DNS if wanted."""
    settings, box = place.settings, place.mailbox(mailbox)
    names = (settings.company.name, *(one.team for one in settings.mailboxes.values()))
    known = frozenset(registered(one) for one in answered_domains(place.store, mailbox))
    return Receiver(
        own_addresses=settings.own_addresses,
        names=tuple(dict.fromkeys(name for name in names if _is_own(name))),
        correspondents=known - FREEMAIL,
        authserv_ids=box.authserv_id,
        keys=DnsKeys() if box.verify_dkim else None,
    )


def _is_own(name: str) -> bool:
    return bool(set(re.findall(r"[\w-]+", name.casefold())) - _EVERYBODYS)
