"""`prefect deploy --all` on a server of its own, a process worker, and one scheduled run that carries mail."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from models.case import Stage
from tests.cases import find_cases
from tests.company import Company

ROOT = Path(__file__).parents[2]
PREFECT = str(Path(sys.executable).parent / "prefect")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Waits on a condition; fails with its name."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(TimeoutError):  # a busy machine: the server answers later
            if found := condition():
                return found
        time.sleep(0.25)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


@contextmanager
def running(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A process for the length of the block; what it said is shown when the block fails."""
    output = folder / f"{command[1]}.log"
    with output.open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        except BaseException:
            print(output.read_text(encoding="utf-8")[-8_000:])
            raise
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Api:
    """The few questions that the test asks of Prefect's REST interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def healthy(self) -> bool:
        try:
            status: int = urllib.request.urlopen(f"{self.url}/health", timeout=2).status
            return status == 200
        except OSError:
            return False

    def filter(self, what: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.load(self._send("POST", f"{what}/filter", {}))
        return found

    def pause(self, deployment: str) -> None:
        self._send("PATCH", f"deployments/{deployment}", {"paused": True})

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode(), headers, method=method)
        for patience in range(20, -1, -1):
            try:
                return urllib.request.urlopen(request, timeout=60)
            except urllib.error.HTTPError as error:
                # Prefect answers so, with Retry-After, while its SQLite is busy
                if error.code != 503 or not patience:
                    raise
                time.sleep(float(error.headers.get("Retry-After") or 2))
        raise AssertionError("unreachable")


@pytest.mark.timeout(600)
def test_deployments_run_on_schedule_and_on_decision(company: Company, tmp_path: Path) -> None:
    """The file in the repository is deployed as it is, and the schedule of one mailbox brings its mail in.

    A decision sets off a delivery of the mailbox it was taken in, which is not the one that the file names.
    """
    folder = company.config.parent
    shutil.copy(ROOT / "prefect.yaml", folder)
    company.deliver("office", "001", "002")
    port = free_port()
    api = Api(f"http://127.0.0.1:{port}/api")
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = usual | {"PREFECT_API_URL": api.url, "PREFECT_HOME": str(tmp_path / "prefect")}
    environment |= {"PREFECT_LOGGING_LEVEL": "INFO", "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5"}
    environment |= {"PREFECT_WORKER_QUERY_SECONDS": "2"}
    server = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]

    def prefect(*arguments: str) -> None:
        done = subprocess.run(
            [PREFECT, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    with running(server, folder, environment):
        until(api.healthy, 120, "the start of the Prefect server")
        prefect("work-pool", "create", "mailstage", "--type", "process")
        prefect("--no-prompt", "deploy", "--all")
        deployed = {deployment["name"]: deployment["id"] for deployment in api.filter("deployments")}
        assert set(deployed) == {"support", "orders", "office", "on-decision", "hourly", "learn", "backfill"}
        assert api.filter("automations"), "the trigger of on-decision"
        for other in ("support", "orders"):  # two cores have enough to do with one
            api.pause(deployed[other])
        with running([PREFECT, "worker", "start", "--pool", "mailstage", "--limit", "2"], folder, environment):
            # Prefect here has read its settings long ago, so the event comes from a process of its own
            said = [sys.executable, "-c", "from cli.engine import announce; announce('orders', 1)"]
            subprocess.run(said, cwd=ROOT, env=environment, timeout=60, check=True)
            until(lambda: find_cases(company.place.store, "office", [Stage.FILED]), 240, "a scheduled run")
            until(lambda: completed(api), 120, "a completed run of a pipeline")
            until(lambda: delivered(api, "orders"), 120, "a completed delivery after the decision")
    assert len(find_cases(company.place.store, "office", [Stage.FILED])) >= 1
    shutil.rmtree(tmp_path / "prefect", ignore_errors=True)


def completed(api: Api) -> bool:
    """A run that the scheduler made and the worker brought to its end."""
    runs = api.filter("flow_runs")
    return any(run["auto_scheduled"] and run["state_type"] == "COMPLETED" for run in runs)


def delivered(api: Api, mailbox: str) -> bool:
    """A run of `deliver` for this mailbox that came to its end; only an event makes one."""
    (deployment,) = [found["id"] for found in api.filter("deployments") if found["name"] == "on-decision"]
    runs = [run for run in api.filter("flow_runs") if run["deployment_id"] == deployment]
    return any(run["parameters"]["mailbox"] == mailbox and run["state_type"] == "COMPLETED" for run in runs)
