"""Access tokens: obtained, kept, refreshed, rotated, refused; against an identity provider that checks its forms."""

import base64
import json
import logging
import socket
import stat
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mail.imap.session import ImapSession
from mail.sign_in.device import sign_in_by_browser, sign_in_by_code
from mail.sign_in.oauth import access_token, keep, token_state
from mail.sign_in.token_file import TokenFile
from mail.smtp.sending import check
from models.errors import ConfigurationError, MailError, MailLoginFailed, MailServerUnreachable
from models.oauth2 import OAuth2
from models.secret import Secret
from models.settings import MailboxSettings, MailServer, Tls
from tests.dovecot import DovecotServer
from tests.identity_provider import (
    CLIENT_SECRET,
    REFRESH_VARIABLE,
    SECRET_VARIABLE,
    Failure,
    IdentityProvider,
    error,
)

USER = "support@example.com"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, CLIENT_SECRET)
    monkeypatch.setenv(REFRESH_VARIABLE, "refresh-0")


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(USER) as opened:
        yield opened


def test_a_token_is_kept_until_shortly_before_it_expires(provider: IdentityProvider, tmp_path: Path) -> None:
    """Sign-ins within the hour ask once; two minutes before the end a new token is fetched."""
    oauth2, now = provider.oauth2(tmp_path), 1_000_000.0
    first = access_token(oauth2, USER, clock=lambda: now)
    assert access_token(oauth2, USER, clock=lambda: now + 3_400) == first
    assert len(provider.asked) == 1
    assert access_token(oauth2, USER, clock=lambda: now + 3_500) != first
    assert [form["grant_type"] for form in provider.asked] == ["refresh_token"] * 2


def test_threads_share_one_refresh(provider: IdentityProvider, tmp_path: Path) -> None:
    """Twenty sign-ins at the same moment cost one request, with a provider that rotates none is thrown out."""
    provider.rotates = True
    oauth2 = provider.oauth2(tmp_path)
    with ThreadPoolExecutor(20) as pool:
        tokens = set(pool.map(lambda _: access_token(oauth2, USER), range(20)))
    assert len(tokens) == 1
    assert len(provider.asked) == 1


def test_a_rotated_refresh_token_is_kept_for_its_owner_alone(provider: IdentityProvider, tmp_path: Path) -> None:
    """The next refresh uses the new one; the file is closed to others, the settings stay as they are."""
    provider.rotates = True
    oauth2 = provider.oauth2(tmp_path / "oauth2")
    tokens = [access_token(oauth2, USER, clock=lambda n=n: n * 10_000.0) for n in range(1, 4)]  # type: ignore[misc]
    assert len(set(tokens)) == 3
    assert [form["refresh_token"] for form in provider.asked] == ["refresh-0", "refresh-1", "refresh-2"]
    assert stat.S_IMODE(oauth2.file(USER).stat().st_mode) == 0o600
    assert stat.S_IMODE(oauth2.folder.stat().st_mode) == 0o700


