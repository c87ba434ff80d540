"""Phase 2: a grounded draft for each sorted mail, and a question to a person.

No retries: the writer falls back by itself from one provider to the next, and what is left over is swept up next time.
"""

from prefect import flow

from ml.large.knowledge import Knowledge
from models.rollout import Phase
from tasks.draft import draft_replies
from tasks.step import as_task
from tasks.submit import submit_drafts
from tasks.workplace import open_workplace

drafting = as_task(draft_replies)
submitting = as_task(submit_drafts)


@flow(name="draft", persist_result=False)
async def draft(mailbox: str, config: str = "") -> None:
    place = open_workplace(config)
    phase = place.state(mailbox).phase
    if phase >= Phase.DRAFT:
        await drafting(place, mailbox, Knowledge(place.settings.knowledge_dir))
    # a draft of a mailbox that has fallen back meanwhile still goes before a person
    if phase <= Phase.DRAFT:
        await submitting(place, mailbox)
