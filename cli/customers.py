"""What a customer of the demo writes back: an ordinary reply, quoting ours, as a mail client would send it."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from models.message import Message


def answer_of(ours: Message, customer: str, text: str, now: datetime) -> bytes:
    """Raw bytes of the reply of `customer` to our message."""
    name = next((str(person) for person in ours.to if person.address == customer), customer)
    reply = EmailMessage()
    reply["From"] = name
    reply["To"] = str(ours.sender)
    reply["Subject"] = ours.subject
    reply["Date"] = format_datetime(now)
    reply["Message-ID"] = make_msgid(domain=customer.partition("@")[2])
    reply["In-Reply-To"] = ours.message_id
    reply["References"] = " ".join((*ours.references, ours.message_id))
    quoted = "\n".join(f"> {line}" for line in ours.text.splitlines())
    reply.set_content(f"{text.rstrip()}\n\nOn {now:%d %b %Y}, {ours.sender.name} wrote:\n{quoted}\n")
    return reply.as_bytes()
