"""Runs one pass of the pipeline in a process of its own that kills itself at a named point.

`python -m tests.faults.crash POINT MAILBOX CONFIG`
"""

import asyncio
import importlib
import os
import signal
import sys
from typing import Any

POINTS = {
    "after-fetch": ("tasks.fetch", "save_batch", "after"),
    "after-categorize": ("tasks.categorize", "save_categorized", "after"),
    "after-draft": ("tasks.draft", "add_draft", "after"),
    "after-approval": ("tasks.converse", "approve_by_policy", "after"),
    "between-claim-and-send": ("tasks.send", "claim_next", "after"),
    "before-the-wire": ("tasks.send", "send", "before"),
    "after-the-wire": ("tasks.send", "send", "after"),
    "before-sent-is-filed": ("tasks.reconcile", "_file", "before"),
}


def arm(point: str) -> None:
    """Replaces one function by itself and a SIGKILL, before or after."""
    module_name, name, when = POINTS[point]
    module = importlib.import_module(module_name)
    original = getattr(module, name)

    def fatal(*args: Any, **kwargs: Any) -> Any:
        result = None if when == "before" else original(*args, **kwargs)
        if when == "after" and not result and name == "claim_next":
            return result  # nothing was claimed yet
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, fatal)


def main() -> None:
    point, mailbox, config = sys.argv[1:]
    arm(point)
    from flows.pipeline import pipeline

    asyncio.run(pipeline(mailbox, config))


if __name__ == "__main__":
    main()
