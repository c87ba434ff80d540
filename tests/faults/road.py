"""The real pipeline without Prefect's engine around it, and everything slow about it done once.

The flows' own functions run, in the flows' own order: only the decorators are taken off. What is loaded here is
inherited by every process that is forked from this one.
"""

import asyncio
import gc
import importlib
import multiprocessing
import os
import pickle
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

from mail.servers import EmbeddedServers
from ml.large.coverage import Rarity
from models.draft import Passage
from models.record import canonical_hash
from tasks.workplace import open_workplace
from tests.faults.installation import ADDRESS, MAILBOX, install
from tests.faults.person import decide
from tests.faults.question import ask, open_desk

Answers = dict[tuple[str, int, str | None], list[Passage]]
ROOT = Path(__file__).parents[2]
DESK = Path(tempfile.gettempdir()) / f"mailstage-desk-{os.getpid()}.sock"
EXAMPLES = ROOT / "examples" / "inbox"

ANSWERED = ("011", "041")
"""Mails that the policy of phase 3 answers by itself."""
DRAFTED = ("004", "012", "017", "018", "032", "033", "037", "039", "042", "052", "057", "059")
"""Mails whose drafts go before a person."""
ESCALATED = ("021", "025", "031")
"""Mails that go to a person without a draft."""
OTHERS = ("006", "007", "009", "019", "020", "027", "036", "045", "047", "048", "055", "058")
"""Automatic, broken and odd mail, and mail of which nobody knows the category."""


FEW = (*ANSWERED[:1], *DRAFTED[:2], *ESCALATED[:1], *OTHERS[:3])
"""Enough to warm up with."""


def mails(names: tuple[str, ...]) -> list[bytes]:
    return [next((EXAMPLES / MAILBOX).glob(f"{name}-*.eml")).read_bytes() for name in names]


def choose(chance: random.Random) -> tuple[str, ...]:
    """An inbox that passes every step of the road: something to send, to approve, to hand over, and noise."""
    others = chance.sample(OTHERS, chance.randint(0, 3))
    names = [*chance.sample(ANSWERED, chance.randint(1, 2)), *chance.sample(DRAFTED, chance.randint(1, 2)), *others]
    names.append(chance.choice(ESCALATED))
    chance.shuffle(names)
    return tuple(names)


def warm_up(folder: Path, already_learned: Path | None = None) -> Path:
    """Imports, trains and reads everything once; returns the folder of the model and the knowledge."""
    os.environ.update(PREFECT_API_URL="", PREFECT_HOME=str(folder / "prefect"), MAILSTAGE_LOG="critical")
    from cli.engine import prepare

    prepare()
    strip()
    data = already_learned or folder / "learned"
    if already_learned is None:
        _finish(_apart(_learn, data))
    answers = data / f"answers-{_fingerprint()}.pickle"
    recording = None if answers.exists() else _apart(_record, data, answers)
    _load_once(data, Remembered())
    _pass_over(FEW, data)
    if recording is not None:
        _finish(recording)
    open_desk(data / "knowledge", DESK)
    _load_once(data, Remembered(answers))
    gc.collect()
    gc.freeze()  # what is here now stays: forks need not copy it for the collector's sake
    return data


async def run(config: Path) -> None:
    """One pass over the mailbox."""
    from flows.pipeline import pipeline

    await pipeline(MAILBOX, str(config))


def strip() -> None:
    """Takes Prefect's decorators off the flows and their steps."""
    importlib.import_module("flows.pipeline")
    from prefect import Flow, Task

    for module in [module for name, module in sys.modules.items() if name.startswith("flows.")]:
        for name, value in list(vars(module).items()):
            if isinstance(value, Flow | Task):
                setattr(module, name, value.fn)


class Remembered:
    """The knowledge's own answers to what the trials' mails ask, recorded once.

    lancedb starts threads and does not like to be forked; a question that is new, such as that of a mail which a fault
    has garbled, goes to a process that is no fork.
    """

    def __init__(self, recorded: Path | None = None) -> None:
        """Without a recording it answers nothing, which does for warming up."""
        self._recorded = recorded
        self._answers: Answers = {}
        self.rarity = Rarity({}, 0)
        if recorded is not None:
            self.rarity, self._answers = pickle.loads(recorded.read_bytes())

    def search(self, query: str, k: int = 5, language: str | None = None) -> list[Passage]:
        if self._recorded is not None and (query, k, language) not in self._answers:
            self._answers[query, k, language] = ask(DESK, query, k, language)
        return self._answers.get((query, k, language), [])


def _load_once(data: Path, knowledge: Remembered) -> None:
    import flows.draft

    _sort_by_linear_step(data)
    vars(flows.draft)["Knowledge"] = lambda _folder: knowledge  # there alone: the worker may need the real one


def _sort_by_linear_step(data: Path) -> None:
    """The encoder's threads would not be there in a fork, and whoever waits for them waits for ever."""
    import flows.categorize
    from ml.small.registry import load

    classifier = replace(load(data / "model"), second=None)
    vars(flows.categorize)["load_model"] = lambda _place: classifier


def _pass_over(names: tuple[str, ...], data: Path) -> None:
    """The mails go all the way: whatever is imported, compiled or asked on first use is there afterwards."""
    with tempfile.TemporaryDirectory() as place, EmbeddedServers({ADDRESS: "secret"}) as servers:
        for raw in mails(names):
            servers.deliver(ADDRESS, raw)
        lines = servers.imap(ADDRESS), servers.smtp(ADDRESS)
        config = install(Path(place), data, *lines, phase=3)
        for _ in range(2):
            asyncio.run(run(config))
            decide(open_workplace(config), seed=0, most=1.0)


def _learn(folder: Path) -> None:
    from tests.company import learned

    learned(folder)


def _record(data: Path, answers: Path) -> None:
    """Writes down what the knowledge answers in a pass over all mails."""
    import flows.draft
    from ml.large.knowledge import Knowledge

    found: Answers = {}
    search = Knowledge.search

    def listening(self: Knowledge, query: str, k: int = 5, language: str | None = None) -> list[Passage]:
        return found.setdefault((query, k, language), search(self, query, k, language))

    Knowledge.search = listening  # type: ignore[method-assign]
    _sort_by_linear_step(data)
    vars(flows.draft)["Knowledge"] = Knowledge
    _pass_over(ANSWERED + DRAFTED + ESCALATED + OTHERS, data)
    answers.write_bytes(pickle.dumps((Knowledge(data / "knowledge").rarity, found)))


def _fingerprint() -> str:
    """Of the mails and of the code that asks: another code may ask otherwise."""
    sources = sorted(path for room in ("mail", "ml", "tasks") for path in (ROOT / room).rglob("*.py"))
    return canonical_hash([ANSWERED, DRAFTED, OTHERS, [path.read_text(encoding="utf-8") for path in sources]])[:12]


def _apart(work: Callable[..., None], *folders: Path) -> BaseProcess:
    """Does it in a process of its own: what starts threads there is none of ours."""
    process = multiprocessing.get_context("fork").Process(target=work, args=folders)
    process.start()
    return process


def _finish(process: BaseProcess) -> None:
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{process.name} failed with status {process.exitcode}")
