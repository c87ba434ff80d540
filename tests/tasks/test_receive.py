"""What the receiving side knows of itself, its servers and its correspondents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.message import Authentication, FetchedMail
from tasks.arrive import arrival_of
from tasks.receive import receiver_of
from tests.factories import TEAM
from tests.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as found:
        yield found


def fetched(text: str) -> FetchedMail:
    return FetchedMail(mailbox="support", folder="INBOX", uidvalidity=1, uid=1, raw=text.encode())


def test_the_settings_name_our_addresses_names_and_servers(office: Office) -> None:
    """A team that is called like everybody's is no name of our own."""
    receiver = receiver_of(office.on(authserv_id=("mx.us.example",), verify_dkim=True), "support")
    assert receiver.own_addresses == {TEAM.address}
    assert receiver.names == ("Kestrel Grove",)
    assert receiver.authserv_ids == ("mx.us.example",)
    assert receiver.keys is not None
    assert receiver_of(office.place, "support").keys is None


def test_those_whom_we_have_answered_are_known(office: Office) -> None:
    """Only once a reply has reached them; freemail domains are strangers'."""
    office.approve("bo@mail.parcelhop.example")
    assert receiver_of(office.place, "support").correspondents == frozenset()
    office.send()
    office.approve("cy@gmail.com")
    office.send()
    assert receiver_of(office.place, "support").correspondents == {"parcelhop.example"}


def test_a_mail_is_judged_as_its_mailbox_is_configured(office: Office) -> None:
    """The look-alike opens its own conversation, and our server's word is believed."""
    place = office.on(authserv_id=("mx.us.example",))
    receiver = receiver_of(place, "support")
    head = "Authentication-Results: mx.us.example; dmarc=pass\nFrom: {}\nTo: {}\n"
    raw = f"{head}Subject: Re: x\nIn-Reply-To: <1@x.example>\n\nHi\n"
    good = arrival_of(place, "support", fetched(raw.format("ada@example.com", TEAM.address)), False, receiver)
    assert good.message.trust.authenticated is Authentication.PASS
    assert good.message.trust.warnings == ()
    assert good.thread.parents == ("<1@x.example>",)
    odd = arrival_of(place, "support", fetched(raw.format("noor@kestre1grove.example", TEAM.address)), False, receiver)
    assert "looks like kestrelgrove.example" in odd.message.trust.warnings[0]
    assert odd.thread.parents == ()
