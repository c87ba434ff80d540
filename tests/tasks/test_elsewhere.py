"""What a colleague does in a mail client, and what becomes of the case: on Dovecot with QRESYNC, and with nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from models.case import Stage
from models.errors import MailServerRefused
from models.outbox import OutboxState
from models.review import Outcome
from store.audit import entries
from store.conversations import get_conversation, get_turns
from store.cursors import troubles
from store.drafts import latest_draft
from store.outbox import claim_next, find_outbox
from store.reviews import get_review
from store.turns import count_turns, find_turns
from tests.dovecot import DovecotServer
from tests.dovecot_configuration import PLAIN
from tests.team import Team, letter, open_team

pytestmark = pytest.mark.dovecot
USERS = [f"user{number}" for number in range(40)]
numbers = count()


@pytest.fixture(scope="module", params=["", PLAIN], ids=["qresync", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[DovecotServer]:
    with DovecotServer(USERS, capability=request.param) as running:
        yield running


@pytest.fixture
def team(server: DovecotServer, tmp_path: Path) -> Iterator[Team]:
    """A mailbox that no other test has touched."""
    with open_team(tmp_path, server, USERS[next(numbers) % len(USERS)]) as opened:
        yield opened


def test_answered_elsewhere_is_filed_and_asks_nobody(team: Team) -> None:
    r"""\Answered set by a mail client closes the case; the open question expires with the reason."""
    team.deliver(1)
    team.fetch()
    review = team.ask()
    with team.colleague() as client:
        client.add_flags([1], ["\\Answered"])
    team.fetch()
    assert team.case().stage is Stage.FILED
    assert "answered" in team.case().reason
    assert get_review(team.place.store, review.id).outcome is Outcome.EXPIRED
    assert team.questions() == []
    assert get_conversation(team.place.store, team.case().conversation_id).status == "waiting_on_customer"


def test_mail_that_was_answered_before_we_came_is_filed(team: Team) -> None:
    """The first look at an old mailbox raises no questions about what is done."""
    team.deliver(1, 2)
    with team.colleague() as client:
        client.add_flags([1], ["\\Answered"])
        client.add_flags([2], ["\\Deleted"])
    team.fetch()
    assert team.stages() == [Stage.FILED, Stage.FILED]


@pytest.mark.parametrize("way", ["deleted", "moved", "marked"])
def test_mail_that_leaves_the_inbox_is_filed_and_taken_up_when_it_comes_back(team: Team, way: str) -> None:
    r"""Expunged, moved into another folder, or only marked \Deleted; the same mail back is the same case again."""
    team.deliver(1)
    team.fetch()
    review = team.ask()
    with team.colleague() as client:
        if way == "moved":
            client.create_folder("Done")
            client.copy([1], "Done")
        client.delete_messages([1])
        if way != "marked":
            client.expunge()
    team.fetch()
    assert team.case().stage is Stage.FILED
    assert "a colleague has" in team.case().reason
    assert get_review(team.place.store, review.id).outcome is Outcome.EXPIRED
    team.fetch()
    with team.colleague() as client:
        if way == "marked":
            client.remove_flags([1], ["\\Deleted"])
    if way != "marked":
        team.deliver(1)
    team.fetch()
    assert team.case().stage is Stage.CATEGORIZED, "its category is kept, its reply is written anew"
    assert entries(team.place.store)[0].action == "taken up again"


def test_a_case_that_a_person_has_closed_stays_closed(team: Team) -> None:
    """Coming back undoes what leaving did, nothing else."""
    team.deliver(1)
    team.fetch()
    review = team.ask()
    team.reject(review)
    with team.colleague() as client:
        client.delete_messages([1])
        client.expunge()
    team.fetch()
    team.deliver(1)
    team.fetch()
    assert team.stages()[0] is Stage.FILED
    assert "rejected" in team.cases()[0].reason
    assert team.questions() == []


def test_an_approved_reply_is_held_back_and_asked_about_once(team: Team) -> None:
    """Answered elsewhere after the approval: nothing goes out unasked; a second yes counts, with the edit kept."""
    team.deliver(1)
    team.fetch()
    team.approve(team.ask(), body="It ships on Monday.")
    with team.colleague() as client:
        client.add_flags([1], ["\\Answered"])
    team.fetch()
    assert team.case().stage is Stage.AWAITING_APPROVAL
    assert find_outbox(team.place.store, "support", OutboxState.QUEUED) == []
    (review,) = team.questions()
    assert "shall it still go out" in review.payload["why"]
    draft = latest_draft(team.place.store, team.case().id)
    assert draft is not None
    assert draft.body == "It ships on Monday."
    team.approve(review)
    team.fetch()
    assert team.case().stage is Stage.APPROVED, "asked once, not for ever"


def test_a_reply_on_the_wire_goes_its_way_and_the_log_tells(team: Team) -> None:
    """What SMTP has begun is not interrupted, and not passed over in silence."""
    team.deliver(1)
    team.fetch()
    team.approve(team.ask())
    assert claim_next(team.place.store, "support", 60) is not None
    with team.colleague() as client:
        client.delete_messages([1])
        client.expunge()
    team.fetch()
    assert team.case().stage is Stage.SENDING
    assert entries(team.place.store)[0].action == "sent all the same"


@pytest.mark.parametrize("order", [("INBOX", "Orders"), ("Orders", "INBOX")])
def test_a_move_between_inbound_folders_is_one_undisturbed_case(team: Team, order: tuple[str, str]) -> None:
    """Whichever of the two folders is read first."""
    with team.colleague() as client:
        client.create_folder("Orders")
    sorting = team.on(inbox=order[0], folders=(order[1],))
    sorting.deliver(1)
    sorting.fetch()
    review = sorting.ask()
    with team.colleague() as client:
        client.copy([1], "Orders")
        client.delete_messages([1])
        client.expunge()
    sorting.fetch()
    waiting_cases = [case for case in sorting.cases() if case.stage is not Stage.SKIPPED]
    assert [case.stage for case in waiting_cases] == [Stage.AWAITING_APPROVAL]
    assert [question.id for question in sorting.questions()] == [review.id]
    with team.colleague("Orders") as client:
        client.delete_messages([1])
        client.expunge()
    sorting.fetch()
    assert sorting.questions() == [], "its new place is known"


def test_a_closed_case_whose_mail_is_put_into_another_inbound_folder_stays_closed(team: Team) -> None:
    """Teams sort what is done into folders: nobody is asked, and nobody's turn changes."""
    with team.colleague() as client:
        client.create_folder("Orders")
    sorting = team.on(folders=("Orders",))
    sorting.deliver(1)
    sorting.fetch()
    sorting.reject(sorting.ask())
    with team.colleague() as client:
        client.copy([1], "Orders")
        client.delete_messages([1])
        client.expunge()
    sorting.fetch()
    assert sorting.stages() == [Stage.FILED, Stage.SKIPPED]
    assert sorting.questions() == []
    store, talk = sorting.place.store, sorting.cases()[0].conversation_id
    assert get_conversation(store, talk).status == "open"
    assert (len(get_turns(store, talk)), count_turns(store, talk), len(find_turns(store, talk, 10))) == (1, 1, 1)


