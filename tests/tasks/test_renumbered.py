"""A folder that gets another UIDVALIDITY: every mail has a new number, and every case goes on."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from models.case import Stage
from store.arrivals import save_batch
from store.cursors import get_cursor
from tests.dovecot import DovecotServer
from tests.team import Team, open_team

pytestmark = pytest.mark.dovecot


def test_new_uidvalidity_keeps_cases_and_notices_what_is_gone(tmp_path: Path) -> None:
    """Half-way through, too: the known half has its new key, the rest keeps waiting for it."""
    with DovecotServer(["renumbered"]) as server, open_team(tmp_path, server, "renumbered") as team:
        walk_through(team)


def walk_through(team: Team) -> None:
    team.deliver(1, 2, 3)
    team.fetch()
    before = {case.id: case.stage for case in team.cases()}
    with team.colleague() as client:
        client.delete_messages([2])
        client.expunge()
    renumber(team)
    small = team.place.settings.limits.model_copy(update={"batch": 1})
    settings = team.place.settings.model_copy(update={"limits": small})
    halting = replace(team, place=replace(team.place, settings=settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.fetch.save_batch", failing_after(2))
        with pytest.raises(InterruptedError):
            halting.fetch()
    assert {case.id: case.stage for case in team.cases()} == before
    team.fetch()
    assert {case.id: case.stage for case in team.cases()} == before | {2: Stage.FILED}
    cursor = get_cursor(team.place.store, "support", "INBOX")
    assert cursor is not None
    assert cursor.last_uid == 2


def renumber(team: Team) -> None:
    """The folder gets another UIDVALIDITY and its messages new UIDs, as after a restored backup."""
    with team.colleague() as client:
        old = client.select_folder("INBOX")[b"UIDVALIDITY"]
        mails = client.fetch(client.search(), ["BODY.PEEK[]"])
        client.close_folder()
    folder = team.server.folder / "mail" / team.user
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache", "dovecot-uidvalidity"):
        (folder / name).unlink(missing_ok=True)
    for leftover in folder.glob("dovecot-uidvalidity.*"):
        leftover.unlink()
    uidlist = folder / "dovecot-uidlist"
    files = sorted(file.name for file in (folder / "cur").iterdir())
    lines = [f"{number} :{name.partition(':')[0]}" for number, name in enumerate(files, 1)]
    uidlist.write_text(f"3 V{old + 7} N{len(files) + 1}\n" + "".join(f"{line}\n" for line in lines))
    with team.colleague() as client:
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] != old
        assert len(client.search()) == len(mails)


def failing_after(times: int):  # type: ignore[no-untyped-def]
    """`save_batch`, and a power cut after so many (the first may be of Sent)."""
    calls = count(1)

    def save(*args: object, **kwargs: object) -> object:
        saved = save_batch(*args, **kwargs)  # type: ignore[arg-type]
        if next(calls) == times - 1:
            raise InterruptedError
        return saved

    return save
