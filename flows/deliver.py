"""Sends what has been approved, and settles what an earlier run left in the middle.

Neither step is retried by Prefect: sending is not repeatable, and the outbox keeps its own back-off. It runs on its own
when a review is decided (an event trigger in prefect.yaml), so an approved reply leaves within seconds.
"""

from prefect import flow

from tasks.reconcile import reconcile
from tasks.send import send_replies
from tasks.step import as_task
from tasks.workplace import open_workplace

reconciling = as_task(reconcile)
sending = as_task(send_replies)


@flow(name="deliver", persist_result=False)
async def deliver(mailbox: str, config: str = "") -> int:
    """Returns how many replies left."""
    place = open_workplace(config)
    await reconciling(place, mailbox)
    delivered = await sending(place, mailbox)
    await reconciling(place, mailbox)
    return delivered.sent
