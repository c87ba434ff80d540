"""The example company on embedded servers: its settings, its mail, its model and its knowledge."""

from pathlib import Path

import tomlkit

from mail.reading import read_message
from mail.servers import EmbeddedServers
from models.settings import Settings

EXAMPLES = Path(__file__).parent.parent / "examples"


def write_config(folder: Path, servers: EmbeddedServers, example: Settings) -> Path:
    """The example's own file, with the addresses of the embedded servers filled in; returns where it lies."""
    document = tomlkit.parse((EXAMPLES / "mailstage.toml").read_text(encoding="utf-8"))
    document["knowledge"] = [str((EXAMPLES / "knowledge").resolve())]
    for name, box in example.mailboxes.items():
        entry = document["mailboxes"][name]
        for protocol, server in (("imap", servers.imap(box.address)), ("smtp", servers.smtp(box.address))):
            entry[protocol].update(server.model_dump(mode="json", include={"port", "user", "password"}))
    config = folder / "mailstage.toml"
    config.write_text(tomlkit.dumps(document), encoding="utf-8")
    return config


def fill(servers: EmbeddedServers, example: Settings) -> None:
    """Puts the example's mail into the inbox and Sent of each mailbox, with its own dates."""
    for name, box in example.mailboxes.items():
        for kind, target in ((f"{name}-sent", "Sent"), (name, "INBOX")):
            for file in sorted((EXAMPLES / "inbox" / kind).glob("*.eml")):
                raw = file.read_bytes()
                servers.deliver(box.address, raw, read_message(raw).date, target)


def learn(settings: Settings) -> None:
    """Trains the small model and reads the knowledge in, as `mailstage train` and `knowledge add` do."""
    from ml.large.knowledge import ingest
    from ml.small.encoder.preparing import encoder_named
    from ml.small.labelled import read_labelled
    from ml.small.training import train

    encoder = encoder_named(settings.sorting.encoder)
    train(read_labelled(EXAMPLES / "labelled.jsonl"), settings.model_dir, encoder=encoder)
    ingest(settings.knowledge, settings.knowledge_dir)
