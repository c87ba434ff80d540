"""The pages in a real browser: keyboard, narrow screens, dark mode, and no word to anybody outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ml.small.manifest import PAGE
from ml.small.training import train
from models.review import Outcome
from tests.ml.small.factories import labelled
from tests.review.browser import NARROW, WIDE, chromium, served, sign_in, take_pictures
from tests.review.factories import World, lose_sending
from tests.review.scenes import fill

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_a_morning_is_worked_through_by_keyboard(world: World, browser: Browser) -> None:
    """j and Enter open, `a` and Enter approve, and the next one follows with a word about the last."""
    review = fill(world)
    with served(world) as base:
        visit = sign_in(world, browser, base)
        page = visit.page
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{base}/reviews/{review.id}")
        page.keyboard.press("a")
        assert page.evaluate("document.activeElement.textContent") == "Approve and send"
        assert not world.decided
        page.keyboard.press("Enter")
        page.get_by_text("Approved the reply to Ada Lindqvist.").wait_for()
        assert world.decided[0].outcome is Outcome.APPROVED
        page.wait_for_load_state()  # the word stands there before the page listens to keys
        page.keyboard.press("u")
        page.wait_for_url(f"{base}/")
        visit.context.close()
    assert visit.complaints == []
    assert visit.strays == []


@pytest.mark.parametrize(("width", "dark"), [(400, False), (400, True), (1280, False)])
def test_the_training_report_fits_a_phone(tmp_path: Path, browser: Browser, width: int, dark: bool) -> None:
    """Nothing but the matrix is wider than the screen, and that lies in a frame which says so."""
    train(labelled(30, foreign=30), tmp_path)
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto((tmp_path / PAGE).as_uri())
    assert not is_wider_than_its_window(page)
    wide = page.evaluate(
        "[...document.querySelectorAll('.scroll:has(.rows)')].filter(e => e.scrollWidth > e.clientWidth)"
    )
    assert wide == []
    assert page.get_by_text("it scrolls sideways").is_visible() is (width == 400)
    context.close()


def test_an_edit_shows_its_difference_while_it_is_typed(world: World, browser: Browser) -> None:
    """`e` opens the editor; letters typed there are letters, not commands."""
    review = fill(world)
    with served(world) as base:
        visit = sign_in(world, browser, base)
        page = visit.page
        page.goto(f"{base}/reviews/{review.id}")
        page.keyboard.press("e")
        page.keyboard.type("are ")
        page.locator("#difference ins").wait_for()
        assert "are" in page.locator("#difference ins").first.inner_text()
        assert not page.get_by_role("button", name="Show what I changed").is_visible()
        page.get_by_role("button", name="Send my wording").click()
        page.get_by_text("Approved your wording of the reply").wait_for()
        assert (world.decided[0].body or "").startswith("are Dear Ada,")
        visit.context.close()
    assert visit.complaints == []


def test_a_rejection_waits_for_its_reason(world: World, browser: Browser) -> None:
    """`r` opens the field; without a reason the browser does not send the form."""
    review = fill(world)
    with served(world) as base:
        visit = sign_in(world, browser, base)
        page = visit.page
        page.goto(f"{base}/reviews/{review.id}")
        page.keyboard.press("r")
        page.get_by_role("button", name="Reject the reply").click()
        assert page.url == f"{base}/reviews/{review.id}"
        page.keyboard.type("wrong machine")
        page.get_by_role("button", name="Reject the reply").click()
        page.get_by_text("Rejected the reply").wait_for()
        assert world.decided[0].reason == "wrong machine"
        visit.context.close()


def test_the_keys_are_explained(world: World, browser: Browser) -> None:
    """`?` opens the list, Escape closes it."""
    with served(world) as base:
        visit = sign_in(world, browser, base)
        visit.page.keyboard.press("?")
        assert visit.page.get_by_role("dialog").is_visible()
        visit.page.keyboard.press("Escape")
        assert not visit.page.get_by_role("dialog").is_visible()
        visit.context.close()


def test_a_formatted_mail_loads_nothing_from_elsewhere(world: World, browser: Browser) -> None:
    """The tracking pixel of the mail is never asked for."""
    review = fill(world)
    with served(world) as base:
        visit = sign_in(world, browser, base)
        visit.page.goto(f"{base}/reviews/{review.id}")
        visit.page.get_by_text("As it was formatted").click()
        frame = visit.page.frame_locator("iframe").first
        frame.get_by_text("A picture from elsewhere").wait_for()
        visit.context.close()
    assert visit.strays == []
    assert visit.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, NARROW, WIDE])
def test_no_page_is_wider_than_its_window(world: World, browser: Browser, width: int, dark: bool) -> None:
    """Every kind of review and every list, with no complaint in the console and no request that leaves the host."""
    fill(world)
    lose_sending(world)
    paths = ["/", "/conversations", "/conversations/1", "/mailboxes", "/mailboxes/promote?mailbox=office"]
    with served(world) as base:
        visit = sign_in(world, browser, base, width, dark)
        for path in [*paths, *(f"/reviews/{number}" for number in range(1, 9))]:
            visit.page.goto(base + path)
            assert not is_wider_than_its_window(visit.page), path
        visit.context.close()
    assert visit.strays == []
    assert visit.complaints == []


def test_dark_mode_follows_the_system(world: World, browser: Browser) -> None:
    """Light ink on dark paper."""
    with served(world) as base:
        shades = {}
        for dark in (False, True):
            visit = sign_in(world, browser, base, dark=dark)
            shades[dark] = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
            visit.context.close()
    assert shades == {False: "rgb(245, 246, 243)", True: "rgb(16, 21, 19)"}


def test_the_pages_work_without_scripts(world: World, browser: Browser) -> None:
    """Signing in, looking at an edit's difference, and sending it."""
    review = fill(world)
    with served(world) as base:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(world.gate.sign_in_link(base))
        page.get_by_label("Your name").fill("Mira Kaya")
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{base}/reviews/{review.id}")
        page.locator("summary", has_text="Edit").click()
        page.get_by_label("Your wording").fill("Dear Ada, we call you.")
        page.get_by_role("button", name="Show what I changed").click()
        assert "call" in page.locator("#difference ins").inner_text()
        page.get_by_role("button", name="Send my wording").click()
        page.get_by_text("Approved your wording of the reply").wait_for()
        assert world.decided[0].body == "Dear Ada, we call you."
        context.close()


def test_pictures_of_the_four_pages(world: World, browser: Browser, tmp_path: Path) -> None:
    """Wide and narrow, light and dark: sixteen files."""
    review = fill(world)
    taken = take_pictures(world, browser, tmp_path / "pictures", review.id)
    assert len(taken) == 16
    assert all(file.stat().st_size > 5_000 for file in taken)
