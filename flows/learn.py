"""Once a week: what reviewers decided becomes a challenger of the model in use, and a question to a person.

One task, apart from the pipeline: training takes minutes and no mail should wait for it. It changes no mail and no
model; only a person's yes does, and that takes effect where models are loaded. A run that dies has done nothing.
"""

from datetime import date

from prefect import flow

from models.challenge import LearningReport
from tasks.learn import learn_from_decisions
from tasks.step import as_task
from tasks.workplace import open_workplace

learning = as_task(learn_from_decisions)


@flow(name="learn", persist_result=False)
async def learn(config: str = "") -> LearningReport:
    place = open_workplace(config)
    return await learning(place, date.today())
