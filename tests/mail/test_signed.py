"""Mail inside a closed S/MIME envelope: read where it is only signed, and told where it is encrypted."""

import base64
import random
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from mail.mime.signed import signed_content
from mail.reading import read_message

HEAD = b"From: ada@example.com\nSubject: outer\nContent-Type: application/pkcs7-mime; smime-type=signed-data\n"
INNER = "Content-Type: text/plain; charset=utf-8\n\nGrüße aus dem Umschlag\n".encode()
WITH_FILE = (
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n"
    b"--b\nContent-Type: image/png; name=a.png\n\nx\n--b--\n"
)
SIGNED_DATA, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")


def signed(content: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2027, 1, 1, tzinfo=UTC)
    )
    certificate = builder.sign(key, SHA256())
    signer = PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, SHA256())
    return signer.sign(Encoding.DER, [PKCS7Options.Binary])


def streamed(*pieces: bytes) -> bytes:
    """The envelope of a program that does not know how long the content will be: open lengths, content in pieces."""
    octets = b"".join(b"\x04\x82" + len(piece).to_bytes(2, "big") + piece for piece in pieces)
    head = b"\x30\x80" + SIGNED_DATA + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" + DATA
    return head + b"\xa0\x80\x24\x80" + octets + b"\0\0" * 6


def mail(envelope: bytes) -> bytes:
    return HEAD + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(envelope)


@pytest.mark.parametrize(
    "envelope",
    [signed(INNER), streamed(INNER[:20], INNER[20:]), signed(mail(signed(INNER)))],
    ids=["whole", "in pieces", "twice"],
)
def test_signed_mail_is_read(envelope: bytes) -> None:
    """Its text is the content's, its header stays the outer one."""
    message = read_message(mail(envelope))
    assert (message.text, message.subject, message.attachments) == ("Grüße aus dem Umschlag\n", "outer", ())
    assert not any("envelope" in defect for defect in message.defects)


def test_files_inside_are_attachments() -> None:
    """As if nobody had signed them."""
    message = read_message(mail(signed(WITH_FILE)))
    assert (message.text, [one.name for one in message.attachments]) == ("see below", ["a.png"])


def test_an_envelope_that_cannot_be_opened_stays_an_attachment() -> None:
    """Encrypted, or broken; the reviewer hears why there is nothing to read."""
    encrypted = bytes.fromhex("308006092a864886f70d010703a0803080")
    for envelope in (encrypted, b"", b"\x30", signed(INNER)[:30], bytes(range(100))):
        message = read_message(mail(envelope))
        assert [one.type for one in message.attachments] == ["application/pkcs7-mime"]
        assert any("encrypted, or signed" in defect for defect in message.defects)


def test_damaged_envelopes_raise_nothing() -> None:
    """Whatever byte is wrong, and wherever it ends."""
    dice = random.Random(7)
    for whole in (streamed(INNER, INNER), signed(INNER)[:200]):
        for _ in range(2_000):
            broken = bytearray(whole[: dice.randrange(1, len(whole))])
            broken[dice.randrange(len(broken))] = dice.randrange(256)
            assert isinstance(signed_content(bytes(broken)), bytes)
