"""Phase 1: fetch, sort, write the labels back, ask a large model about what is left where one is named for it.

What is sorted gets its label before a large model is waited for, and what that answers gets its own afterwards. The
model is loaded before the mail is fetched: a mailbox without a model is told so at once, not after a long download.
"""

from prefect import flow

from tasks.activate import load_model
from tasks.categorize import categorize_mail
from tasks.consult import consult_large_model
from tasks.fetch import fetch_mail
from tasks.file import file_sorted
from tasks.label import write_labels
from tasks.step import as_task
from tasks.workplace import Workplace, open_workplace

fetching = as_task(fetch_mail, retries=2)
categorizing = as_task(categorize_mail)
consulting = as_task(consult_large_model)
labelling = as_task(write_labels, retries=2)
filing = as_task(file_sorted)


@flow(name="categorize", persist_result=False)
async def categorize(mailbox: str, config: str = "") -> int:
    """Returns how many messages were new."""
    place = open_workplace(config)
    classifier = load_model(place)
    fetched = await fetching(place, mailbox)
    await categorizing(place, mailbox, classifier)
    await _label_and_file(place, mailbox)
    if place.settings.large_model and (await consulting(place, mailbox)).answered:
        await _label_and_file(place, mailbox)
    return fetched.new


async def _label_and_file(place: Workplace, mailbox: str) -> None:
    await labelling(place, mailbox)
    await filing(place, mailbox)
