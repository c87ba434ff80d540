"""Who may enter: one-time links, signed sessions and the tokens that guard every form.

There are no passwords. Whoever can read the terminal of `mailstage serve` may open a link, and says there who they are.
Links are signed, so `mailstage link` can make one in another process; that each works once is remembered here and in
the audit log, which outlives a restart.
"""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from models.errors import ApprovalError

LINK_LIFETIME = timedelta(minutes=15)
MAX_FAILURES = 10
"""Wrong links from one address within LINK_LIFETIME, after which it has to wait; 256 bits are safe without it."""
MAX_NAME = 80
RESERVED_NAMES = frozenset({"policy", "mailstage", "mailstage.toml"})
"""Names that Mailstage itself signs with; a person of that name would look like the written policy."""


class SignInFailed(ApprovalError):
    """The link is wrong, used or too old, or the name cannot be taken."""


@dataclass(frozen=True)
class Session:
    """A signed-in person. `csrf` must come back with every form; `until` is when they must sign in again."""

    id: str
    name: str
    csrf: str
    until: datetime


@dataclass
class Gate:
    """Makes and checks links, sessions and sealed notes with one secret (32 bytes or more)."""

    secret: bytes
    session_hours: int
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _spent: dict[str, datetime] = field(default_factory=dict)
    _left: dict[str, datetime] = field(default_factory=dict)
    _failures: dict[str, list[datetime]] = field(default_factory=dict)

    def sign_in_link(self, base_url: str) -> str:
        """A link that lets one person in, once, within 15 minutes."""
        until = (self.clock() + LINK_LIFETIME).timestamp()
        token = self._signer("link").dumps([secrets.token_urlsafe(32), int(until)])
        return f"{base_url.rstrip('/')}/sign-in/{token}"

    def check_link(self, token: str, address: str) -> str:
        """The digest of a link that still works, under which it is remembered once used. Raises SignInFailed."""
        self._refuse_guessing(address)
        digest = hashlib.sha256(token.encode()).hexdigest()
        values = self._open("link", token)
        if not values or self._expired(values[1]) or digest in self._spent:
            self._failures.setdefault(address, []).append(self.clock())
            raise SignInFailed("This link has been used already, or is too old.")
        return digest

    def enter(self, token: str, name: str, address: str) -> Session:
        """Spends the link and opens a session. Raises SignInFailed."""
        digest = self.check_link(token, address)
        name = clean_name(name)
        self._spent = {key: at for key, at in self._spent.items() if at > self.clock()}
        self._spent[digest] = self.clock() + LINK_LIFETIME
        return self._session(secrets.token_urlsafe(16), name, self.clock() + timedelta(hours=self.session_hours))

    def _session(self, key: str, name: str, until: datetime) -> Session:
        csrf = hmac.new(self.secret, b"csrf:" + key.encode(), hashlib.sha256).hexdigest()
        return Session(key, name, csrf, until)

    def cookie_of(self, session: Session) -> str:
        return str(self._signer("session").dumps([session.id, session.name, int(session.until.timestamp())]))

    def session_of(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it is forged, expired or signed out."""
        values = self._open("session", cookie)
        if not values or self._expired(values[2]) or values[0] in self._left:
            return None
        return self._session(values[0], values[1], datetime.fromtimestamp(values[2], UTC))

    def leave(self, session: Session) -> None:
        """Signs out: a copy of the cookie is worth nothing from now on."""
        self._left = {key: until for key, until in self._left.items() if until > self.clock()}
        self._left[session.id] = session.until

    def seal(self, text: str) -> str:
        """A note for the next page, which nobody else can write."""
        return str(self._signer("note").dumps([text]))

    def unseal(self, sealed: str) -> str:
        values = self._open("note", sealed)
        return str(values[0]) if values else ""

    @property
    def cookie_name(self) -> str:
        """Differs between installations: browsers share cookies between the ports of one host."""
        return "mailstage_" + hashlib.sha256(b"cookie:" + self.secret).hexdigest()[:8]

    def _refuse_guessing(self, address: str) -> None:
        since = self.clock() - LINK_LIFETIME
        self._failures = {who: recent for who, at in self._failures.items() if (recent := [t for t in at if t > since])}
        if len(self._failures.get(address, ())) >= MAX_FAILURES:
            raise SignInFailed("Too many links that do not work were tried from here. Wait a quarter of an hour.")

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self.secret, salt=f"mailstage {purpose}", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def _open(self, purpose: str, sealed: str) -> list[Any] | None:
        try:
            return list(self._signer(purpose).loads(sealed))
        except BadSignature:
            return None

    def _expired(self, until: int) -> bool:
        return self.clock().timestamp() >= until


def clean_name(name: str) -> str:
    """A display name for the audit log, without invisible or control characters. Raises SignInFailed."""
    shown = "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char)[0] != "C")
    shown = " ".join(shown.split())[:MAX_NAME]
    if not shown:
        raise SignInFailed("Please say who you are: your name goes into the log of decisions.")
    if shown.casefold() in RESERVED_NAMES:
        raise SignInFailed(f"{shown} is a name that Mailstage signs with itself. Please use your own.")
    return shown
