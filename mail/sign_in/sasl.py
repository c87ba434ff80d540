"""Signing in with an access token: XOAUTH2 (Google's and Microsoft's own) and OAUTHBEARER (RFC 7628).

A server that refuses the token first says why, as JSON in a challenge, and waits for one more line before it fails.
"""

import json
from collections.abc import Collection

from models.errors import ConfigurationError
from models.oauth2 import Mechanism, OAuth2
from models.settings import MailServer

KVSEP = "\x01"


class BearerToken:
    """One sign-in: called with each challenge, it gives the bytes of the response."""

    def __init__(self, server: MailServer, token: str, mechanism: Mechanism) -> None:
        if any(not c.isprintable() for c in server.user + token):
            raise ConfigurationError(f"user or token of {server.host} holds a control character: correct it")
        self.mechanism = mechanism
        self.why = ""
        """What the server said when it refused the token; empty as long as it has not."""
        self._responses = [self._first(server, token), self._last()]

    def __call__(self, challenge: bytes | None = None) -> bytes:
        """Raises ValueError for a server that goes on asking."""
        if not self._responses:
            raise ValueError("the server goes on asking after it has refused the token")
        if len(self._responses) == 1:
            self.why = _reason(challenge or b"")
        return self._responses.pop(0)

    def _first(self, server: MailServer, token: str) -> bytes:
        if self.mechanism is Mechanism.XOAUTH2:
            return f"user={server.user}{KVSEP}auth=Bearer {token}{KVSEP}{KVSEP}".encode()
        user = server.user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 section 4
        fields = (f"n,a={user},", f"host={server.host}", f"port={server.port}", f"auth=Bearer {token}", "", "")
        return KVSEP.join(fields).encode()

    def _last(self) -> bytes:
        """An empty line for XOAUTH2, a separator alone for OAUTHBEARER (RFC 7628 section 3.2.3)."""
        return b"" if self.mechanism is Mechanism.XOAUTH2 else KVSEP.encode()


def mechanism(server: MailServer, offered: Collection[str]) -> Mechanism:
    """Which of the two to use; `offered` are the names of the server's mechanisms, upper case."""
    wanted = server.oauth2.mechanism if isinstance(server.oauth2, OAuth2) else Mechanism.AUTO
    if wanted is not Mechanism.AUTO:
        return wanted
    bearer_alone = "OAUTHBEARER" in offered and "XOAUTH2" not in offered
    return Mechanism.OAUTHBEARER if bearer_alone else Mechanism.XOAUTH2


def _reason(challenge: bytes) -> str:
    """`status` of the JSON, such as `invalid_token` or `401`; what else may stand there concerns no log."""
    try:
        said = json.loads(challenge)
    except (ValueError, RecursionError):
        return "token refused"
    status = said.get("status") if isinstance(said, dict) else None
    text = str(status or "token refused")[:100]
    return "".join(c if c.isprintable() else " " for c in text)
