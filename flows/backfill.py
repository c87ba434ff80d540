"""Old mail, on request: what is new first, then back in time, then the labels.

Apart from the pipeline, because it may take hours and must delay nothing. Each step begins where the last run stood, so
a retry, or the same command again, goes on.
"""

from datetime import date

from prefect import flow

from store.backfills import Backfill
from tasks.activate import load_model
from tasks.backfill import Wanted, backfill_mail, check_wanted
from tasks.fetch import fetch_mail
from tasks.label import write_labels
from tasks.step import as_task
from tasks.workplace import open_workplace

fetching = as_task(fetch_mail, retries=2)
backfilling = as_task(backfill_mail, retries=2)
labelling = as_task(write_labels, retries=2)


@flow(name="backfill", persist_result=False)
async def backfill(
    mailbox: str, since: date, until: date | None = None, folder: str = "", drafts: bool = False, config: str = ""
) -> list[Backfill]:
    """Returns how far each folder is."""
    place = open_workplace(config)
    wanted = Wanted(since=since, until=until, folder=folder, drafts=drafts)
    check_wanted(place, mailbox, wanted)
    classifier = load_model(place)
    await fetching(place, mailbox)
    rows = await backfilling(place, mailbox, wanted, classifier)
    await labelling(place, mailbox)
    return rows
