"""Runs flows from the command line: quietly, without telemetry, on a server of one's own where one is named.

Without PREFECT_API_URL Prefect starts a temporary server for the run. Nobody ever looks into that one, so the services
that keep a history are off there: with them each task costs the server 0.2 s, and a pipeline run 8 s instead of 1.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

QUIET = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_LOGGER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    # a process that runs for months must not gather the runs of all that time
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "86400",
}


def prepare() -> None:
    """Sets Prefect's environment; must come before its first import. What a person has set stays."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def run_flow(flow: Callable[..., Coroutine[Any, Any, Result]], *args: Any) -> Result:
    return asyncio.run(flow(*args))


def load_prefect() -> None:
    """Imports what flows need, before there are threads: anyio's lazy modules break when two import them at once."""
    import importlib

    for module in ("anyio.streams.tls", "httpx", "sqlalchemy.orm", "flows.pipeline", "flows.upkeep"):
        importlib.import_module(module)


async def greet_prefect() -> None:
    """The first contact starts Prefect's temporary server, which takes several seconds."""
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        await client.hello()


def forget_dead_prefect() -> None:
    """After a temporary server has died, the next contact starts another instead of knocking at the first for ever."""
    for server in _temporary_servers():
        if server.server_process is not None and server.server_process.poll() is not None:
            server.stop()


def stop_prefect() -> None:
    """Ends the temporary server, where there is one."""
    for server in _temporary_servers():
        server.stop()


def _temporary_servers() -> list[Any]:
    from prefect.server.api.server import SubprocessASGIServer

    return list(SubprocessASGIServer._instances.values())


def announce(mailbox: str, review_id: int) -> None:
    """Tells a Prefect server that a review was decided, so that delivery starts at once; without a server, nothing."""
    if not os.environ.get("PREFECT_API_URL"):
        return
    prepare()
    from prefect.events import emit_event

    emit_event(
        event="mailstage.review.decided",
        resource={"prefect.resource.id": f"mailstage.mailbox.{mailbox}"},
        payload={"mailbox": mailbox, "review": review_id},
    )