def test_a_refresh_token_that_was_replaced_in_the_settings_counts(
    provider: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After somebody has put in a new one by hand, the kept one, which may be dead, comes second."""
    oauth2 = provider.oauth2(tmp_path)
    access_token(oauth2, USER, clock=lambda: 1.0)
    provider.refresh_token = "refresh-by-hand"
    monkeypatch.setenv(REFRESH_VARIABLE, "refresh-by-hand")
    access_token(oauth2, USER, clock=lambda: 10_000.0)
    assert [form["refresh_token"] for form in provider.asked] == ["refresh-0", "refresh-by-hand"]


def test_an_application_signs_in_for_itself(provider: IdentityProvider, tmp_path: Path) -> None:
    """The client-credentials grant needs no refresh token and no person."""
    oauth2 = provider.oauth2(tmp_path, grant="client_credentials", refresh_token=None)
    assert access_token(oauth2, USER) in provider.valid
    assert provider.asked[0].keys() == {"client_id", "client_secret", "grant_type", "scope"}


TROUBLES = {
    "revoked": (error("invalid_grant", "expired"), MailLoginFailed, "mailstage sign-in"),
    "wrong client": (error("invalid_client"), MailLoginFailed, "client_id"),
    "wrong scope": (error("invalid_scope"), MailLoginFailed, "scope"),
    "busy": (error("temporarily_unavailable"), MailServerUnreachable, "try again later"),
    "broken": (Failure(500, b"oops"), MailServerUnreachable, "500"),
    "too many requests": (Failure(429), MailServerUnreachable, "429"),
    "no JSON": (Failure(200, b"<html>hello</html>"), MailServerUnreachable, "check the URL"),
    "JSON, no object": (Failure(200, b"[1]"), MailServerUnreachable, "check the URL"),
    "deep JSON": (Failure(200, b"[" * 90_000), MailServerUnreachable, "check the URL"),
    "no token": (Failure(200, b"{}"), MailLoginFailed, "access token"),
    "redirect": (Failure(302, b"", {"Location": "http://127.0.0.1:9/token"}), ConfigurationError, "not followed"),
    "endless": (Failure(200, b"x" * 200_000), MailServerUnreachable, "without an end"),
    "no number": (Failure(200, b'{"access_token": "a", "expires_in": NaN}'), MailServerUnreachable, "something else"),
    "cut": (Failure(200, b"{", {"Content-Length": "90"}), MailServerUnreachable, "cannot be reached"),
    "slow": (Failure(200, b"{}", seconds=1.0), MailServerUnreachable, "did not answer within 0.3 s"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_one_line_that_says_what_to_do(
    provider: IdentityProvider, tmp_path: Path, trouble: str
) -> None:
    """What may pass is `unreachable`, the rest names what to correct; and the next try may succeed."""
    failure, expected, words = TROUBLES[trouble]
    provider.failures = [failure]
    oauth2 = provider.oauth2(tmp_path, timeout=0.3 if trouble == "slow" else 5.0)
    with pytest.raises(expected) as caught:
        access_token(oauth2, USER)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert access_token(oauth2, USER) in provider.valid


def test_an_answer_that_drips_holds_the_tokens_no_longer_than_the_time_out(
    provider: IdentityProvider, tmp_path: Path
) -> None:
    """Each byte of it, headers included, comes in time; the lock is free again when the whole has taken too long."""
    provider.failures = [Failure(200, b" " * 5_000, drip=0.02)]
    oauth2, begun = provider.oauth2(tmp_path, timeout=0.5), time.monotonic()
    with pytest.raises(MailServerUnreachable, match=r"did not answer within 0\.5 s"):
        access_token(oauth2, USER)
    assert time.monotonic() - begun < 5
    assert access_token(provider.oauth2(tmp_path), USER) in provider.valid


def test_a_provider_that_is_down_is_unreachable(tmp_path: Path) -> None:
    """Nothing listens there; the mailbox is tried again later."""
    with IdentityProvider() as closed:
        oauth2 = closed.oauth2(tmp_path)
    with pytest.raises(MailServerUnreachable):
        access_token(oauth2, USER)


def test_no_secret_appears_in_a_message_or_in_the_log(
    provider: IdentityProvider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even when the provider repeats the token in its explanation, as this one does."""
    caplog.set_level(logging.DEBUG)
    oauth2 = provider.oauth2(tmp_path)
    token = access_token(oauth2, USER)
    provider.refresh_token = "another"
    with pytest.raises(MailLoginFailed) as caught:
        access_token(oauth2, USER, refused=token)
    kept = repr(TokenFile(oauth2.file(USER)).read())
    for secret in ("refresh-0", CLIENT_SECRET, token):
        assert secret not in str(caught.value) + caplog.text + kept


def test_a_folder_that_cannot_be_written_is_told_before_a_token_is_spent(
    provider: IdentityProvider, tmp_path: Path
) -> None:
    """A rotated token that cannot be kept would be lost."""
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigurationError, match="cannot be kept"):
        access_token(provider.oauth2(tmp_path / "file" / "oauth2"), USER)
    assert provider.asked == []


def test_a_torn_file_of_tokens_is_no_obstacle(provider: IdentityProvider, tmp_path: Path) -> None:
    """It is treated as empty, and the refresh token of the settings serves."""
    oauth2 = provider.oauth2(tmp_path)
    oauth2.file(USER).write_bytes(b'{"access_tok')
    assert access_token(oauth2, USER) in provider.valid


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client_id": "x"}, "token_url"),
        ({"client_id": "x", "token_url": "http://login.example/token"}, "https://"),
        ({"client_id": "x", "provider": "microsoft", "grant": "client_credentials"}, "client_secret"),
        ({"client_id": "", "provider": "google"}, "client_id"),
        ({"client_id": "x", "provider": "microsoft", "tenant": "evil.example/x?"}, "tenant"),
    ],
)
def test_settings_that_cannot_work_are_told_at_once(given: dict[str, str], words: str) -> None:
    """Nothing secret goes over an open line, and no host can be smuggled in through a tenant."""
    with pytest.raises(ValidationError, match=words):
        OAuth2.model_validate(given)


