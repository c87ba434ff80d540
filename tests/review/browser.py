"""Chromium against the real application on a real port; `take_pictures` also fills docs/ (see pictures.py)."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.review.factories import World

ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)
WIDE, NARROW = 1280, 390


@contextmanager
def served(world: World) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(world.app(), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 15
        while not server.started and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One person's browser. `strays` are requests that left the host, `complaints` what the console said."""

    page: Page
    context: BrowserContext
    strays: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def sign_in(world: World, browser: Browser, base: str, width: int = WIDE, dark: bool = False) -> Visit:
    """Opens a one-time link, says a name, and comes to the queue."""
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
    visit = Visit(context.new_page(), context)

    def watch(request: Request) -> None:
        if not request.url.startswith((base, "data:")):
            visit.strays.append(request.url)

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(message.text)

    context.on("request", watch)
    visit.page.on("console", listen)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.goto(world.gate.sign_in_link(base))
    visit.page.get_by_label("Your name").fill("Mira Kaya")
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.wait_for_url(f"{base}/")
    return visit


def take_pictures(world: World, browser: Browser, folder: Path, review_id: int) -> list[Path]:
    """The four pages, wide and narrow, light and dark: `queue-wide-light.png` and so on."""
    paths = {
        "queue": "/",
        "review": f"/reviews/{review_id}",
        "conversations": "/conversations",
        "mailboxes": "/mailboxes",
    }
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with served(world) as base:
        for width, dark in ((w, d) for w in (WIDE, NARROW) for d in (False, True)):
            visit = sign_in(world, browser, base, width, dark)
            for name, path in paths.items():
                visit.page.goto(base + path)
                file = folder / f"{name}-{'wide' if width == WIDE else 'narrow'}-{'dark' if dark else 'light'}.png"
                visit.page.screenshot(path=file)
                taken.append(file)
            visit.context.close()
    return taken
