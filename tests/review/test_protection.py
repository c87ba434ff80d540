"""What every request must pass and every answer must carry."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, APIRouter

from models.campaign import Together
from models.errors import StoreUnavailable
from models.review import Decision
from review import conversations, deciding, mailboxes, messages, one, queue
from tests.review.factories import ORIGIN, World, ask_reply, form_of, make_world

PRIVATE = [
    ("GET", "/"),
    ("GET", "/reviews/1"),
    ("POST", "/reviews/1"),
    ("POST", "/reviews/1/difference"),
    ("GET", "/messages/1/html"),
    ("GET", "/messages/1/text"),
    ("GET", "/messages/1/original"),
    ("GET", "/conversations"),
    ("GET", "/conversations/1"),
    ("GET", "/mailboxes"),
    ("GET", "/mailboxes/promote?mailbox=support"),
    ("POST", "/mailboxes/promote"),
    ("POST", "/mailboxes/demote"),
    ("POST", "/mailboxes/pause"),
    ("POST", "/mailboxes/resume"),
    ("POST", "/sign-out"),
]


def test_the_list_of_private_pages_is_complete() -> None:
    """A page that is added must be added to the list above, and so is tested."""
    rooms = (queue, one, deciding, messages, conversations, mailboxes)
    real = {(method, route) for room in rooms for route, method in routes_of(room.router)}
    listed = {(method, re.sub(r"\d+", "#", path.partition("?")[0])) for method, path in PRIVATE}
    assert listed - {("POST", "/sign-out")} == real


def routes_of(router: APIRouter) -> Iterator[tuple[str, str]]:
    for route in router.routes:
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            yield re.sub(r"{\w+}", "#", route.path), method


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_every_page_needs_a_session(world: World, method: str, path: str) -> None:
    """A stranger is told how to get a link, and sees nothing else."""
    ask_reply(world, subject="A secret")
    answer = world.visitor().request(method, path)
    assert answer.status_code == 401
    assert "mailstage serve" in answer.text
    assert "mailstage link" in answer.text
    assert "A secret" not in answer.text


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p in PRIVATE if m == "POST"])
def test_every_form_needs_the_token_of_its_session(world: World, method: str, path: str) -> None:
    """Without it, or with that of another session, nothing happens."""
    ask_reply(world)
    browser = world.person()
    for csrf in ("", "0" * 64):
        assert browser.request(method, path, data={"csrf": csrf, "mailbox": "support"}).status_code == 403
    assert not world.decided


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
def test_a_form_from_another_site_is_refused(world: World, headers: dict[str, str]) -> None:
    """Even with the right token."""
    review = ask_reply(world)
    browser = world.person()
    fields = form_of(browser.get(f"/reviews/{review.id}").text) | {"answer": "approved"}
    assert browser.post(f"/reviews/{review.id}", data=fields, headers=headers).status_code == 403
    assert not world.decided


@pytest.mark.parametrize("headers", [{"origin": ORIGIN}, {"origin": "null", "sec-fetch-site": "same-origin"}, {}])
def test_a_form_from_here_is_accepted(world: World, headers: dict[str, str]) -> None:
    """Browsers say `null` for their own forms under no-referrer."""
    review = ask_reply(world)
    browser = world.person()
    fields = form_of(browser.get(f"/reviews/{review.id}").text) | {"answer": "approved"}
    assert browser.post(f"/reviews/{review.id}", data=fields, headers=headers).status_code == 303


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/healthz", "/static/style.css"])
def test_every_answer_carries_the_security_headers(world: World, path: str) -> None:
    """No inline script, no framing, no sniffing, no referrer."""
    headers = world.person().get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8433", "", "[::1", "127.0.0.1.evil.example"])
def test_an_unknown_host_is_refused(world: World, host: str) -> None:
    """A name that somebody points at this machine (DNS rebinding) gets nothing."""
    assert world.visitor().get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8433", "127.0.0.1", "[::1]:8433", "192.168.1.20", "mail.example.org"])
def test_own_hosts_and_addresses_are_fine(tmp_path: Path, host: str) -> None:
    """The configured name, localhost, and any literal address."""
    world = make_world(tmp_path, public_url="https://mail.example.org")
    assert world.visitor().get("/healthz", headers={"host": host}).status_code == 200
    world.store.close()


def test_a_huge_form_is_refused_unread(world: World) -> None:
    """Two megabytes are the end."""
    answer = world.person().post("/reviews/1", content=b"a" * 2_000_001)
    assert answer.status_code == 413


def test_an_incomplete_form_gets_a_page(world: World) -> None:
    """A field that is missing is said in words, not as JSON."""
    browser = world.person()
    csrf = re.search(r'name="csrf" value="(\w+)"', browser.get("/").text)
    assert csrf
    answer = browser.post("/mailboxes/demote", data={"csrf": csrf[1], "mailbox": "support", "phase": "seven"})
    assert answer.status_code == 400
    assert "not complete" in answer.text


def test_unknown_pages_and_rows_are_not_found(world: World) -> None:
    """404 with a friendly page."""
    browser = world.person()
    for path in ("/nothing", "/reviews/99", "/conversations/99", "/messages/99/html", "/mailboxes/promote?mailbox=x"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "<h1>That did not work</h1>" in answer.text


def test_a_defect_ends_in_a_page_with_all_headers(world: World) -> None:
    """Nothing of the defect is shown, and the page is as protected as any other."""

    def broken(_decision: Decision, _others: Sequence[Decision]) -> Together:
        raise ValueError("the password is 1234")

    review = ask_reply(world)
    browser = world.person(app=world.app(broken))
    fields = form_of(browser.get(f"/reviews/{review.id}").text) | {"answer": "approved"}
    answer = browser.post(f"/reviews/{review.id}", data=fields)
    assert answer.status_code == 500
    assert "1234" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_store_that_does_not_answer_is_said_in_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The health check fails, and pages say what to do."""
    browser = world.person()

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("the database does not work: check `data` in mailstage.toml")

    monkeypatch.setattr("store.database.Store.read", fail)
    assert browser.get("/healthz").status_code == 503
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "check `data`" in answer.text


def test_the_health_check_needs_no_session(world: World) -> None:
    """For a load balancer."""
    assert world.visitor().get("/healthz").json() == {"status": "ok"}


def test_a_broken_template_of_ones_own_is_named(tmp_path: Path) -> None:
    """The line says which file to mend."""
    world = make_world(tmp_path)
    pages = tmp_path / "own" / "pages"
    pages.mkdir(parents=True)
    (pages / "queue.html.j2").write_text("{{ nothing_of_the_kind }}")
    world.settings = world.settings.model_copy(update={"templates": tmp_path / "own"})
    answer = world.person().get("/")
    assert answer.status_code == 503
    assert "queue.html.j2" in answer.text
    world.store.close()