def test_presets_name_the_hosts_of_their_provider_alone() -> None:
    """What a preset fills in may be replaced field by field."""
    google = OAuth2(provider="google", client_id="x")
    assert google.token_url == "https://oauth2.googleapis.com/token"
    assert google.device_url == ""
    daemon = OAuth2.model_validate(
        {
            "provider": "microsoft",
            "tenant": "firm.example",
            "client_id": "x",
            "client_secret": {"env": "S"},
            "grant": "client_credentials",
        }
    )
    assert daemon.token_url == "https://login.microsoftonline.com/firm.example/oauth2/v2.0/token"
    assert daemon.scope == "https://outlook.office365.com/.default"


def test_one_oauth2_serves_imap_and_smtp() -> None:
    """Named once at the mailbox, it gives both servers user and grant, and both the same file of tokens."""
    box = MailboxSettings.model_validate(
        {
            "address": USER,
            "oauth2": {"provider": "google", "client_id": "x"},
            "imap": {"host": "imap.example", "port": 993},
            "smtp": {"host": "smtp.example", "port": 587, "tls": "starttls"},
        }
    )
    assert isinstance(box.imap.oauth2, OAuth2)
    assert isinstance(box.smtp.oauth2, OAuth2)
    assert box.imap.user == box.smtp.user == USER
    assert box.imap.oauth2.file(USER) == box.smtp.oauth2.file(USER)


def test_a_person_signs_in_with_a_code(provider: IdentityProvider, tmp_path: Path) -> None:
    """The code is shown, the wait is as long as the provider asks, and the token lasts from then on."""
    provider.pending = 2
    oauth2 = provider.oauth2(tmp_path, refresh_token=None)
    assert "mailstage sign-in" in token_state(oauth2, USER)
    with pytest.raises(MailLoginFailed, match="mailstage sign-in"):
        access_token(oauth2, USER)
    shown: list[tuple[str, str]] = []
    waits: list[float] = []
    keep(oauth2, USER, sign_in_by_code(oauth2, USER, lambda *said: shown.append(said), waits.append))
    assert shown == [(f"{provider.url}/enter", "KXTR-PLMW")]
    assert waits == [2.0] * 3
    assert access_token(oauth2, USER) in provider.valid
    assert "lasts 60 min" in token_state(oauth2, USER)


def test_a_code_that_is_refused_or_forgotten_ends_the_sign_in(provider: IdentityProvider, tmp_path: Path) -> None:
    """The person says no, or nothing: either is one line."""
    oauth2 = provider.oauth2(tmp_path)
    started = Failure(200, json.dumps({"device_code": "device-1", "interval": 1, "expires_in": 30}).encode())
    provider.failures = [started, error("slow_down"), error("access_denied")]
    waits: list[float] = []
    with pytest.raises(MailLoginFailed, match="access_denied"):
        sign_in_by_code(oauth2, USER, lambda *_: None, waits.append)
    assert waits == [1.0, 6.0]
    provider.pending, now = 99, iter(range(0, 9000, 300))
    with pytest.raises(MailLoginFailed, match="in time"):
        sign_in_by_code(oauth2, USER, lambda *_: None, lambda _: None, lambda: float(next(now)))


def test_a_provider_that_stumbles_does_not_end_a_sign_in_by_code(provider: IdentityProvider, tmp_path: Path) -> None:
    """The person is still typing: it is asked again, less often each time (RFC 8628 section 3.5)."""
    started = Failure(200, json.dumps({"device_code": "device-1", "interval": 1, "expires_in": 300}).encode())
    provider.failures = [started, Failure(503), Failure(500), error("slow_down"), error("access_denied")]
    waits: list[float] = []
    with pytest.raises(MailLoginFailed, match="access_denied"):
        sign_in_by_code(provider.oauth2(tmp_path), USER, lambda *_: None, waits.append)
    assert waits == [1.0, 2.0, 4.0, 9.0]


