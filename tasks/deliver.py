"""One delivery: settles what an earlier run left in the middle, sends, and files what has left.

One step and not several: whoever delivers (the pipeline, an event, the reviewer UI) needs all of it in this order.
"""

from models.errors import MailServerRefused, MailServerUnreachable
from tasks.adopt import look_into_sent
from tasks.place_draft import place_drafts
from tasks.progress import log
from tasks.reconcile import reconcile
from tasks.send import Delivered, send_replies
from tasks.workplace import Workplace


def deliver_replies(place: Workplace, mailbox: str) -> Delivered:
    """Not to be retried by its caller: sending is not repeatable, and the outbox keeps its own back-off."""
    reconcile(place, mailbox)
    delivered = send_replies(place, mailbox) if look_into_sent(place, mailbox) else Delivered()
    reconcile(place, mailbox)
    try:
        place_drafts(place, mailbox)
    except (MailServerUnreachable, MailServerRefused) as error:  # the question stands in the queue all the same
        log.warning("mailbox=%s step=placing error=%s", mailbox, error)
    return delivered
