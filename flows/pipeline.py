"""The whole road of one mailbox: three phases with an approval between them, then delivery.

One run is one sweep. It never waits for a person: what is undecided stays where it is, and the next run picks up what
has been decided since. So a run can die at any line, and a schedule, an event or a person may start the next.
"""

from prefect import flow

from flows.categorize import categorize
from flows.converse import converse
from flows.deliver import deliver
from flows.draft import draft
from tasks.await_approval import await_approval
from tasks.step import as_task
from tasks.workplace import open_workplace

approval = as_task(await_approval)


@flow(name="pipeline", persist_result=False)
async def pipeline(mailbox: str, config: str = "") -> int:
    """Returns how many questions wait for a person when the run ends."""
    place = open_workplace(config)

    await categorize(mailbox, config)
    await approval(place, mailbox)

    await draft(mailbox, config)
    await approval(place, mailbox)

    await converse(mailbox, config)
    waiting = await approval(place, mailbox)

    await deliver(mailbox, config)
    return waiting
