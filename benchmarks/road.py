"""Mails per second from Dovecot to sorted, labelled and stored, and Prefect's share of the time.

Three ways over the same messages, round by round: the `pipeline` flow, the same steps as plain functions (what Prefect
adds is the difference), and a bare imapclient download (the floor below which nothing can go). Medians are printed.
The model learns from every other of the example's labelled mails with the encoder that the settings name, and sorts the
others; `--encoder off` measures the linear step alone.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from itertools import cycle, islice
from pathlib import Path

from cli.engine import prepare
from cli.example import EXAMPLES
from models.settings import Tls
from tests.dovecot import DovecotServer

BATCH = 250


def messages(count: int) -> Iterator[bytes]:
    """Labelled mails that the model has not learned from over and over, each with its own Message-ID."""
    rows = [json.loads(line) for line in (EXAMPLES / "labelled.jsonl").read_text(encoding="utf-8").splitlines()[1::2]]
    for number, row in enumerate(islice(cycle(rows), count)):
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Customer {number} <c{number}@example.com>", row["to"]
        mail["Subject"], mail["Message-ID"] = row["subject"].replace("\n", " "), f"<bench-{number}@example.com>"
        mail["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
        mail.set_content(row["body"])
        yield mail.as_bytes()


def settings_text(dovecot: DovecotServer, users: list[str], encoder: str) -> str:
    """The example's settings with one phase-1 mailbox a round and way, all on Dovecot."""
    import tomlkit

    document = tomlkit.parse((EXAMPLES / "mailstage.toml").read_text(encoding="utf-8"))
    if encoder:
        document["sorting"] = {"encoder": encoder}
    office = document["mailboxes"]["office"]
    document["mailboxes"] = {}
    for user in users:
        server = dovecot.imap(user, Tls.NONE).model_dump(
            mode="json", include={"host", "port", "tls", "user", "password"}
        )
        smtp = dict(office["smtp"])
        document["mailboxes"][user] = {
            "address": f"{user}@kestrelgrove.example",
            "phase": 1,
            "imap": server,
            "smtp": smtp,
        }
    return tomlkit.dumps(document)


def run_plain(config: Path, mailbox: str) -> None:
    """The steps of the pipeline that have work in phase 1, without Prefect."""
    from ml.small.registry import load
    from tasks.categorize import categorize_mail
    from tasks.fetch import fetch_mail
    from tasks.file import file_sorted
    from tasks.label import write_labels
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    classifier = load(place.settings.model_dir)
    fetch_mail(place, mailbox)
    categorize_mail(place, mailbox, classifier)
    write_labels(place, mailbox)
    file_sorted(place, mailbox)


def run_flow(config: Path, mailbox: str) -> None:
    from flows.pipeline import pipeline

    asyncio.run(pipeline(mailbox, str(config)))


def run_download(config: Path, mailbox: str) -> None:
    from imapclient import IMAPClient

    from models.configuration import load_settings

    server = load_settings(config).mailbox(mailbox).imap
    with IMAPClient(server.host, server.port, ssl=False, timeout=60) as client:
        assert server.password is not None
        client.login(server.user, server.password.read("bench"))
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for start in range(0, len(uids), BATCH):
            client.fetch(uids[start : start + BATCH], ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])


def seconds(work: Callable[[Path, str], None], config: Path, mailbox: str) -> float:
    begun = time.perf_counter()
    work(config, mailbox)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--encoder", default="", help="as [sorting] encoder of mailstage.toml [default: that of it]")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mailstage-bench-"))
    try:
        measure(folder, arguments.messages, arguments.rounds, arguments.encoder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, count: int, rounds: int, encoder: str) -> None:
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    prepare()
    ways = {"pipeline flow": run_flow, "plain functions": run_plain, "imapclient download": run_download}
    users = [f"{way.split()[0]}{n}" for n in range(rounds) for way in ways]
    mails = list(messages(count))
    with DovecotServer(users=users) as dovecot:
        for user in users:
            dovecot.deliver(user, mails)
        config = folder / "mailstage.toml"
        config.write_text(settings_text(dovecot, users, encoder), encoding="utf-8")
        learn_model(config)
        warm_up()
        took: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way, work in ways.items():
                took[way].append(seconds(work, config, f"{way.split()[0]}{number}"))
        asked = share_asked(config, users[0])
    print_table(took, count)
    print(f"  share of the mail that asked the encoder: {asked:.0%}")


def learn_model(config: Path) -> None:
    from ml.small.encoder.preparing import encoder_named
    from ml.small.labelled import read_labelled
    from ml.small.training import train
    from models.configuration import load_settings

    settings = load_settings(config)
    rows = read_labelled(EXAMPLES / "labelled.jsonl")[::2]
    train(rows, settings.model_dir, encoder=encoder_named(settings.sorting.encoder))


def share_asked(config: Path, mailbox: str) -> float:
    """Of the mail that a model sorted, what went on to its second step."""
    from ml.small.manifest import read_manifest
    from models.classification import DecidedBy
    from store.drift import recent_answers
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    version = read_manifest(place.settings.model_dir).version
    long_ago = place.store.clock() - timedelta(days=1)
    found = recent_answers(place.store, mailbox, version, 1_000_000, long_ago)
    return sum(one.decided_by is DecidedBy.ENCODER for one in found) / max(1, len(found))


def warm_up() -> None:
    """Starts Prefect's temporary server and loads every module, so that neither counts as work on mail."""
    import flows.pipeline  # noqa: F401
    from cli.engine import greet_prefect

    asyncio.run(greet_prefect())


def print_table(took: dict[str, list[float]], count: int) -> None:
    medians = {way: statistics.median(times) for way, times in took.items()}
    print(f"{count} messages from Dovecot, sorted, labelled and stored; medians of {len(took['pipeline flow'])} rounds")
    for way, median in medians.items():
        print(f"  {way:<20} {median:7.2f} s  {count / median:8.0f} mails/s")
    flow, plain = medians["pipeline flow"], medians["plain functions"]
    print(f"  Prefect's share of the flow's time: {max(0.0, flow - plain) / flow:.1%}")
    print(f"  ratio to the bare download: {flow / medians['imapclient download']:.1f}x its time")


if __name__ == "__main__":
    main()