def test_a_person_signs_in_with_a_browser(provider: IdentityProvider, tmp_path: Path) -> None:
    """The browser comes back to this machine; the code is exchanged with the verifier that only we know (PKCE)."""
    oauth2 = provider.oauth2(tmp_path, refresh_token=None)

    def browse(address: str) -> None:
        def visit() -> None:
            with urllib.request.urlopen(address, timeout=10) as page:
                assert b"Signed in" in page.read()

        threading.Thread(target=visit, daemon=True).start()

    keep(oauth2, USER, sign_in_by_browser(oauth2, USER, browse, seconds=20))
    assert access_token(oauth2, USER) in provider.valid


def test_a_page_that_did_not_begin_the_sign_in_cannot_end_it(provider: IdentityProvider, tmp_path: Path) -> None:
    """A foreign `state` is turned away: nobody can slip their own mailbox under ours."""

    def forge(address: str) -> None:
        back = address.partition("redirect_uri=")[2].partition("&")[0].replace("%3A", ":").replace("%2F", "/")
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{back}/?code=code-1&state=forged", timeout=10)

    with pytest.raises(MailLoginFailed, match="in time"):
        sign_in_by_browser(provider.oauth2(tmp_path), USER, forge, seconds=0.2)


class ScriptedImap:
    """Offers what it is told to, takes the tokens that `accepts` names and refuses the others as Gmail does."""

    def __init__(self, mechanisms: str, accepts: Sequence[str], endless: bool = False) -> None:
        self.mechanisms, self.accepts, self.endless = mechanisms, accepts, endless
        self.lines: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with suppress(BrokenPipeError, ConnectionResetError), line, line.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: Any) -> None:
        def say(text: str) -> None:
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        def hear() -> str:
            heard: str = stream.readline().decode().rstrip("\r\n")
            self.lines.append(heard)
            return heard

        say(f"* OK [CAPABILITY IMAP4rev1 {self.mechanisms}] ready")
        while words := hear().split():
            tag, command = words[0], words[1].upper()
            if command == "CAPABILITY":
                say(f"* CAPABILITY IMAP4rev1 {self.mechanisms}")
            elif command == "LOGOUT":
                say("* BYE")
            elif command == "AUTHENTICATE":
                say("+ ")
                response = base64.b64decode(hear()).decode()
                if any(token in response for token in self.accepts):
                    say(f"{tag} OK [CAPABILITY IMAP4rev1] signed in")
                    continue
                said = base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode()
                for _ in range(50 if self.endless else 1):
                    say(f"+ {said}")
                    if hear() == "*":
                        break
                say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")
                continue
            say(f"{tag} OK done")

    def settings(self, oauth2: OAuth2 | Secret) -> MailServer:
        return MailServer(host="127.0.0.1", port=self.port, tls=Tls.NONE, user=USER, oauth2=oauth2, timeout=5.0)


@pytest.fixture
def imap() -> Iterator[Any]:
    servers: list[ScriptedImap] = []

    def start(*args: Any, **more: Any) -> ScriptedImap:
        servers.append(ScriptedImap(*args, **more))
        return servers[-1]

    yield start
    for server in servers:
        server._listener.close()


def responses(server: ScriptedImap) -> list[str]:
    """What came after each AUTHENTICATE, decoded."""
    lines = server.lines
    starts = [n + 1 for n, line in enumerate(lines) if "AUTHENTICATE" in line]
    return [base64.b64decode(lines[n]).decode() for n in starts]


def test_a_refused_token_is_answered_with_an_empty_line_and_refreshed_once(
    provider: IdentityProvider, tmp_path: Path, imap: Any
) -> None:
    """The server has revoked the token before its time: the next one is fetched at once, and signs in."""
    oauth2 = provider.oauth2(tmp_path)
    old = access_token(oauth2, USER)
    server = imap("AUTH=XOAUTH2", ["access-2-"])
    with ImapSession(server.settings(oauth2)):
        pass
    sent = responses(server)
    assert sent[0] == f"user={USER}\x01auth=Bearer {old}\x01\x01"
    assert "access-2-" in sent[1]
    assert server.lines[server.lines.index(base64.b64encode(sent[0].encode()).decode()) + 1] == ""
    assert len(provider.asked) == 2


