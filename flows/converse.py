"""Phase 3: what the written policy allows goes on its way, the rest before a person; silence closes conversations."""

from prefect import flow

from models.rollout import Phase
from tasks.close import close_silent_conversations
from tasks.converse import converse as converse_mail
from tasks.step import as_task
from tasks.workplace import open_workplace

conversing = as_task(converse_mail)
closing = as_task(close_silent_conversations)


@flow(name="converse", persist_result=False)
async def converse(mailbox: str, config: str = "") -> None:
    place = open_workplace(config)
    if place.state(mailbox).phase is Phase.CONVERSE:
        await conversing(place, mailbox)
    await closing(place, mailbox)
