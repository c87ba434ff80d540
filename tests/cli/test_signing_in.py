"""`sign-in` and `doctor` before the first sign-in: what is missing is told at once, and nobody is asked."""

import json
from pathlib import Path

import pytest

from cli.app import main
from cli.starter import PLACEHOLDER
from tests.identity_provider import CLIENT_SECRET, SECRET_VARIABLE, IdentityProvider

SETTINGS = """
[company]
name = "Kestrel Grove"
[mailboxes.support]
address = "support@example.com"
imap = {{ host = "127.0.0.1", port = 1, tls = "none" }}
smtp = {{ host = "127.0.0.1", port = 1, tls = "none" }}
[mailboxes.support.oauth2]
{oauth2}
"""


class Newcomer:
    """Types `mailstage …` in a folder with these settings; what went to standard error is kept."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def configure(self, **oauth2: str) -> None:
        lines = "\n".join(f"{name} = {value}" for name, value in oauth2.items())
        Path("mailstage.toml").write_text(SETTINGS.format(oauth2=lines), encoding="utf-8")

    def refused(self, *arguments: str) -> str:
        """The one line that a command ends with."""
        assert self._run(*arguments) == 1
        out, said = self._capsys.readouterr()
        assert out == ""
        (line,) = said.splitlines()
        return line

    def doctor(self) -> dict[str, str]:
        """What is wrong, by what was looked at."""
        assert self._run("doctor", "--json") == 1
        found = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return {one["what"]: one["message"] for one in found if not one["ok"]}

    def _run(self, *arguments: str) -> object:
        self._monkeypatch.setattr("sys.argv", ["mailstage", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code


@pytest.fixture
def mailstage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Newcomer:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    return Newcomer(capsys, monkeypatch)


SECRET = f'{{ env = "{SECRET_VARIABLE}" }}'


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"provider": "'google'", "client_id": f"'{PLACEHOLDER}'", "client_secret": SECRET}, "docs/connect.md"),
        ({"provider": "'google'", "client_id": "'c'", "client_secret": SECRET}, SECRET_VARIABLE),
        ({"provider": "'google'", "client_id": "'c'"}, "lacks client_secret"),
    ],
)
def test_what_the_registered_application_lacks_is_told_before_anybody_signs_in(
    mailstage: Newcomer, given: dict[str, str], words: str
) -> None:
    """No address is printed that could only be refused; `doctor` says the same."""
    mailstage.configure(**given)
    line = mailstage.refused("sign-in", "support")
    assert words in line
    assert "[mailboxes.support.oauth2]" in line
    assert words in mailstage.doctor()["support token"]


def test_before_the_first_sign_in_nobody_is_told_to_sign_in_again(
    mailstage: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IMAP and SMTP share the token, so it is one line; the identity provider is not asked."""
    monkeypatch.setenv(SECRET_VARIABLE, CLIENT_SECRET)
    with IdentityProvider("support@example.com") as provider:
        urls = {"token_url": f"'{provider.url}/token'", "device_url": f"'{provider.url}/device'"}
        mailstage.configure(client_id="'c'", client_secret=SECRET, **urls)
        found = mailstage.doctor()
        assert provider.asked == []
    assert "nobody has signed in as 'support@example.com' yet: run `mailstage sign-in" in found["support token"]
    assert [what for what in found if "token" in what] == ["support token"]


def test_one_mistake_in_oauth2_is_one_mistake(mailstage: Newcomer) -> None:
    """It stands in for both servers, and is named as the file spells it."""
    mailstage.configure(provider="'gogle'", client_id="'c'")
    line = mailstage.refused("sign-in", "support")
    assert "mailboxes.support.oauth2.provider: " in line
    assert "more" not in line
    mailstage.configure(provider="'gogle'", client_id="'c'", grant="'x'")
    assert "(and 1 more mistake)" in mailstage.refused("sign-in", "support")


def test_a_mistake_in_the_oauth2_of_one_server_is_found_there(mailstage: Newcomer) -> None:
    """Where the mailbox itself has none."""
    mailstage.configure(provider="'google'", client_id="'c'")
    text = Path("mailstage.toml").read_text(encoding="utf-8")
    own = 'tls = "none", oauth2 = { provider = "gogle", client_id = "c" } }\nsmtp'
    Path("mailstage.toml").write_text(text.replace('tls = "none" }\nsmtp', own), encoding="utf-8")
    assert "mailboxes.support.imap.oauth2.provider: " in mailstage.refused("sign-in", "support")
