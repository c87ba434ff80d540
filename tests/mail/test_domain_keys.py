"""DKIM signatures, made here with real keys and checked against a resolver of our own."""

import base64
import socket
from collections.abc import Callable

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mail.reading import read_message
from mail.trust.domain_keys import DnsKeys, txt_record
from mail.trust.judging import Receiver
from models.message import Authentication, SenderTrust

MAIL = b"From: Ada <ada@example.com>\r\nTo: shop@example.org\r\nSubject: Grinder\r\n\r\nIt rattles.\r\n"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def record(key: rsa.RSAPrivateKey) -> bytes:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def signed(
    key: rsa.RSAPrivateKey, domain: bytes = b"example.com", *, length: bool = False, mail: bytes = MAIL
) -> bytes:
    field: bytes = dkim.sign(mail, b"s1", domain, private(key), length=length, include_headers=[b"from", b"subject"])
    return field + mail


def trust_of(raw: bytes, lookup: Callable[[str], bytes | None]) -> SenderTrust:
    return read_message(raw, receiver=Receiver(keys=lookup)).trust


def test_a_valid_signature_of_the_senders_domain_vouches_for_it(key: rsa.RSAPrivateKey) -> None:
    """RFC 6376 with relaxed alignment: a signature of mail.example.com serves example.com."""
    asked: list[str] = []

    def lookup(name: str) -> bytes | None:
        asked.append(name)
        return record(key)

    trust = trust_of(signed(key), lookup)
    assert trust.authenticated is Authentication.PASS
    assert trust.details == ("dkim=pass example.com",)
    assert trust_of(signed(key, b"mail.example.com"), lookup).authenticated is Authentication.PASS
    assert asked == ["s1._domainkey.example.com", "s1._domainkey.mail.example.com"]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_body_changed_on_the_way_fails(key: rsa.RSAPrivateKey, line_end: bytes) -> None:
    """The signature covers every byte of the body; stores that keep LF alone do not matter."""
    whole = signed(key).replace(b"\r\n", line_end)
    assert trust_of(whole, lambda _: record(key)).authenticated is Authentication.PASS
    trust = trust_of(whole.replace(b"rattles", b"is fine"), lambda _: record(key))
    assert trust.authenticated is Authentication.FAIL
    assert trust.warnings == ("The receiving server reports DKIM fail.",)


def test_a_forged_sender_with_a_signature_of_its_own_proves_nothing(key: rsa.RSAPrivateKey) -> None:
    """Signatures of other domains are not even looked up."""

    def never(name: str) -> bytes | None:
        raise AssertionError(f"{name} was looked up")

    assert trust_of(signed(key, b"evil.example"), never) == SenderTrust()


def test_a_signature_that_leaves_the_end_open_proves_nothing(key: rsa.RSAPrivateKey) -> None:
    """With l= anybody can append to the body (RFC 6376 section 8.2)."""
    trust = trust_of(signed(key, length=True) + b"Pay here instead.\r\n", lambda _: record(key))
    assert trust.authenticated is Authentication.NONE
    assert trust.details == ("dkim=policy example.com",)


def test_a_silent_name_server_is_asked_once_and_gives_temperror(key: rsa.RSAPrivateKey) -> None:
    """A hundred mails wait for one lookup at most; after a rest it is tried again."""
    asked: list[float] = []
    now = [0.0]

    def silent(name: str, seconds: float) -> bytes | None:
        asked.append(seconds)
        raise TimeoutError(name)

    keys = DnsKeys(silent, seconds=1.5, rest=60.0, clock=lambda: now[0])
    raws = [signed(key, f"mail{n}.example.com".encode()) for n in range(3)]
    for raw in raws:
        trust = trust_of(raw, keys)
        assert trust.authenticated is Authentication.TEMPERROR
        assert trust.warnings == ()
    assert asked == [1.5]
    now[0] = 61.0
    trust_of(raws[0], keys)
    assert asked == [1.5, 1.5]


def test_answers_are_remembered(key: rsa.RSAPrivateKey) -> None:
    """One lookup for all mails of a domain, also where there is no record; the memory is bounded."""
    asked: list[str] = []

    def resolve(name: str, _: float) -> bytes | None:
        asked.append(name)
        return None if name.startswith("gone") else record(key)

    keys = DnsKeys(resolve, most=2)
    for name in ("a", "a", "gone", "gone", "b", "a"):
        keys(name)
    assert asked == ["a", "gone", "b", "a"]


def test_a_key_that_was_taken_away_is_no_failure(key: rsa.RSAPrivateKey) -> None:
    """Keys change; old mail bears signatures of keys that are gone."""
    trust = trust_of(signed(key), lambda _: None)
    assert (trust.authenticated, trust.warnings) == (Authentication.NONE, ())


@pytest.mark.parametrize(
    "field",
    [
        b"DKIM-Signature: d=example.com",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=x; b=%%%",
        b"DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=s1; h=from; bh=AAAA; b=AAAA",
        b"DKIM-Signature: " + b";" * 5_000 + b"d=example.com",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=" + b"s." * 3_000 + b"; h=from; bh=AAAA; b=AAAA",
        b"DKIM-Signature: d=example.com; \xff\xfe=\x00",
    ],
)
@pytest.mark.parametrize("answer", [b"v=DKIM1; k=rsa; p=AAAA", b"\xff\xff", b"v=DKIM1; k=ed25519; p=AAAA", b"p="])
def test_broken_signatures_and_keys_never_raise(field: bytes, answer: bytes) -> None:
    """Both come from strangers."""
    assert trust_of(field + b"\r\n" + MAIL, lambda _: answer).authenticated is not Authentication.PASS


def test_only_a_few_signatures_are_checked(key: rsa.RSAPrivateKey) -> None:
    """A thousand of them would cost a second of work each time."""
    asked: list[str] = []

    def lookup(name: str) -> bytes | None:
        asked.append(name)
        return record(key)

    field = signed(key).removesuffix(MAIL)
    trust_of(field * 200 + MAIL.replace(b"rattles", b"x"), lookup)
    assert len(asked) <= 3


def test_a_name_server_that_is_not_there_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real lookup, against a port where nobody listens."""
    import dns.resolver

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], held.getsockname()[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        with pytest.raises(TimeoutError):
            txt_record("s1._domainkey.example.com", 0.2)
