"""From the arrival of a mail to its case: `mailstage watch` as a process of its own, on Dovecot (`--embedded`: pymap).

`python -m benchmarks.watch --arrivals 30` prints the median and the longest time over single arrivals, the passes that
a burst costs, and what the process costs while nothing happens. The peer is a schedule: every 30 s, as in prefect.yaml.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import tomlkit

from cli.example import EXAMPLES, learn, write_config
from mail.servers import EmbeddedServers
from models.configuration import load_settings
from store.database import Store, open_store
from store.metrics import overview
from tests.dovecot import DovecotServer

ROOT = Path(__file__).parent.parent
EXAMPLE = load_settings(EXAMPLES / "mailstage.toml")
MAILBOX = "support"
ADDRESS = EXAMPLE.mailbox(MAILBOX).address
Deliver = Callable[[Sequence[bytes]], None]


class Watching:
    """A running `mailstage watch`, and the lines that it has said."""

    def __init__(self, config: Path, folder: Path) -> None:
        usual = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        environment = usual | {"PREFECT_HOME": str(folder / "prefect"), "MAILSTAGE_LOG": "warning"}
        command = [sys.executable, "-m", "cli", "watch", MAILBOX, "--json", "-c", str(config)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.lines: list[dict[str, object]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def count(self, event: str) -> int:
        return sum(line["event"] == event for line in self.lines)

    def cpu_seconds(self) -> float:
        """User and system time of the process alone, without Prefect's server."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def installation(folder: Path, embedded: bool) -> Iterator[tuple[Path, Deliver]]:
    """Settings file, and how to put mail into the mailbox."""
    with EmbeddedServers({box.address: "secret" for box in EXAMPLE.mailboxes.values()}) as servers:
        config = write_config(folder, servers, EXAMPLE)
        learn(load_settings(config))
        if embedded:
            yield config, partial(_deliver_embedded, servers)
            return
        with DovecotServer([MAILBOX]) as dovecot:
            document = tomlkit.parse(config.read_text(encoding="utf-8"))
            imap = dovecot.imap(MAILBOX).model_dump(mode="json", exclude_defaults=True)
            document["mailboxes"][MAILBOX]["imap"] = imap
            config.write_text(tomlkit.dumps(document), encoding="utf-8")
            yield config, lambda raws: dovecot.deliver(MAILBOX, raws)


def _deliver_embedded(servers: EmbeddedServers, raws: Sequence[bytes]) -> None:
    for raw in raws:
        servers.deliver(ADDRESS, raw)


def until(condition: Callable[[], bool], seconds: float) -> float:
    """Seconds until the condition holds, looked at every 5 ms."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise SystemExit(f"it did not happen within {seconds:.0f} s")
        time.sleep(0.005)
    return time.monotonic() - begun


def mail(number: int) -> bytes:
    return (
        f"From: Customer {number} <c{number}@example.com>\r\nTo: {ADDRESS}\r\nSubject: Order KG-{204000 + number}\r\n"
        f"Message-ID: <watch-{number}@example.com>\r\n\r\nHello, where is my order KG-{204000 + number}?\r\n"
    ).encode()


def single_arrivals(store: Store, deliver: Deliver, number: int, watching: Watching) -> list[float]:
    """Seconds from the end of each delivery to its case; the next one only once the pass is over."""
    seconds = []
    for n in range(number):
        cases, passes = overview(store, MAILBOX).seen, watching.count("pass")
        deliver([mail(n)])
        seconds.append(until(lambda cases=cases: overview(store, MAILBOX).seen > cases, 60))  # type: ignore[misc]
        until(lambda passes=passes: watching.count("pass") > passes, 60)  # type: ignore[misc]
        time.sleep(0.5)
    return seconds


def burst(store: Store, deliver: Deliver, number: int, watching: Watching) -> tuple[float, int, int]:
    """Seconds until the last of many mails delivered at once has its case; how many fetches and passes that took."""
    before, fetches, passes = overview(store, MAILBOX).seen, watching.count("new"), watching.count("pass")
    deliver([mail(10_000 + n) for n in range(number)])
    seconds = until(lambda: overview(store, MAILBOX).seen == before + number, 120)
    until(lambda: watching.count("pass") > passes, 240)
    time.sleep(5)  # another pass would have begun by now
    return seconds, watching.count("new") - fetches, watching.count("pass") - passes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrivals", type=int, default=30)
    parser.add_argument("--burst", type=int, default=100)
    parser.add_argument("--rest", type=float, default=30.0, help="seconds over which the cost of waiting is measured")
    parser.add_argument("--embedded", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, installation(Path(name), given.embedded) as (config, deliver):
        watching = Watching(config, Path(name))
        try:
            store = open_store(load_settings(config).database_url)
            started = until(lambda: watching.count("pass") > 0, 120)
            print(f"ready after                {started:6.1f} s")
            seconds = single_arrivals(store, deliver, given.arrivals, watching)
            print(f"arrival to case, median    {statistics.median(seconds):6.2f} s  (a schedule of 30 s: 15)")
            print(f"arrival to case, longest   {max(seconds):6.2f} s  over {len(seconds)} arrivals (a schedule: 30)")
            took, fetches, passes = burst(store, deliver, given.burst, watching)
            print(f"{given.burst} at once, to last case {took:6.2f} s  in {fetches} fetches and {passes} passes")
            cpu = watching.cpu_seconds()
            time.sleep(given.rest)
            share = (watching.cpu_seconds() - cpu) / given.rest
            print(f"cost of waiting            {share:6.2%} of a core, {watching.megabytes():.0f} MB")
            begun = time.monotonic()
            watching.process.terminate()
            status = watching.process.wait(60)
            print(f"SIGTERM to the end         {time.monotonic() - begun:6.2f} s, exit status {status}")
        finally:
            if watching.process.poll() is None:
                watching.process.kill()


if __name__ == "__main__":
    main()
