"""How access tokens for a mailbox are obtained (RFC 6749), with what Google and Microsoft have in common filled in."""

from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Discriminator, Field, Tag, model_validator

from models.record import Record, canonical_hash
from models.secret import Secret


class Grant(StrEnum):
    REFRESH_TOKEN = "refresh_token"
    """A person has signed in once; the mailbox is used in their name."""
    CLIENT_CREDENTIALS = "client_credentials"
    """The application has been given the mailbox by an administrator (Microsoft 365)."""


class Mechanism(StrEnum):
    AUTO = "auto"
    """XOAUTH2, unless the server offers OAUTHBEARER alone."""
    XOAUTH2 = "xoauth2"
    OAUTHBEARER = "oauthbearer"


class OAuth2(Record):
    """Of one mailbox, for IMAP and SMTP alike. No host is contacted but those of the three URLs."""

    provider: Literal["google", "microsoft", ""] = ""
    """Fills in what is left empty below."""
    tenant: str = Field(default="organizations", pattern=r"^[A-Za-z0-9.-]+$")
    """Microsoft: id or domain of the directory; the application's own grant needs it."""
    grant: Grant = Grant.REFRESH_TOKEN
    client_id: str = Field(min_length=1)
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    """The first one, where you have it; else `mailstage sign-in` obtains it. Later ones are kept in `folder`."""
    scope: str = ""
    token_url: str = ""
    authorize_url: str = ""
    """Where a person signs in with a browser on this machine (RFC 8252)."""
    device_url: str = ""
    """Where a code is obtained that a person types in on any device (RFC 8628)."""
    mechanism: Mechanism = Mechanism.AUTO
    ca_file: Path | None = None
    timeout: float = Field(default=20.0, gt=0, le=120)
    """Seconds for one whole request."""
    folder: Path = Path("data/oauth2")
    """Of the files in which tokens are kept; always `oauth2` in the data folder."""

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = _KNOWN.get(data.get("provider", ""), {})
        own = data.get("grant") == Grant.CLIENT_CREDENTIALS
        preset = {name: text.format(tenant=data.get("tenant", "organizations")) for name, text in known.items()}
        if own and data.get("provider") == "microsoft":
            preset["scope"] = "https://outlook.office365.com/.default"
        return {**preset, **{name: value for name, value in data.items() if value != ""}}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.token_url:
            raise ValueError('oauth2 needs provider = "google" or "microsoft", or a token_url')
        for url in (self.token_url, self.authorize_url, self.device_url):
            if url and not _is_safe(url):
                raise ValueError(f"{url} must begin with https://: what is sent there is secret")
        if self.grant is Grant.CLIENT_CREDENTIALS and self.client_secret is None:
            raise ValueError("grant = 'client_credentials' needs a client_secret")
        if self.grant is Grant.CLIENT_CREDENTIALS and self.provider == "microsoft" and self.tenant in _SHARED_TENANTS:
            raise ValueError("grant = 'client_credentials' needs the tenant: the directory's id or domain")
        return self

    def file(self, user: str) -> Path:
        """Where the tokens of `user` are kept: the same for every server that is reached with the same grant."""
        grant = [self.token_url, self.client_id, self.grant, self.scope, user.lower()]
        return self.folder / f"{canonical_hash(grant)[:24]}.json"


_SHARED_TENANTS = ("organizations", "common", "consumers")
_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
# from the providers' own pages: "OAuth 2.0 mechanism" of Gmail's IMAP, "Authenticate an IMAP, POP or SMTP connection
# using OAuth" of Exchange Online. Google's device codes do not cover mail, so it has no device_url here.
_KNOWN: dict[str, dict[str, str]] = {
    "google": {
        "token_url": "https://oauth2.googleapis.com/token",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "scope": "https://mail.google.com/",
    },
    "microsoft": {
        "token_url": f"{_MICROSOFT}/token",
        "authorize_url": f"{_MICROSOFT}/authorize",
        "device_url": f"{_MICROSOFT}/devicecode",
        "scope": "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    },
}


def _is_safe(url: str) -> bool:
    """Encrypted, or to this very machine (a token proxy)."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _which(value: Any) -> str:
    if isinstance(value, Secret):
        return "secret"
    return "secret" if isinstance(value, dict) and value.keys() & {"env", "command"} else "oauth2"


TokenSource = Annotated[Annotated[Secret, Tag("secret")] | Annotated[OAuth2, Tag("oauth2")], Discriminator(_which)]
"""A secret that is an access token already (a program of yours prints it), or how to obtain one."""
