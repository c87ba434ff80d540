"""One request to an identity provider (RFC 6749 section 4, RFC 8628), and what its answers mean.

Bounded in time and size, no redirect followed: secrets go to the named host alone, and appear in no message.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
from pydantic import FiniteFloat, ValidationError

from models.errors import ConfigurationError, MailLoginFailed, MailServerUnreachable
from models.oauth2 import OAuth2
from models.record import Record

MOST_BYTES = 100_000
"""An answer with two tokens has 5 kB."""
PASSING = {"temporarily_unavailable", "server_error", "slow_down"}
SIGN_IN_AGAIN = {"invalid_grant", "interaction_required", "consent_required", "login_required"}


class Answer(Record):
    """Fields of RFC 6749 section 5 and RFC 8628 section 3.2; what else a provider sends is left out."""

    access_token: str = ""
    expires_in: FiniteFloat = 0.0
    refresh_token: str = ""
    device_code: str = ""
    user_code: str = ""
    verification_uri: str = ""
    interval: FiniteFloat = 5.0
    error: str = ""
    error_description: str = ""


def post(oauth2: OAuth2, url: str, form: Mapping[str, str]) -> Answer:
    """The provider's answer, an error of the protocol included: `checked` raises it.

    Raises MailServerUnreachable for whatever may pass, ConfigurationError.
    """
    host = urlsplit(url).hostname or url
    fields = {"client_id": oauth2.client_id, **form}
    if oauth2.client_secret is not None:
        fields["client_secret"] = oauth2.client_secret.read(f"the client secret for {host}")
    status, body = _exchange(oauth2, url, host, fields)
    if status >= 500 or status == 429:
        raise MailServerUnreachable(f"{host} answered {status} to the request for a token: try again later")
    if 300 <= status < 400:
        raise ConfigurationError(f"{host} answered {status} and points elsewhere, which is not followed: check the URL")
    answer = _read(body)
    if answer is None or not (answer.error or status < 300):
        raise MailServerUnreachable(f"{host} answered {status} with something else than a token: check the URL")
    return answer.model_copy(update={"error_description": _discreet(answer.error_description, fields)})


def checked(oauth2: OAuth2, url: str, answer: Answer, user: str) -> Answer:
    """The answer, if it is no error. Raises MailLoginFailed with what to do, MailServerUnreachable."""
    if not answer.error:
        return answer
    host = urlsplit(url).hostname or url
    code = "".join(c for c in answer.error if c.isalnum() or c in "_-")[:60]
    said = f"({code}{': ' if answer.error_description else ''}{answer.error_description})"
    if code in PASSING:
        raise MailServerUnreachable(f"{host} cannot give a token now: try again later {said}")
    if code in SIGN_IN_AGAIN and oauth2.grant == "refresh_token":
        raise MailLoginFailed(
            f"{host} no longer accepts the sign-in of {user!r}: sign in again with `mailstage sign-in` {said}"
        )
    raise MailLoginFailed(f"{host} gives no token for {user!r}: check client_id, client_secret and scope {said}")


def _exchange(oauth2: OAuth2, url: str, host: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
    """The caller may stand on an event loop of its own, so the request gets one in a thread."""
    with ThreadPoolExecutor(1, "token-request") as thread:
        return thread.submit(asyncio.run, _answer_in_time(oauth2, url, host, fields)).result()


async def _answer_in_time(oauth2: OAuth2, url: str, host: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
    """One deadline for all of it: httpx2's own time-outs begin anew with every byte that drips in."""
    try:
        async with asyncio.timeout(oauth2.timeout):
            return await _asked(oauth2, url, host, fields)
    except TimeoutError as error:
        raise MailServerUnreachable(f"{host} did not answer within {oauth2.timeout:g} s: try again later") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        why = " ".join(str(error).split())[:200]
        raise MailServerUnreachable(f"{host} cannot be reached for a token: check network and URL ({why})") from error


async def _asked(oauth2: OAuth2, url: str, host: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
    body = b""
    async with (
        httpx2.AsyncClient(timeout=None, follow_redirects=False, verify=_context(oauth2)) as client,
        client.stream("POST", url, data=dict(fields), headers=_HEADERS) as response,
    ):
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise MailServerUnreachable(f"{host} sends an answer without an end: check token_url")
        return response.status_code, body


_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


def _context(oauth2: OAuth2) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(oauth2.ca_file) if oauth2.ca_file else None)
    except OSError as error:
        raise ConfigurationError(f"{oauth2.ca_file} cannot be used as ca_file: {error}") from error


def _read(body: bytes) -> Answer | None:
    """None for what is no answer of the protocol. Some providers send numbers as text."""
    try:
        data = json.loads(body)
        if not isinstance(data, dict):
            return None
        known = {name: data[name] for name in Answer.model_fields if data.get(name) is not None}
        if "verification_url" in data:  # Google's older spelling
            known.setdefault("verification_uri", data["verification_url"])
        return Answer.model_validate(known)
    except (ValueError, ValidationError, RecursionError):
        return None


def _discreet(text: str, fields: Mapping[str, str]) -> str:
    """One short line in which none of the secrets stands, even where a provider repeats them."""
    for name in ("client_secret", "refresh_token", "device_code", "code", "code_verifier"):
        if secret := fields.get(name):
            text = text.replace(secret, "…")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
