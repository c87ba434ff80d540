"""One-time links, sessions and signing out."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from review.auth import MAX_FAILURES, Gate, SignInFailed, clean_name
from store import audit
from tests.review.factories import ORIGIN, World, make_world


def token_of(world: World) -> str:
    return world.gate.sign_in_link(ORIGIN).rpartition("/")[2]


def enter(browser: TestClient, token: str, name: str = "Mira Kaya") -> int:
    return browser.post("/sign-in", data={"token": token, "name": name}).status_code


def test_a_link_lets_one_person_in(world: World) -> None:
    """The link shows a form; the form leads to the queue, under the name that was given."""
    browser = world.visitor()
    link = world.gate.sign_in_link(ORIGIN)
    assert "Sign in as" in browser.get(link).text
    assert enter(browser, link.rpartition("/")[2]) == 303
    assert "Mira Kaya" in browser.get("/").text


def test_opening_a_link_does_not_use_it_up(world: World) -> None:
    """Mail scanners and previews that fetch a link leave it as it was."""
    token = token_of(world)
    for _ in range(3):
        assert world.visitor().get(f"/sign-in/{token}").status_code == 200
    assert enter(world.visitor(), token) == 303


def test_a_link_works_once(world: World) -> None:
    """The second person who uses a link stays outside."""
    token = token_of(world)
    assert enter(world.visitor(), token) == 303
    assert enter(world.visitor(), token, "Eve") == 403
    assert world.visitor().get(f"/sign-in/{token}").status_code == 403


def test_a_link_works_once_even_across_a_restart(world: World, tmp_path: Path) -> None:
    """The log in the store remembers which links were used."""
    token = token_of(world)
    assert enter(world.visitor(), token) == 303
    restarted = make_world(tmp_path)
    assert enter(restarted.visitor(), token, "Eve") == 403
    restarted.store.close()


def test_a_link_from_another_process_works(world: World) -> None:
    """`mailstage link` knows the same secret, and nothing else of the running server."""
    elsewhere = Gate(world.gate.secret, 12, world.clock)
    assert enter(world.visitor(), elsewhere.sign_in_link(ORIGIN).rpartition("/")[2]) == 303


def test_a_link_is_too_old_after_a_quarter_of_an_hour(world: World) -> None:
    """Fourteen minutes are fine, sixteen are not."""
    first, second = token_of(world), token_of(world)
    world.clock.forward(minutes=14)
    assert enter(world.visitor(), first) == 303
    world.clock.forward(minutes=2)
    assert enter(world.visitor(), second) == 403


def test_guessing_is_slowed_down(world: World) -> None:
    """After ten wrong links even a right one is refused, until a quarter of an hour has passed."""
    browser = world.visitor()
    for number in range(MAX_FAILURES):
        assert enter(browser, f"guess-{number}") == 403
    assert "Too many" in browser.post("/sign-in", data={"token": token_of(world), "name": "Mira"}).text
    world.clock.forward(minutes=16)
    assert enter(browser, token_of(world)) == 303


def test_signing_in_is_logged(world: World) -> None:
    """The log says who came in, and no entry holds a link that works."""
    token = token_of(world)
    enter(world.visitor(), token)
    entry = audit.entries(world.store)[0]
    assert (entry.actor, entry.action) == ("Mira Kaya", "sign in")
    assert token not in entry.model_dump_json()


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "policy", " Policy ", "mailstage", "ｐｏｌｉｃｙ"])
def test_a_name_that_would_confuse_the_log_is_refused(world: World, name: str) -> None:
    """Nobody signs decisions as the written policy, and the link stays good for another try."""
    browser, token = world.visitor(), token_of(world)
    assert enter(browser, token, name) == 409
    assert enter(browser, token, "Mira") == 303


def test_names_keep_their_script_and_lose_their_controls() -> None:
    """Any script is a name; line breaks and direction overrides are not."""
    assert clean_name(" ليلى\u202e\nحداد ") == "ليلىحداد"
    assert clean_name("Zoë " + "x" * 200).startswith("Zoë x")
    assert len(clean_name("x" * 200)) == 80
    with pytest.raises(SignInFailed):
        clean_name("\u200b")


def test_the_cookie_is_closed_to_scripts_and_other_sites(world: World) -> None:
    """HttpOnly and SameSite=Lax always; Secure when the site is reached over https."""
    cookie = world.visitor().post("/sign-in", data={"token": token_of(world), "name": "Mira"}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_behind_a_public_https_address(tmp_path: Path) -> None:
    """A proxy ends TLS, so the configured address counts."""
    world = make_world(tmp_path, public_url="https://mail.example.org")
    answer = world.visitor().post("/sign-in", data={"token": token_of(world), "name": "Mira"})
    assert "Secure" in answer.headers["set-cookie"]
    world.store.close()


def test_a_session_ends_after_its_hours(world: World) -> None:
    """Twelve hours later the person has to come in again."""
    browser = world.person()
    world.clock.forward(hours=11)
    assert browser.get("/").status_code == 200
    world.clock.forward(hours=2)
    assert browser.get("/").status_code == 401


def test_signing_out_ends_the_session_for_copies_too(world: World) -> None:
    """A stolen cookie is worth nothing after its owner has left."""
    browser = world.person()
    stolen = dict(browser.cookies)
    csrf = re.search(r'name="csrf" value="(\w+)"', browser.get("/").text)
    assert csrf
    assert browser.post("/sign-out", data={"csrf": csrf[1]}).status_code == 303
    thief = world.visitor(browser.app)  # type: ignore[arg-type]
    thief.cookies.update(stolen)
    assert thief.get("/").status_code == 401


def test_a_forged_cookie_is_no_session(world: World) -> None:
    """One changed character, or another installation's secret, and the cookie is void."""
    session = Gate(b"another secret" * 3, 12, world.clock)
    forged = session.enter(session.sign_in_link("").rpartition("/")[2], "Eve", "")
    browser = world.visitor()
    browser.cookies.set(world.gate.cookie_name, session.cookie_of(forged))
    assert browser.get("/").status_code == 401
