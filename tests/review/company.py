"""The settings of a fictional company with three mailboxes and five categories."""

from pathlib import Path
from typing import Any

from models.category import Category, Risk
from models.rollout import Phase
from models.settings import Company, MailboxSettings, MailServer, ReviewSettings, Settings

SERVER = MailServer(host="localhost", port=143)


def make_settings(tmp_path: Path, **review: Any) -> Settings:
    """Three mailboxes of a company in Amsterdam, one in each phase."""

    def mailbox(name: str, phase: Phase) -> MailboxSettings:
        return MailboxSettings(address=f"{name}@kestrelgrove.example", imap=SERVER, smtp=SERVER, phase=phase)

    return Settings(
        company=Company(name="Kestrel Grove", time_zone="Europe/Amsterdam"),
        data=tmp_path,
        mailboxes={
            "support": mailbox("support", Phase.DRAFT),
            "orders": mailbox("orders", Phase.CONVERSE),
            "office": mailbox("office", Phase.CATEGORIZE),
        },
        categories=(
            Category(
                name="warranty",
                title="Warranty and repair",
                description="A machine or grinder is faulty and the customer wants it repaired, replaced or explained.",
            ),
            Category(
                name="order_status",
                title="Order status",
                description="Where an order or parcel is, and when it arrives.",
                risk=Risk.LOW,
            ),
            Category(
                name="product_question",
                title="Product question",
                description="How a product is used, what it can do, whether two things fit together.",
                risk=Risk.LOW,
            ),
            Category(
                name="invoice",
                title="Invoice",
                description="A copy, a correction or a question about an invoice, a refund or a payment.",
                risk=Risk.HIGH,
            ),
            Category(
                name="partner",
                title="Resellers and partners",
                description="Somebody wants to sell Kestrel Grove machines or work together.",
            ),
        ),
        review=ReviewSettings(**review),
    )
