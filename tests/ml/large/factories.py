"""A small company's knowledge and mail, for the tests of the large wing."""

from pathlib import Path
from typing import Any

from ml.large.knowledge import Knowledge, ingest
from ml.large.writer import WritingRequest
from models.category import Category, RequiredField
from models.conversation import Turn
from models.message import Address, Message
from models.settings import Company

COMPANY = Company(name="Lantern Works", languages=("en", "de", "fr", "es", "nl"), allowed_links=("lantern.example",))
CATEGORY = Category(name="product_question", description="How a lamp works.", reply="product_question.txt.j2")
SERIAL = RequiredField(
    name="serial_number", pattern=r"LW-\d{4}", ask={"en": "the serial number", "de": "die Seriennummer"}
)

DOCUMENTS = {
    "returns.md": """---
language: en
audience: customers
---

# Returning a lamp

## How long a lamp can be returned

A lamp can be returned within 30 days of delivery. The refund is made within 5 working days after the lamp has arrived.

## Where a lamp is returned

Returns are registered at https://returns.lantern.example and go to the depot in Harbour Lane 4.
""",
    "care.md": """---
language: en
---

# Care of the lamp

## Cleaning the glass

Wipe the glass of the Beacon B2 with a dry cotton cloth once a month. Never use alcohol on the glass of the Beacon B2.

## Replacing the battery

The battery of the Beacon B2 costs €14.90 and lasts for 2 years. The battery cover opens with a coin.
""",
    "pflege.de.md": """# Pflege der Lampe

## Glas reinigen

Wischen Sie das Glas der Beacon B2 einmal im Monat mit einem trockenen Baumwolltuch ab. Verwenden Sie niemals Alkohol.
""",
    "margins.md": """---
language: en
audience: internal
---

# Margins of the Beacon B2

The purchase price of the battery of the Beacon B2 is €3.10, which nobody outside may learn.
""",
}


def write_documents(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def knowledge(folder: Path) -> Knowledge:
    ingest([write_documents(folder / "documents")], folder / "index")
    return Knowledge(folder / "index")


def mail(
    text: str, subject: str = "A question", language: str = "en", name: str = "Ada Example", **more: Any
) -> Message:
    return Message(
        sender=Address(name=name, address="ada@customer.example"),
        to=(Address(address="help@lantern.example"),),
        subject=subject,
        text=text,
        reply_text=text,
        language=language,
        **more,
    )


def request(
    message: Message, *, turns: tuple[Turn, ...] = (), missing: tuple[RequiredField, ...] = ()
) -> WritingRequest:
    return WritingRequest(message, turns, CATEGORY, COMPANY, "Lantern Works", missing)
