"""Sends what has been approved, and settles what an earlier run left in the middle.

The step is not retried by Prefect: sending is not repeatable, and the outbox keeps its own back-off. It runs on its own
when a review is decided (an event trigger in prefect.yaml), so an approved reply leaves within seconds.
"""

from prefect import flow

from tasks.deliver import deliver_replies
from tasks.step import as_task
from tasks.workplace import open_workplace

delivering = as_task(deliver_replies)


@flow(name="deliver", persist_result=False)
async def deliver(mailbox: str, config: str = "") -> int:
    """Returns how many replies left."""
    delivered = await delivering(open_workplace(config), mailbox)
    return delivered.sent
