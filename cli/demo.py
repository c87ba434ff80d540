"""`mailstage demo`: the whole road on the example company, on this machine alone.

Everything is real but the world outside: IMAP and SMTP go over sockets to embedded servers, the flows are the ones a
deployment runs, and two customers answer what was sent to them.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.customers import answer_of
from cli.engine import prepare, run_flow
from cli.example import EXAMPLES, fill, learn, write_config
from cli.options import on_terminal
from cli.show import console, print_overview
from cli.watching import progress_bars
from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.errors import ConfigurationError
from models.settings import load_settings
from tasks.workplace import Workplace, open_workplace

MARK = ".mailstage-demo"
CUSTOMERS = {"ada.lindqvist@example.com": "ada-lindqvist.txt", "jonas.weber@example.net": "jonas-weber.txt"}


def run_demo(folder: Path, *, serve: bool, port: int) -> None:
    """Raises ConfigurationError when `folder` holds something that is not an earlier demo's."""
    started = time.monotonic()
    _fresh_folder(folder)
    os.environ["PREFECT_HOME"] = str((folder / "prefect").resolve())
    prepare()
    example = load_settings(EXAMPLES / "mailstage.toml")
    users = {box.address: "demo" for box in example.mailboxes.values()}
    starting = _start_prefect()
    console.print(f"Mailstage demo: the mail of [bold]{example.company.name}[/], in {folder}/")
    with EmbeddedServers(users) as servers:
        config = write_config(folder, servers, example)
        place = open_workplace(config)
        with _stage("filling three mailboxes"):
            fill(servers, example)
        with _stage("learning the categories and the knowledge"):
            learn(place.settings)
        with _stage("starting Prefect"):
            starting.join()
        seconds = _travel(servers, place, config)
        _report(place, seconds, time.monotonic() - started)
        if serve and on_terminal():
            from cli.serve import serve_until_interrupted

            serve_until_interrupted(place, port=port)
        else:
            console.print("`make demo` on a terminal keeps the reviewer UI open to decide them.")


def _fresh_folder(folder: Path) -> None:
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise ConfigurationError(f"{folder} is not an earlier demo's: choose another folder with --data")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


@contextmanager
def _stage(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    console.print(f"[green]✓[/] {what} [dim]{time.monotonic() - begun:.1f} s[/]")


def _travel(servers: EmbeddedServers, place: Workplace, config: Path) -> dict[str, float]:
    """Runs the pipeline of each mailbox, lets the customers answer, runs theirs again; seconds by mailbox."""
    from flows.pipeline import pipeline

    seconds: dict[str, float] = {}
    with progress_bars():
        for mailbox in place.settings.mailboxes:
            begun = time.monotonic()
            run_flow(pipeline, mailbox, str(config))
            seconds[mailbox] = time.monotonic() - begun
    answered = _customers_answer(servers, place)
    with progress_bars():
        begun = time.monotonic()
        run_flow(pipeline, "support", str(config))
        seconds["support"] += time.monotonic() - begun
    for name in answered:
        console.print(f"[green]✓[/] {name} read our reply and answered; the answer went its way")
    return seconds


def _start_prefect() -> threading.Thread:
    """In the background: its first start builds a database, which takes longer than all the learning."""
    thread = threading.Thread(target=run_flow, args=(greet_prefect,), name="prefect", daemon=True)
    thread.start()
    return thread


async def greet_prefect() -> None:
    """The first contact starts Prefect's temporary server, which should not count as time spent on mail."""
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        await client.hello()


def _customers_answer(servers: EmbeddedServers, place: Workplace) -> list[str]:
    box = place.mailbox("support")
    answered = []
    for sent in list(servers.wire):
        for address in sent.recipients:
            if address in CUSTOMERS:
                text = (EXAMPLES / "customers" / CUSTOMERS[address]).read_text(encoding="utf-8")
                raw = answer_of(read_message(sent.raw), address, text, place.store.clock())
                servers.deliver(box.address, raw, place.store.clock())
                answered.append(address)
    return answered


def _report(place: Workplace, seconds: dict[str, float], total: float) -> None:
    from store.metrics import overview
    from store.reviews import waiting

    console.print()
    print_overview([overview(place.store, name) for name in place.settings.mailboxes], seconds)
    kinds = [review.kind for review in waiting(place.store)]
    numbers = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    console.print(f"\nThe whole road took {total:.0f} s. Waiting for you: {numbers or 'nothing'}.")
    console.print(f"Data: {place.settings.data.parent}/ (`make clean` removes it)")
