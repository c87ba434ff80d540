"""`mailstage demo`: the whole road on the example company, on this machine alone.

Everything is real but the world outside: IMAP and SMTP go over sockets to embedded servers, the flows are the ones a
deployment runs, and two customers answer what was sent to them.
"""

import os
import shutil
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.customers import answer_of
from cli.engine import greet_prefect, prepare, run_flow
from cli.example import EXAMPLES, fill, learn, write_config
from cli.options import on_terminal
from cli.overview import print_overview
from cli.show import console
from cli.watching import progress_bars
from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.configuration import load_settings
from models.errors import ConfigurationError
from models.review import Decision, Outcome, ReviewKind
from store.cases import cases_of_conversation
from store.conversations import find_conversations
from store.drafts import latest_draft
from store.metrics import overview
from store.reviews import waiting
from tasks.decide import decide_review
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
    _approve_for(place, CUSTOMERS)
    for step, before in (("the approved reply leaves", None), ("the customers answer", _customers_answer)):
        if before:
            before(servers, place)
        begun = time.monotonic()
        with progress_bars():
            run_flow(pipeline, "support", str(config))
        seconds["support"] += time.monotonic() - begun
        console.print(f"[green]✓[/] {step} [dim]{time.monotonic() - begun:.1f} s[/]")
    for address in CUSTOMERS:
        console.print(f"  {address}: {_what_became_of(place, address)}")
    return seconds


def _approve_for(place: Workplace, addresses: Collection[str]) -> None:
    """Plays the colleague who approves, for those customers whose reply waits for one."""
    for review in waiting(place.store, "support", [ReviewKind.DRAFT]):
        draft = latest_draft(place.store, review.case_id or 0)
        if draft and any(person.address in addresses for person in draft.to):
            decision = Decision(
                review_id=review.id,
                outcome=Outcome.APPROVED,
                decided_by="a colleague, played by the demo",
                shown_hash=review.shown_hash,
            )
            decide_review(place, decision)
            console.print(f"[green]✓[/] a colleague (played by the demo) approved the reply to {draft.to[0].address}")


def _what_became_of(place: Workplace, address: str) -> str:
    """The stages of the customer's mails, as the store has them."""
    conversation = find_conversations(place.store, "support", words=address)[0]
    cases = cases_of_conversation(place.store, conversation.id)
    return ", then ".join(f"{case.stage} ({case.reason})" for case in sorted(cases, key=lambda case: case.id))


def _start_prefect() -> threading.Thread:
    """In the background: its first start builds a database, which takes longer than all the learning."""
    thread = threading.Thread(target=run_flow, args=(greet_prefect,), name="prefect", daemon=True)
    thread.start()
    return thread


def _customers_answer(servers: EmbeddedServers, place: Workplace) -> None:
    box = place.mailbox("support")
    for sent in list(servers.wire):
        for address in sent.recipients:
            if address in CUSTOMERS:
                text = (EXAMPLES / "customers" / CUSTOMERS[address]).read_text(encoding="utf-8")
                raw = answer_of(read_message(sent.raw), address, text, place.store.clock())
                servers.deliver(box.address, raw, place.store.clock())


def _report(place: Workplace, seconds: dict[str, float], total: float) -> None:
    console.print()
    print_overview([overview(place.store, name) for name in place.settings.mailboxes], seconds)
    kinds = [review.kind for review in waiting(place.store)]
    numbers = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    console.print(f"\nThe whole road took {total:.0f} s. Waiting for you: {numbers or 'nothing'}.")
    console.print(f"Data: {place.settings.data.parent}/ (`make clean` removes it)")
