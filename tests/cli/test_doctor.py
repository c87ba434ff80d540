"""`mailstage doctor` says of a server what a run then finds there."""

import json
from pathlib import Path

import pytest
import tomlkit

from cli.app import main
from mail.imap.session import ImapSession
from mail.servers import EmbeddedServers
from models.configuration import load_settings
from models.settings import MailServer, Tls
from tasks.label import way_of
from tests.dovecot import DovecotServer


def labels_that_doctor_tells(imap: MailServer, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Of a mailbox on `imap`, after "labels as"."""
    box = {"address": "a@example.com", "imap": imap.model_dump(mode="json", exclude_defaults=True)}
    smtp = {"smtp": {"host": "127.0.0.1", "port": 1, "tls": "none"}}
    config = folder / "mailstage.toml"
    settings = {"company": {"name": "Kestrel Grove"}, "mailboxes": {"support": box | smtp}}
    config.write_text(tomlkit.dumps(settings), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["mailstage", "doctor", "--json", "--config", str(config)])
        with pytest.raises(SystemExit):
            main()
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = (one["message"] for one in found if one["what"] == "support IMAP")
    with ImapSession(load_settings(config).mailbox("support").imap) as session:
        way = way_of(session, session.select("INBOX"), load_settings(config).mailbox("support").labels)
    assert f"labels as {way}" in told
    return str(told).partition("labels as ")[2].partition(";")[0]


@pytest.mark.dovecot
def test_dovecot_takes_keywords(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is opened read-only names none that may be set, which says nothing about a run."""
    with DovecotServer(["support"]) as server:
        assert labels_that_doctor_tells(server.imap("support", Tls.TLS), tmp_path, capsys) == "keywords"


def test_a_server_without_keywords_takes_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The embedded one is such a server."""
    with EmbeddedServers({"support@example.com": "secret"}) as servers:
        imap = servers.imap("support@example.com")
        assert labels_that_doctor_tells(imap, tmp_path, capsys) == "copies in folders"
