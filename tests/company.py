"""The example company on real servers, ready to be walked through."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.example import EXAMPLES, learn, write_config
from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.configuration import load_settings
from models.message import Message
from tasks.workplace import Workplace, open_workplace

EXAMPLE = load_settings(EXAMPLES / "mailstage.toml")


@dataclass
class Company:
    """One installation: its servers, its settings file, its store."""

    servers: EmbeddedServers
    config: Path
    place: Workplace

    def deliver(self, mailbox: str, *names: str) -> None:
        """Puts example mails into an inbox, by the start of their file names."""
        for name in names:
            (file,) = (EXAMPLES / "inbox" / mailbox).glob(f"{name}*.eml")
            self.servers.deliver(self.place.mailbox(mailbox).address, file.read_bytes())

    def run(self, mailbox: str) -> int:
        """One pass of the real pipeline; needs the fixture `prefect_server`."""
        from flows.pipeline import pipeline

        return asyncio.run(pipeline(mailbox, str(self.config)))

    def sent_to(self, address: str) -> list[Message]:
        """What went over the wire to a customer."""
        return [read_message(mail.raw) for mail in self.servers.wire if address in mail.recipients]


def learned(folder: Path) -> Path:
    """A folder with the example's trained model and its index of passages."""
    learn(EXAMPLE.model_copy(update={"data": folder, "knowledge": (EXAMPLES / "knowledge",)}))
    return folder


@contextmanager
def open_company(folder: Path, data: Path) -> Iterator[Company]:
    """An installation in `folder` that has learned what lies in `data`."""
    shutil.copytree(data, folder / "data")
    users = {box.address: "secret" for box in EXAMPLE.mailboxes.values()}
    with EmbeddedServers(users) as servers:
        config = write_config(folder, servers, EXAMPLE)
        place = open_workplace(config)
        yield Company(servers, config, place)
        place.store.close()
