"""The reviewer UI as a process: a sign-in link at the start, decisions carried out, approved replies sent."""

import secrets
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from cli.engine import announce
from cli.show import console
from mail.text.sanitizing import safe_html
from models.campaign import Together
from models.errors import ConfigurationError, MailstageError
from models.review import EVERY_MAILBOX, Decision
from models.settings import Settings
from review.auth import Gate
from store.reviews import get_review
from tasks.decide import decide_together
from tasks.deliver import deliver_replies
from tasks.progress import log
from tasks.workplace import Workplace

KEY_BYTES = 32


class Desk:
    """Carries out what reviewers decide, and delivers in the background: nobody waits for SMTP in a browser."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self._due: set[str] = set()
        self._wake = threading.Event()
        self._stop = False
        self._thread = threading.Thread(target=self._deliver, name="delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Lets a running delivery end in order."""
        self._stop = True
        self._wake.set()
        self._thread.join(timeout=60)

    def decide(self, decision: Decision, others: Sequence[Decision] = ()) -> Together:
        review = get_review(self.place.store, decision.review_id)
        done = decide_together(self.place, decision, others)
        if review.mailbox == EVERY_MAILBOX:
            return done  # a new model sends nothing; the next run of each mailbox loads it
        for decided in done.decided:
            announce(review.mailbox, decided)
        self._due.add(review.mailbox)
        self._wake.set()
        return done

    def _deliver(self) -> None:
        while not self._stop:
            self._wake.wait()
            self._wake.clear()
            while self._due:
                mailbox = self._due.pop()
                try:
                    deliver_replies(self.place, mailbox)
                except MailstageError as error:
                    # the reply stays in the outbox; the next run sends it
                    log.warning("mailbox=%s step=delivering error=%s", mailbox, error)
                except Exception:  # the thread must live on for the next decision
                    log.exception("mailbox=%s step=delivering", mailbox)


def session_secret(data: Path) -> bytes:
    """Signs the session cookies; made once, readable by the owner alone."""
    file = data / "session.key"
    try:
        key = file.read_bytes() if file.exists() else b""
        if len(key) < KEY_BYTES:  # missing, or cut off by a crash: an empty key would let anybody sign in
            key = secrets.token_bytes(KEY_BYTES)
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = file.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_bytes(key)
            draft.replace(file)
        return key
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read or written: {error.strerror}") from error


def open_gate(settings: Settings) -> tuple[Gate, str]:
    """The gate of the reviewer UI, and the address that its links start with."""
    review = settings.review
    gate = Gate(session_secret(settings.data), review.session_hours)
    return gate, review.public_url or f"http://{review.host}:{review.port}"


def serve_until_interrupted(place: Workplace, host: str | None = None, port: int | None = None) -> None:
    """Listens until Ctrl-C. Raises ConfigurationError when the port is taken."""
    import uvicorn

    from review.app import create_app

    review = place.settings.review
    host, port = host or review.host, review.port if port is None else port
    listener = _listen(host, port)
    settings = place.settings.model_copy(
        update={"review": review.model_copy(update={"host": host, "port": listener.getsockname()[1]})}
    )
    gate, base = open_gate(settings)
    desk = Desk(place)
    app = create_app(store=place.store, settings=settings, decide=desk.decide, safe_html=safe_html, gate=gate)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    desk.start()
    console.print(f"Reviewer UI: [bold]{gate.sign_in_link(base)}[/]", soft_wrap=True)
    console.print("[dim]The link works once. Enter prints another, Ctrl-C ends.[/]")
    _print_links_on_enter(gate, base)
    try:
        server.run(sockets=[listener])
    finally:
        desk.stop()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"cannot listen on {host}:{port} ({reason}): choose another with --port") from error
    return listener


def _print_links_on_enter(gate: Gate, base: str) -> None:
    if not sys.stdin.isatty():
        return

    def listen() -> None:
        for _ in sys.stdin:
            console.print(f"Reviewer UI: [bold]{gate.sign_in_link(base)}[/]", soft_wrap=True)

    threading.Thread(target=listen, name="links", daemon=True).start()
