"""`mailstage sign-in`: shows a person where to sign in, waits, and keeps the refresh token."""

from cli.show import clean, console
from cli.starter import PLACEHOLDER
from mail.sign_in.device import sign_in_by_browser, sign_in_by_code
from mail.sign_in.oauth import keep
from models.errors import ConfigurationError
from models.oauth2 import Grant, OAuth2
from models.settings import MailboxSettings, MailServer, Settings


def sign_in_to(settings: Settings, mailbox: str, browser: bool | None, port: int) -> None:
    """By a code where the provider has one and nothing else is asked for. Raises MailError, ConfigurationError."""
    grants = _grants(settings, mailbox)
    for _, oauth2 in grants:
        check_registered(oauth2, mailbox)  # before a person is sent to a page that can only refuse them
    for server, oauth2 in grants:
        by_browser = not oauth2.device_url if browser is None else browser
        if by_browser:
            answer = sign_in_by_browser(oauth2, server.user, _show_address, port=port)
        else:
            answer = sign_in_by_code(oauth2, server.user, _show_code)
        keep(oauth2, server.user, answer)
    console.print(f"[green]✓[/] {mailbox} is signed in. `mailstage doctor` tries it.")


def check_registered(oauth2: OAuth2, mailbox: str) -> None:
    """Whether what the provider gave the registered application is there. Raises ConfigurationError; asks nobody."""
    entry = f"[mailboxes.{mailbox}.oauth2]"
    if oauth2.client_id == PLACEHOLDER:
        raise ConfigurationError(
            f"client_id in {entry} is still {PLACEHOLDER!r}: register an application with the provider "
            "(docs/connect.md tells how) and write its id there"
        )
    if oauth2.client_secret is not None:
        oauth2.client_secret.read(f"client_secret in {entry}")
    elif oauth2.provider == "google":
        raise ConfigurationError(
            f"{entry} lacks client_secret, which Google gives every desktop application: "
            "add client_secret = { env = 'MAILSTAGE_CLIENT_SECRET' } and set that variable"
        )


def grants_of(box: MailboxSettings) -> list[tuple[MailServer, OAuth2]]:
    """One for each file of tokens: as a rule IMAP and SMTP share theirs."""
    servers = [(server, server.oauth2) for server in (box.imap, box.smtp) if isinstance(server.oauth2, OAuth2)]
    return list({oauth2.file(server.user): (server, oauth2) for server, oauth2 in servers}.values())


def _grants(settings: Settings, mailbox: str) -> list[tuple[MailServer, OAuth2]]:
    """Those that a person has to give."""
    found = [one for one in grants_of(settings.mailbox(mailbox)) if one[1].grant is Grant.REFRESH_TOKEN]
    if not found:
        raise ConfigurationError(
            f"{mailbox} signs in without a person: only oauth2 with a client_id and a refresh token needs this"
        )
    return found


def _show_address(address: str) -> None:
    console.print("Open this address in a browser on this machine, and sign in as the mailbox:")
    console.print(address, soft_wrap=True, markup=False)


def _show_code(address: str, code: str) -> None:
    where, what = clean(address), clean(code)
    console.print(f"Open [bold]{where}[/] on any device, type in [bold]{what}[/], and sign in as the mailbox.")
