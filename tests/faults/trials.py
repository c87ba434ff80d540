"""Random trials over all faults: `python -m tests.faults.trials --trials 200 [--seed 1] [--imap pymap]`.

Prints one line a fault: trials, mail lost, replies duplicated or unapproved, unknowns that stand before a person, and
the slowest recovery. A seed that went wrong runs again alone with `--seed SEED --trials 1`.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.faults import road
from tests.faults.bugs import BUGS
from tests.faults.catalogue import MAKERS, Trial, draw
from tests.faults.processes import fork
from tests.faults.trial import Result, problems, read_result, run_trial
from tests.faults.world import Database, Imap, World, open_world

TWO = "two at once"
MEMORY = Path("/dev/shm")
"""A process that is killed loses nothing that it wrote, so the disk may be spared where there is a folder in memory."""


async def run_all(trials: Sequence[Trial], world: World, jobs: int, results: list[Result], keep: bool = False) -> None:
    """Each trial in a process of its own, `jobs` at a time; `results` grows by each that has ended."""
    free = asyncio.Semaphore(jobs)

    async def one(number: int, trial: Trial) -> None:
        async with free:
            child = fork(partial(run_trial, trial, world, world.accounts[number]))
            if status := await child.ended:
                troubles = [f"the trial broke ({status})"]
                results.append(Result(trial.seed, trial.name, len(trial.faults), troubles=troubles))
                return
            results.append(result := read_result(child.said))
            if result.clean and not keep:
                shutil.rmtree(world.folder / f"trial-{trial.seed}")

    await asyncio.gather(*(one(number, trial) for number, trial in enumerate(trials)))


def table(results: Sequence[Result]) -> str:
    """The figures by fault, trials with two faults in a row of their own, and all of them."""
    rows: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        rows[result.name if result.faults == 1 else TWO].append(result)
    heads = (
        "fault",
        "trials",
        "struck",
        "lost",
        "duplicated",
        "unapproved",
        "unknown surfaced",
        "not quiet",
        "slowest s",
    )
    width = max(len(name) for name in (*rows, heads[0]))
    lines = [f"{heads[0]:<{width}}  " + "  ".join(heads[1:])]
    for name in [*sorted(rows, key=lambda name: (name == TWO, name)), "all"]:
        found = rows.get(name) or list(results)
        figures = (
            len(found),
            sum(result.strikes > 0 for result in found),
            sum(len(result.verdict.lost) for result in found),
            sum(len(result.verdict.duplicated) for result in found),
            sum(len(result.verdict.unapproved) for result in found),
            sum(result.verdict.unknown for result in found),
            sum(bool(result.troubles) for result in found),
            round(max(result.recovery for result in found), 1),
        )
        cells = "  ".join(f"{figure:>{len(head)}}" for figure, head in zip(figures, heads[1:], strict=True))
        lines.append(f"{name:<{width}}  {cells}")
    return "\n".join(lines)


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="mailstage-trials-", dir=MEMORY if MEMORY.is_dir() else None))
    begun = time.monotonic()
    data = road.warm_up(folder, options.learned)
    trials, results = _trials(options), list[Result]()
    with open_world(folder, data, Imap(options.imap), Database(options.database), len(trials)) as world:
        ready = time.monotonic()
        try:
            asyncio.run(run_all(trials, world, options.jobs, results, options.keep))
        except KeyboardInterrupt:
            print(f"stopped: the table is of the first {len(results)} of {len(trials)} trials", file=sys.stderr)
    results.sort(key=lambda result: result.seed)
    if options.json:
        for result in results:
            print(result.to_json().decode())
    else:
        print(table(results))
    for problem in problems(results):
        print(problem, file=sys.stderr)
    took = time.monotonic() - ready
    print(f"{len(results)} trials in {took:.1f} s after {ready - begun:.1f} s to warm up", file=sys.stderr)
    if not options.keep and all(result.clean for result in results):
        shutil.rmtree(folder)
        return 0
    print(f"their folders and logs: {folder}", file=sys.stderr)
    return 1


def _trials(options: argparse.Namespace) -> list[Trial]:
    if alone := sorted(MAKERS) if options.each else options.one:
        trials = [draw(options.seed + number, (name,)) for number, name in enumerate(alone)]
    else:
        names = tuple(options.fault)
        trials = [draw(options.seed + number, names, options.bug) for number in range(options.trials)]
    planted = BUGS.items() if options.bugs else ()
    first = options.seed + len(trials)
    return trials + [draw(first + number, (bug.fault,), name) for number, (name, bug) in enumerate(planted)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.trials", description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--each", action="store_true", help="one trial of each fault instead")
    parser.add_argument("--one", action="append", default=[], choices=sorted(MAKERS), help="one trial of this fault")
    parser.add_argument("--bugs", action="store_true", help="and one trial of each known bug, which must be caught")
    parser.add_argument("--seed", type=int, default=1, help="of the first trial; the others count up from it")
    parser.add_argument("--imap", choices=[*Imap], default="dovecot" if shutil.which("dovecot") else "pymap")
    parser.add_argument("--database", choices=[*Database], default="sqlite")
    parser.add_argument(
        "--fault", action="append", default=[], choices=sorted(MAKERS), help="only this one; repeatable"
    )
    parser.add_argument("--bug", default="", choices=["", *BUGS], help="plant a known bug, which must be caught")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="trials at a time")
    parser.add_argument("--learned", type=Path, help="folder of a trained model and its knowledge, to save time")
    parser.add_argument("--keep", action="store_true", help="keep the folders of all trials, with their logs")
    parser.add_argument("--json", action="store_true", help="one result a line instead of the table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
