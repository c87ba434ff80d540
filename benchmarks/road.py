"""Mails per second from Dovecot to sorted, labelled and stored, and Prefect's share of the time.

    python -m benchmarks.road [--data FOLDER] [--messages 5000] [--rounds 3] [--encoder off]

Three ways over the same messages, round by round: the `pipeline` flow, the same steps as plain functions (what Prefect
adds is the difference), and a bare imapclient download (the floor below which nothing can go). Medians are printed.
The model learns from every other of the example's labelled mails with the encoder that the settings name, and sorts the
others: a cold start, in which most mail asks the encoder and a person. With `--data`, a folder with `train.jsonl` and
`test.jsonl` (rows `{"text", "label"}`), it learns from the one and sorts mails made of the other, over and over.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from itertools import cycle, islice
from pathlib import Path

from cli.engine import prepare
from cli.example import EXAMPLES
from ml.small.labelled import LabelledMail, read_labelled
from models.settings import Tls
from tests.dovecot import DovecotServer

BATCH = 250


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from, and what is sorted, which the model has not seen."""

    learn: Sequence[LabelledMail]
    sort: Sequence[LabelledMail]


def material(folder: Path | None) -> Material:
    if folder:
        learn, sort = (read_labelled(folder / name) for name in ("train.jsonl", "test.jsonl"))
        names = {label: f"intent_{n}" for n, label in enumerate(sorted({row.label for row in learn if row.label}))}
        return Material(*([_named(row, names) for row in rows] for rows in (learn, sort)))
    rows = read_labelled(EXAMPLES / "labelled.jsonl")
    return Material(rows[::2], rows[1::2])


def _named(row: LabelledMail, names: Mapping[str, str]) -> LabelledMail:
    """A label as mailstage.toml may name a category."""
    return row.model_copy(update={"label": names.get(row.label or "")})


def messages(rows: Sequence[LabelledMail], count: int) -> Iterator[bytes]:
    """Mails made of the rows, over and over, each with its own Message-ID."""
    for number, row in enumerate(islice(cycle(rows), count)):
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Customer {number} <c{number}@example.com>", row.to or "office@kestrelgrove.example"
        mail["Subject"], mail["Message-ID"] = row.subject.replace("\n", " "), f"<bench-{number}@example.com>"
        mail["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
        mail.set_content(row.body or row.text)
        yield mail.as_bytes()


def settings_text(dovecot: DovecotServer, users: list[str], encoder: str, labels: set[str]) -> str:
    """The example's settings with a phase-1 mailbox for each round and way on Dovecot; each label is a category."""
    import tomlkit

    document = tomlkit.parse((EXAMPLES / "mailstage.toml").read_text(encoding="utf-8"))
    if encoder:
        document["sorting"] = {"encoder": encoder}
    known = {str(one["name"]) for one in document["categories"]}
    for label in sorted(labels - known):
        document["categories"].append({"name": label, "description": label})
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="folder with train.jsonl and test.jsonl")
    parser.add_argument("--encoder", default="", help="as [sorting] encoder of mailstage.toml [default: that of it]")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mailstage-bench-"))
    try:
        measure(folder, material(arguments.data), arguments.messages, arguments.rounds, arguments.encoder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, given: Material, count: int, rounds: int, encoder: str) -> None:
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    prepare()
    ways = {"pipeline flow": run_flow, "plain functions": run_plain, "imapclient download": run_download}
    users = [f"{way.split()[0]}{n}" for n in range(rounds) for way in ways]
    mails = list(messages(given.sort, count))
    labels = {row.label for row in given.learn if row.label}
    with DovecotServer(users=users) as dovecot:
        for user in users:
            dovecot.deliver(user, mails)
        config = folder / "mailstage.toml"
        config.write_text(settings_text(dovecot, users, encoder, labels), encoding="utf-8")
        learn_model(config, given.learn)
        warm_up()
        took: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way, work in ways.items():
                took[way].append(seconds(work, config, f"{way.split()[0]}{number}"))
        encoder_asked, person_asked = shares_asked(config, users[0])
    print_table(took, count)
    print(f"  of the mail, {encoder_asked:.0%} asked the encoder and {person_asked:.0%} a person")


def learn_model(config: Path, rows: Sequence[LabelledMail]) -> None:
    from ml.small.encoder.preparing import encoder_named
    from ml.small.training import train
    from models.configuration import load_settings

    settings = load_settings(config)
    train(rows, settings.model_dir, encoder=encoder_named(settings.sorting.encoder))


def shares_asked(config: Path, mailbox: str) -> tuple[float, float]:
    """Of the mail that a model sorted, what went on to its second step, and what to a person."""
    from ml.small.manifest import read_manifest
    from models.classification import DecidedBy
    from store.drift import recent_answers
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    version = read_manifest(place.settings.model_dir).version
    long_ago = place.store.clock() - timedelta(days=1)
    found = recent_answers(place.store, mailbox, version, 1_000_000, long_ago)
    second = sum(one.decided_by is DecidedBy.ENCODER for one in found)
    return second / max(1, len(found)), sum(one.abstained for one in found) / max(1, len(found))


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
