"""Senders who look like us, or like somebody whom we know."""

import pytest

from mail.reading import read_message
from mail.trust.judging import Receiver
from mail.trust.lookalikes import borrows, imitated

OURS = frozenset({"kestrelgrove.example"})
US = Receiver(
    own_addresses=frozenset({"support@kestrelgrove.example", "shop@gmail.com"}),
    names=("Kestrel Grove", "Kestrel Grove Support"),
    correspondents=frozenset({"parcelhop.example", "mühle.example"}),
)


def warnings_of(*fields: str) -> tuple[str, ...]:
    text = "\r\n".join((*fields, "Subject: x", "", "Hello"))
    return read_message(text.encode(), receiver=US).trust.warnings


@pytest.mark.parametrize(
    "name",
    [
        "kestreIgrove.example",
        "kestre1grove.example",
        "kestrelgr0ve.example",
        "kestrelgorve.example",
        "kestrelgrov.example",
        "kestrelgrovee.example",
        "kestrel-grove.example",
        "kestrelgrove.example.evil.example",
        "kestrelgrovè.example",
        "keѕtrelgrove.example",
        "xn--ketrelgrove-ovj.example",
        "mail.kestrelgr0ve.example",
        "kestrelgroue.example",
    ],
)
def test_domains_made_to_be_taken_for_ours_are_recognised(name: str) -> None:
    """Digits, foreign letters, punycode, a letter more, less or swapped, and ours within a longer name."""
    assert imitated(name.lower(), OURS) == "kestrelgrove.example"


@pytest.mark.parametrize(
    "name",
    ["kestrelgrove.example", "mail.kestrelgrove.example", "example.com", "kestrel.example", "grove.example",
     "gmail.com", "", "localhost", "hazelgrove.example", "kestrelgrovecafeteria.example", "xn--80ak6aa92e.example",
     "x" * 300],
)  # fmt: skip
def test_other_domains_are_left_alone(name: str) -> None:
    """A warning that comes every day is read by nobody."""
    assert imitated(name, OURS) == ""


def test_short_names_are_not_compared_letter_by_letter() -> None:
    """Nearly every name of four letters is one letter away from another."""
    assert imitated("ibn.example", frozenset({"ibm.example"})) == ""


def test_our_name_within_another_domain_is_recognised() -> None:
    """`kestrelgrove-refunds.net` is nobody whom we know."""
    assert borrows("kestrelgrove-refunds.net", OURS) == "kestrelgrove.example"
    assert borrows("kestrelgrove.example", OURS) == ""
    assert borrows("grove.net", frozenset({"grove.example"})) == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["From: Ada <ada@kestrelgr0ve.example>"], "looks like kestrelgrove.example"),
        (["From: Ada <ada@kestrelgrove-refunds.net>"], "looks like kestrelgrove.example"),
        (["From: Parcels <info@parce1hop.example>"], "looks like parcelhop.example"),
        (["From: Ada <ada@muhle.example>"], "looks like mühle.example"),
        (["From: Ada <ada@example.com>", "Reply-To: ada@kestrelgrove.co"], "looks like kestrelgrove.example"),
        (['From: "Kestrel Grove Support" <x@example.com>'], "as we do"),
        (['From: "KESTREL-GROVE (billing)" <x@example.com>'], "as we do"),
        (['From: "support@kestrelgrove.example" <x@example.com>'], "name shows support@kestrelgrove.example"),
    ],
)
def test_whoever_pretends_to_be_us_or_a_known_one_is_flagged(fields: list[str], words: str) -> None:
    """Each as a sentence that a reviewer understands."""
    assert any(words in warning for warning in warnings_of(*fields))


@pytest.mark.parametrize(
    "sender",
    ["Ada <ada@example.com>", "Kestrel Grove <support@kestrelgrove.example>", "Noor <noor@kestrelgrove.example>",
     "Parcelhop <info@parcelhop.example>", "Bo <bo@mail.parcelhop.example>", "Cy <cy@gmail.com>", "Di <di@gmx.de>"],
)  # fmt: skip
def test_known_and_unknown_senders_raise_no_warning(sender: str) -> None:
    """Our own mail, a correspondent's, a stranger's and a freemail address."""
    assert warnings_of(f"From: {sender}") == ()
