"""Access tokens for signing in: kept until shortly before they expire, refreshed when a server refuses one.

IMAP and SMTP of a mailbox, all threads and all processes share them through one file (`token_file`).
"""

import hashlib
import time
from collections.abc import Callable, Iterator

from mail.sign_in.identity import Answer, checked, post
from mail.sign_in.token_file import TokenFile, Tokens
from models.errors import MailLoginFailed
from models.oauth2 import Grant, OAuth2
from models.settings import MailServer

RENEW_BEFORE = 120.0
"""Seconds; a token must outlive the sign-in that it is for."""
UNKNOWN_LIFE = 300.0
"""Seconds for a token whose provider does not say how long it lives."""
LONGEST_LIFE = 86_400.0
Clock = Callable[[], float]


def with_token(server: MailServer, sign_in: Callable[[str], None], clock: Clock = time.time) -> None:
    """Calls `sign_in` with a token, and once more with a new one when it raises MailLoginFailed.

    Raises as `access_token` and `sign_in` do.
    """
    assert server.oauth2 is not None
    if not isinstance(server.oauth2, OAuth2):
        sign_in(server.oauth2.read(f"the access token for {server.host}"))
        return
    token = access_token(server.oauth2, server.user, clock=clock)
    try:
        sign_in(token)
    except MailLoginFailed:
        sign_in(access_token(server.oauth2, server.user, refused=token, clock=clock))


def access_token(oauth2: OAuth2, user: str, refused: str = "", clock: Clock = time.time) -> str:
    """A token that is good for a while, and that is not the one a server has just refused.

    Raises MailLoginFailed when the provider says no, MailServerUnreachable when it does not answer, ConfigurationError.
    """
    file = TokenFile(oauth2.file(user))
    with file.locked(seconds=3 * oauth2.timeout):
        kept = file.read()
        # another thread may have asked while this one waited for the lock
        if kept.access_token not in ("", refused) and kept.obtained <= clock() < kept.renew_at:
            return kept.access_token
        fresh = _refreshed(oauth2, user, kept, clock)
        file.write(fresh)
        return fresh.access_token


def keep(oauth2: OAuth2, user: str, answer: Answer, clock: Clock = time.time) -> None:
    """Keeps what a sign-in has brought, in place of what was there."""
    file = TokenFile(oauth2.file(user))
    with file.locked(seconds=3 * oauth2.timeout):
        file.write(_tokens(answer, "", _seed(oauth2), clock))


def token_state(oauth2: OAuth2, user: str, clock: Clock = time.time) -> str:
    """For a person: whether a token is kept and how long it lasts. Contacts nobody."""
    kept = TokenFile(oauth2.file(user)).read()
    if kept.access_token and kept.expires > clock():
        return f"a token that lasts {_minutes(kept.expires - clock())}, renewed by itself"
    if oauth2.grant is Grant.CLIENT_CREDENTIALS or kept.refresh_token or oauth2.refresh_token:
        return "no token yet, one is obtained at the next sign-in"
    return "never signed in: run `mailstage sign-in`"


def _refreshed(oauth2: OAuth2, user: str, kept: Tokens, clock: Clock) -> Tokens:
    if oauth2.grant is Grant.CLIENT_CREDENTIALS:
        answer = post(oauth2, oauth2.token_url, {"grant_type": oauth2.grant, "scope": oauth2.scope})
        return _tokens(checked(oauth2, oauth2.token_url, answer, user), "", "", clock)
    candidates = list(_candidates(oauth2, user, kept))
    if not candidates:
        raise MailLoginFailed(f"nobody has signed in as {user!r} yet: run `mailstage sign-in MAILBOX` once")
    answer, used = Answer(), ""
    for used in candidates:
        form = {"grant_type": oauth2.grant, "refresh_token": used}
        answer = post(oauth2, oauth2.token_url, form | ({"scope": oauth2.scope} if oauth2.scope else {}))
        if answer.error != "invalid_grant":
            break
    return _tokens(checked(oauth2, oauth2.token_url, answer, user), used, _seed(oauth2), clock)


def _candidates(oauth2: OAuth2, user: str, kept: Tokens) -> Iterator[str]:
    """Refresh tokens worth a try, the likeliest first: one in the settings counts anew once it has been changed."""
    configured = oauth2.refresh_token.read(f"the refresh token of {user}") if oauth2.refresh_token else ""
    tokens = [kept.refresh_token, configured]
    if kept.seed != _seed(oauth2):
        tokens.reverse()
    yield from dict.fromkeys(token for token in tokens if token)


def _seed(oauth2: OAuth2) -> str:
    configured = oauth2.refresh_token.read("the refresh token") if oauth2.refresh_token else ""
    return hashlib.sha256(configured.encode()).hexdigest() if configured else ""


def _tokens(answer: Answer, used: str, seed: str, clock: Clock) -> Tokens:
    """A provider that does not rotate sends no refresh token: then the one that was used stays good."""
    if not answer.access_token:
        raise MailLoginFailed("the identity provider answered without an access token: check scope and token_url")
    now, life = clock(), min(answer.expires_in, LONGEST_LIFE) if answer.expires_in > 0 else UNKNOWN_LIFE
    return Tokens(
        access_token=answer.access_token,
        obtained=now,
        renew_at=now + life - min(RENEW_BEFORE, life / 5),
        expires=now + life,
        refresh_token=answer.refresh_token or used,
        seed=seed,
    )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"
