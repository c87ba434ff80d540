"""Folder names: as people write them, as servers list them, in other people's namespaces, and broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.imap.folders import folder_list, on_the_wire, readable
from mail.imap.session import ImapSession
from models.case import Stage
from models.errors import MailServerRefused
from models.settings import LabelStyle
from store.labels import pending_labels
from tasks.label import write_labels
from tests.dovecot import DovecotServer
from tests.team import letter, open_team

CYRUS = [
    ((b"\\HasChildren",), b".", b"INBOX"),
    ((b"\\Sent",), b".", b"INBOX.Gesendete Objekte"),
    ((), b".", b"INBOX.Support.&AMQ-nderungen"),
    ((b"\\Noselect",), b".", b"user"),
    ((), b".", b"INBOX.AT&T"),
    ((), b".", b"user.anna.Anfragen"),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("INBOX", "INBOX"),
        ("inbox", "INBOX"),
        ("Support/Änderungen", "INBOX.Support.Änderungen"),
        ("INBOX.Support.Änderungen", "INBOX.Support.Änderungen"),
        ("Support/A\u0308nderungen", "INBOX.Support.Änderungen"),
        ("AT&T", "INBOX.AT&T"),
        ("user/anna/Anfragen", "user.anna.Anfragen"),
    ],
)
def test_a_folder_is_found_as_a_person_names_it(wanted: str, found: str) -> None:
    """Any delimiter, with or without the server's prefix, composed or decomposed, INBOX in any case."""
    folder = folder_list(CYRUS, "INBOX.", ["user."]).find(wanted)
    assert folder is not None
    assert folder.name == found


def test_what_is_not_there_is_not_guessed() -> None:
    """A name in other letters may be another folder."""
    assert folder_list(CYRUS, "INBOX.").find("support/änderungen") is None


def test_a_name_that_is_no_modified_utf_7_goes_back_as_it_came() -> None:
    """Some clients have made folders with raw ampersands; listing them must not fail, and they can be opened."""
    folder = folder_list(CYRUS, "INBOX.").find("AT&T")
    assert folder is not None
    assert folder.wire == b"INBOX.AT&T"
    assert readable(b"&&&") == "&&&"
    assert readable("Entwürfe".encode()) == "Entwürfe"


def test_a_folder_marked_by_its_use_is_found() -> None:
    """Whatever it is called in the language of the account."""
    marked = folder_list(CYRUS).marked("\\Sent")
    assert marked is not None
    assert marked.name == "INBOX.Gesendete Objekte"


def test_new_folders_are_named_as_the_server_wants_them() -> None:
    """Under the prefix of our own folders, next to the folder of somebody else."""
    folders = folder_list(CYRUS, "INBOX.", ["user."])
    assert folders.new_name("Mailstage/Order status") == "INBOX.Mailstage.Order status"
    assert folders.beside("INBOX", "Mailstage/Order status") == "Mailstage/Order status"
    beside = folders.beside("user.anna.Anfragen", "Mailstage/Order status")
    assert folders.new_name(beside) == "user.anna.Mailstage.Order status"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_name_survives_the_wire(name: str) -> None:
    """Modified UTF-7 there and back."""
    assert readable(on_the_wire(name)) == name
    assert on_the_wire(name).isascii()


@pytest.fixture(scope="module", params=["yes", "no"], ids=["listed", "unlisted"])
def shared(request: pytest.FixtureRequest) -> Iterator[DovecotServer]:
    with DovecotServer(["anna", "robot"], shared=request.param) as server:
        with server.client("anna") as client:
            client.create_folder("Anfragen")
            client.create_folder("Anfragen/Übersee")
            for folder in ("INBOX", "Anfragen", "Anfragen/Übersee"):
                client.setacl(folder, "robot", "lrswitkxea")
        yield server


@pytest.mark.dovecot
def test_the_shared_folder_of_a_colleague_is_a_mailbox(shared: DovecotServer, tmp_path: Path) -> None:
    """`imap.user` is a robot's account, the mail lies in Anna's: read, kept apart, and labelled where Anna sees it."""
    shared.deliver("anna", [letter(1), letter(2)], "Anfragen/Übersee")
    settings = {"inbox": "shared/anna/Anfragen/Übersee", "labels": LabelStyle.FOLDERS}
    with open_team(tmp_path, shared, "robot", **settings) as team:
        assert team.fetch().new == 2
        team.ask()
        write_labels(team.place, "support")
        assert pending_labels(team.place.store, "support", 5) == []
        with shared.client("anna", "Anfragen/Mailstage/Order status") as client:
            assert len(client.search()) == 1
        with shared.client("anna", "Anfragen/Übersee") as client:
            client.delete_messages(client.search())
            client.expunge()
        team.fetch()
        assert set(team.stages()) == {Stage.FILED}


@pytest.mark.dovecot
def test_a_folder_that_nobody_has_shared_is_refused_by_name(shared: DovecotServer) -> None:
    """The sentence says what there is and where to correct it."""
    with ImapSession(shared.imap("robot")) as session:
        assert session.resolve("shared/anna/INBOX") == "shared/anna/INBOX"
        with pytest.raises(MailServerRefused, match=r"'shared/otto/INBOX', it has .*INBOX.*mailstage\.toml"):
            session.resolve("shared/otto/INBOX")


@pytest.mark.dovecot
def test_a_server_that_keeps_everything_under_inbox(tmp_path: Path) -> None:
    """The prefix `INBOX.` of older servers is found out, not asked for."""
    with DovecotServer(["old"], separator=".", prefix="INBOX.") as server:
        with server.client("old") as client:
            client.create_folder("INBOX.Support.Größe & Maße")
        server.deliver("old", letter(1), "INBOX.Support.Größe & Maße")
        with open_team(tmp_path, server, "old", folders=("Support/Größe & Maße",), labels=LabelStyle.FOLDERS) as team:
            assert team.fetch().new == 1
            team.ask()
            write_labels(team.place, "support")
        with ImapSession(server.imap("old")) as session:
            assert "INBOX.Mailstage.Order status" in session.folders()
            assert session.sent_folder("Sent") == "INBOX.Sent"
            assert session.special_folder("\\Drafts", "Drafts") == "INBOX.Drafts"
