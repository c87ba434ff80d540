"""Phases, evidence and the switches."""

import re

import pytest
from fastapi.testclient import TestClient

from models.drift import Drift, Figure
from models.rollout import MailboxState, Phase, Requirement
from models.settings import Policy
from store import audit, rollout
from store.drift import note_drift
from tests.review.factories import World, answer, ask_promotion, ask_reply


def post(browser: TestClient, path: str, **fields: str) -> tuple[int, str]:
    csrf = re.search(r'name="csrf" value="(\w+)"', browser.get("/mailboxes").text)
    assert csrf
    done = browser.post(path, data={"csrf": csrf[1], **fields})
    return done.status_code, done.text


def state(world: World, mailbox: str = "support") -> MailboxState:
    return rollout.state(world.store, mailbox, world.settings.mailboxes[mailbox].phase)


@pytest.fixture
def proven(world: World) -> World:
    """Three approved drafts, and a requirement that three can meet."""
    needed = Requirement(reviewed=3, category_accuracy=0.3, acceptance=0.3)
    world.settings = world.settings.model_copy(update={"policy": Policy(promotion=needed)})
    for _ in range(3):
        world.decide(answer(ask_reply(world)))
    return world


def test_every_mailbox_shows_its_phase_figures_and_evidence(proven: World) -> None:
    """With the 95% interval of each proportion and what is missing, in words."""
    page = proven.person().get("/mailboxes").text
    for words in ("support@kestrelgrove.example", "Phase 2 of 3", "Phase 1 of 3", "95% interval 44%", "3 of 3"):
        assert words in page
    assert "0 reviewed cases, 3 needed" in page
    assert "The evidence suffices" in page


def test_pause_and_resume_take_effect_at_once(world: World) -> None:
    """And are logged under the person's name."""
    browser = world.person()
    assert post(browser, "/mailboxes/pause", mailbox="support")[0] == 303
    assert state(world).paused
    assert state(world).phase is Phase.DRAFT
    assert not state(world, "orders").paused
    assert audit.entries(world.store)[0].actor == "Mira Kaya"
    assert post(browser, "/mailboxes/resume", mailbox="support")[0] == 303
    assert not state(world).paused


def test_a_reason_is_kept_without_control_characters(world: World) -> None:
    """PostgreSQL keeps no NUL."""
    assert post(world.person(), "/mailboxes/pause", mailbox="support", reason="lunch\x00\x1b")[0] == 303
    assert audit.entries(world.store)[0].detail["reason"] == "lunch"


def test_everything_is_paused_with_one_button(world: World) -> None:
    """Every page says so, and one button ends it."""
    browser = world.person()
    post(browser, "/mailboxes/pause", mailbox="*")
    assert state(world).paused
    assert state(world, "orders").paused
    assert "Everything is paused" in browser.get("/").text
    post(browser, "/mailboxes/resume", mailbox="*")
    assert not state(world).paused
    assert "Everything is paused" not in browser.get("/").text


def test_demotion_asks_nothing(world: World) -> None:
    """One phase down; a second click on the same page does not go down twice."""
    browser = world.person()
    assert post(browser, "/mailboxes/demote", mailbox="orders", phase="3")[0] == 303
    assert post(browser, "/mailboxes/demote", mailbox="orders", phase="3")[0] == 303
    assert state(world, "orders").phase is Phase.DRAFT
    entry = next(e for e in audit.entries(world.store) if e.action == "phase")
    assert (entry.detail["before"], entry.detail["after"]) == (3, 2)


def test_the_lowest_phase_has_nothing_below(world: World) -> None:
    """No button, and no effect of a form that was made up."""
    assert post(world.person(), "/mailboxes/demote", mailbox="office", phase="1")[0] == 303
    assert state(world, "office").phase is Phase.CATEGORIZE


def test_promotion_with_enough_evidence(proven: World) -> None:
    """The page shows the evidence and asks; yes moves the mailbox up."""
    browser = proven.person()
    page = browser.get("/mailboxes/promote?mailbox=support").text
    assert "The evidence suffices" in page
    assert "sent without a person" in page
    assert post(browser, "/mailboxes/promote", mailbox="support", phase="2")[0] == 303
    assert state(proven).phase is Phase.CONVERSE
    assert audit.entries(proven.store)[0].detail["reason"] == "the evidence suffices"


def test_promotion_against_the_evidence_needs_a_reason(world: World) -> None:
    """Which is kept, together with what was missing."""
    browser = world.person()
    status, page = post(browser, "/mailboxes/promote", mailbox="office", phase="1", reason="  ")
    assert status == 409
    assert "does not suffice" in page
    assert state(world, "office").phase is Phase.CATEGORIZE
    post(browser, "/mailboxes/promote", mailbox="office", phase="1", reason="a trial week")
    assert state(world, "office").phase is Phase.DRAFT
    said = audit.entries(world.store)[0].detail["reason"]
    assert "a trial week" in said
    assert "30 needed" in said


def test_a_second_click_does_not_promote_twice(world: World) -> None:
    """The form names the phase that it was made for."""
    browser = world.person()
    for _ in range(2):
        post(browser, "/mailboxes/promote", mailbox="office", phase="1", reason="a trial week")
    assert state(world, "office").phase is Phase.DRAFT


def test_the_highest_phase_has_nothing_above(world: World) -> None:
    """Asking leads back."""
    assert world.person().get("/mailboxes/promote?mailbox=orders").status_code == 303


def test_a_promotion_that_waits_is_linked(world: World) -> None:
    """From the mailbox to the question in the queue."""
    review = ask_promotion(world)
    assert f'href="/reviews/{review.id}"' in world.person().get("/mailboxes").text


def test_an_unknown_mailbox_is_not_found(world: World) -> None:
    """Nothing is written for a mailbox that mailstage.toml does not have."""
    assert post(world.person(), "/mailboxes/pause", mailbox="nobody")[0] == 404


def test_an_alarm_about_drift_is_shown_until_it_is_over(world: World) -> None:
    """With what has changed, and what to do about it."""
    figure = Figure(
        name="out_of_scope", training=0.04, stream=0.3, effect=0.26, p=0.0, alarm=True, sentence="30% is unlike all"
    )
    found = Drift(mailbox="support", version="v1", n=200, figures=(figure,))
    assert note_drift(world.store, found)
    page = world.person().get("/mailboxes").text
    assert "The mail has changed." in page
    assert "30% is unlike all" in page
    assert "mailstage model learn" in page
    calm = found.model_copy(update={"figures": (figure.model_copy(update={"alarm": False}),)})
    assert note_drift(world.store, calm)
    assert "The mail has changed." not in world.person().get("/mailboxes").text
