"""Once an hour: closes silent conversations, looks for drift, proposes promotions, takes a mailbox back when quality
drops.

Apart from the pipeline, because none of it should wait for mail and none of it should delay mail.
"""

from prefect import flow

from tasks.close import close_silent_conversations
from tasks.drift import watch_drift
from tasks.measure import fall_back, propose_promotion
from tasks.step import as_task
from tasks.workplace import open_workplace

closing = as_task(close_silent_conversations)
watching_drift = as_task(watch_drift)
falling_back = as_task(fall_back)
proposing = as_task(propose_promotion)


@flow(name="upkeep", persist_result=False)
async def upkeep(config: str = "") -> None:
    place = open_workplace(config)
    for mailbox in place.settings.mailboxes:
        await closing(place, mailbox)
        await watching_drift(place, mailbox)
        if not await falling_back(place, mailbox):
            await proposing(place, mailbox)
