"""A thread in which flows run one after another and beside each other, for a process that lives long.

Not the main thread: there Prefect takes SIGTERM for itself while a flow runs. And a loop of its own: whatever a flow
computes keeps nobody from hearing that mail has come.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

Result = TypeVar("Result")
MOST_STEPS = 32
"""Blocking steps at the same time; asyncio's own number rests on the cores, but these steps mostly wait."""


class FlowThread:
    """`with FlowThread() as flows: await flows.run(pipeline, "support")`, from any other loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(MOST_STEPS, thread_name_prefix="step"))
        self._thread = threading.Thread(target=self._loop.run_forever, name="flows", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves the thread as it is: a step that still blocks must keep nobody from going."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def run(self, flow: Callable[..., Coroutine[Any, Any, Result]], *args: Any) -> Result:
        """Cancelling this cancels the flow; a step that runs in a thread goes on to its next stop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(flow(*args), self._loop))