def test_a_folder_that_appears_later_is_read_from_the_start_day_on(team: Team) -> None:
    """What was noted about it while it was missing is not taken for how far it was read."""
    sorting = team.on(folders=("Orders",), since=date(2026, 11, 1))
    sorting.fetch()
    assert troubles(sorting.place.store, "support", ("Orders",))
    with team.colleague() as client:
        client.create_folder("Orders")
        client.append("Orders", letter(1), msg_time=datetime(2025, 1, 1, tzinfo=UTC))
        client.append("Orders", letter(2), msg_time=datetime(2026, 11, 2, tzinfo=UTC))
    assert sorting.fetch().new == 1
    assert troubles(sorting.place.store, "support", ("Orders",)) == []


def test_the_same_mail_in_two_folders_is_one_case(team: Team) -> None:
    """A copy by a rule on the server is not a second question."""
    with team.colleague() as client:
        client.create_folder("Orders")
    sorting = team.on(folders=("Orders",))
    sorting.deliver(1)
    sorting.deliver(1, folder="Orders")
    sorting.fetch()
    assert sorting.stages() == [Stage.RECEIVED, Stage.SKIPPED]


def test_a_renamed_folder_is_told_and_the_others_go_on(team: Team) -> None:
    """The sentence names what there is; with the new name in the settings, nothing comes twice."""
    with team.colleague() as client:
        client.create_folder("Orders")
    sorting = team.on(folders=("Orders",))
    sorting.deliver(1, folder="Orders")
    sorting.fetch()
    review = sorting.ask()
    with team.colleague() as client:
        client.rename_folder("Orders", "Bestellungen")
    sorting.deliver(2)
    assert sorting.fetch().new == 1
    (trouble,) = troubles(sorting.place.store, "support", ("INBOX", "Orders"))
    assert "'Orders'" in trouble
    assert "Bestellungen" in trouble
    mended = team.on(folders=("Bestellungen",))
    mended.fetch()
    assert [question.id for question in mended.questions()] == [review.id]
    assert len(mended.cases()) == 2
    with pytest.raises(MailServerRefused, match=r"'Nowhere'.*INBOX"):
        team.on(inbox="Nowhere").fetch()