def test_a_token_that_is_refused_again_is_a_failed_login(provider: IdentityProvider, tmp_path: Path, imap: Any) -> None:
    """One refresh, not a loop; the line says what to do and what the server said, and no token."""
    server = imap("AUTH=XOAUTH2", [])
    with pytest.raises(MailLoginFailed) as caught, ImapSession(server.settings(provider.oauth2(tmp_path))):
        pass
    assert "mailstage sign-in" in str(caught.value)
    assert "401" in str(caught.value)
    assert "access-" not in str(caught.value)
    assert len(provider.asked) == 2


def test_oauthbearer_is_used_where_it_stands_alone(provider: IdentityProvider, tmp_path: Path, imap: Any) -> None:
    """RFC 7628 section 3.1, with host and port; a refusal is answered with a separator (section 3.2.3)."""
    server = imap("AUTH=OAUTHBEARER", ["access-2-"])
    with ImapSession(server.settings(provider.oauth2(tmp_path))):
        pass
    first = responses(server)[0]
    assert first.startswith(f"n,a={USER},\x01host=127.0.0.1\x01port={server.port}\x01auth=Bearer access-1-")
    assert first.endswith("\x01\x01")
    assert "AQ==" in server.lines


def test_a_server_that_never_stops_asking_is_left(provider: IdentityProvider, tmp_path: Path, imap: Any) -> None:
    """A challenge after the refusal has no answer."""
    server = imap("AUTH=XOAUTH2", [], endless=True)
    begun = time.monotonic()
    with pytest.raises(MailError), ImapSession(server.settings(provider.oauth2(tmp_path))):
        pass
    assert time.monotonic() - begun < 5


def test_a_command_that_prints_a_token_still_serves(imap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way without any settings for a provider; it is not asked twice."""
    monkeypatch.setenv("SOME_TOKEN", "printed")
    with ImapSession(imap("AUTH=XOAUTH2", ["printed"]).settings(Secret(env="SOME_TOKEN"))):
        pass
    with pytest.raises(MailLoginFailed), ImapSession(imap("AUTH=XOAUTH2", []).settings(Secret(env="SOME_TOKEN"))):
        pass


@contextmanager
def submission(provider: IdentityProvider) -> Iterator[MailServer]:
    """A real SMTP server that takes XOAUTH2 alone and looks each token up."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult

    class Handler:
        async def auth_XOAUTH2(self, server: Any, args: list[str]) -> Any:
            said = base64.b64decode(args[1]).decode()
            if said.partition("Bearer ")[2].rstrip("\x01") in provider.valid:
                return AuthResult(success=True, auth_data=USER)
            refusal = await server.challenge_auth(b'{"status":"401"}', encode_to_b64=True)
            assert refusal == b""
            return AuthResult(success=False, handled=False)

    class Submission(Controller):
        def factory(self) -> Any:
            return SMTP(self.handler, auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"], hostname="x")

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Submission(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield MailServer(host="127.0.0.1", port=port, tls=Tls.NONE, user=USER, timeout=10.0)
    finally:
        controller.stop()


def test_smtp_shares_the_token_and_refreshes_a_refused_one(provider: IdentityProvider, tmp_path: Path) -> None:
    """The token that IMAP has fetched signs in; once it is revoked, one more is fetched."""
    oauth2 = provider.oauth2(tmp_path)
    access_token(oauth2, USER)
    with submission(provider) as server:
        check(server.model_copy(update={"oauth2": oauth2}))
        assert len(provider.asked) == 1
        provider.revoke()
        check(server.model_copy(update={"oauth2": oauth2}))
        assert len(provider.asked) == 2


@pytest.mark.dovecot
@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_dovecot_takes_the_tokens_and_refuses_revoked_ones(
    provider: IdentityProvider, tmp_path: Path, mechanism: str
) -> None:
    """End to end: Dovecot asks the provider about each token (RFC 7662); a revoked one costs one refresh."""
    with DovecotServer([USER], introspection=f"{provider.url}/introspect") as dovecot:
        oauth2 = provider.oauth2(tmp_path, mechanism=mechanism)
        server = dovecot.imap(USER).model_copy(update={"password": None, "oauth2": oauth2})
        with ImapSession(server) as session:
            assert session.select("INBOX").exists == 0
        assert len(provider.asked) == 1
        provider.revoke()
        with ImapSession(server) as session:
            session.select("INBOX")
        assert len(provider.asked) == 2
        assert f"method={mechanism.upper()}" in dovecot.log()
