"""`mailstage sign-in`: shows a person where to sign in, waits, and keeps the refresh token."""

from cli.show import clean, console
from mail.sign_in.device import sign_in_by_browser, sign_in_by_code
from mail.sign_in.oauth import keep
from models.errors import ConfigurationError
from models.oauth2 import Grant, OAuth2
from models.settings import MailServer, Settings


def sign_in_to(settings: Settings, mailbox: str, browser: bool | None, port: int) -> None:
    """By a code where the provider has one and nothing else is asked for. Raises MailError, ConfigurationError."""
    for server, oauth2 in _grants(settings, mailbox):
        by_browser = not oauth2.device_url if browser is None else browser
        if by_browser:
            answer = sign_in_by_browser(oauth2, server.user, _show_address, port=port)
        else:
            answer = sign_in_by_code(oauth2, server.user, _show_code)
        keep(oauth2, server.user, answer)
    console.print(f"[green]✓[/] {mailbox} is signed in. `mailstage doctor` tries it.")


def _grants(settings: Settings, mailbox: str) -> list[tuple[MailServer, OAuth2]]:
    """One for each file of tokens: as a rule IMAP and SMTP share theirs."""
    box = settings.mailbox(mailbox)
    found = {
        server.oauth2.file(server.user): (server, server.oauth2)
        for server in (box.imap, box.smtp)
        if isinstance(server.oauth2, OAuth2) and server.oauth2.grant is Grant.REFRESH_TOKEN
    }
    if not found:
        raise ConfigurationError(
            f"{mailbox} signs in without a person: only oauth2 with a client_id and a refresh token needs this"
        )
    return list(found.values())


def _show_address(address: str) -> None:
    console.print("Open this address in a browser on this machine, and sign in as the mailbox:")
    console.print(address, soft_wrap=True, markup=False)


def _show_code(address: str, code: str) -> None:
    where, what = clean(address), clean(code)
    console.print(f"Open [bold]{where}[/] on any device, type in [bold]{what}[/], and sign in as the mailbox.")
