"""Brings in old mail in a process of its own that kills itself around the n-th time that it saves.

`python -m tests.faults.backfill before|after N MAILBOX SINCE FOLDER CONFIG`
"""

import importlib
import os
import signal
import sys
from datetime import date
from itertools import count
from typing import Any

NAME = "save_old"


def arm(when: str, number: int) -> None:
    """Replaces `save_old` by itself and, the n-th time, a SIGKILL right before or after it."""
    module = importlib.import_module("tasks.backfill_folder")
    original, calls = getattr(module, NAME), count(1)

    def fatal(*args: Any) -> Any:
        fatal_now = next(calls) == number
        if fatal_now and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        saved = original(*args)
        if fatal_now:
            os.kill(os.getpid(), signal.SIGKILL)
        return saved

    setattr(module, NAME, fatal)


def main() -> None:
    when, number, mailbox, since, folder, config = sys.argv[1:]
    arm(when, int(number))
    from ml.small.registry import load
    from tasks.backfill import Wanted, backfill_mail
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    wanted = Wanted(since=date.fromisoformat(since), folder=folder)
    backfill_mail(place, mailbox, wanted, load(place.settings.model_dir))


if __name__ == "__main__":
    main()
