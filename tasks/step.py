"""Makes a Prefect task of a plain function.

Blocking work runs in a thread, nothing is cached and no result is stored: our store is the truth, Prefect's state is
not. Steps are repeatable by construction (claims and compare-and-set), so a retry is safe; sending takes none.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from models.errors import MailServerUnreachable

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def _is_passing(_task: Any, _run: Any, state: Any) -> bool:
    return isinstance(state.data, MailServerUnreachable)


def as_task(
    function: Callable[Parameters, Result], *, retries: int = 0
) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    """An async task of the same name and parameters; `retries` waits 2, 4, 8 … seconds in between.

    Only an unreachable server is worth another try: a wrong password tried again locks the account.
    """

    async def step(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return await asyncio.to_thread(function, *args, **kwargs)

    step.__doc__ = function.__doc__
    return task(
        name=function.__name__,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=retries,
        retry_condition_fn=_is_passing,
        retry_delay_seconds=[2.0**n for n in range(1, retries + 1)],
        log_prints=False,
    )(step)
