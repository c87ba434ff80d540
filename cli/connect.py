"""Commands that connect a mailbox: init, sign-in and doctor."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Config, Json, Mailbox, on_terminal, print_json


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage init --address support@example.com --host imap.example.com")(init)
    app.command("sign-in", epilog="Example: mailstage sign-in support")(sign_in)
    app.command(epilog="Example: mailstage doctor")(doctor)


def init(
    address: Annotated[str | None, typer.Option(help="The mailbox's address.")] = None,
    host: Annotated[str | None, typer.Option(help="Its IMAP server, for example imap.gmail.com.")] = None,
    smtp_host: Annotated[str | None, typer.Option(help="Its SMTP server [default: the IMAP server's name]")] = None,
    company: Annotated[str | None, typer.Option(help="Your company's name.")] = None,
    oauth2: Annotated[bool, typer.Option(help="Sign in with XOAUTH2 (Gmail, Microsoft 365).")] = False,
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("mailstage.toml"),
    force: Annotated[bool, typer.Option(help="Replace an existing file.")] = False,
) -> None:
    """Write a working mailstage.toml, step by step on a terminal."""
    from cli.starter import Answers, known_servers, write_starter
    from models.errors import ConfigurationError

    if out.exists() and not force:
        raise ConfigurationError(f"{out} exists already: edit it, or write it anew with --force")
    if not address:
        address = typer.prompt("Address of the team mailbox") if on_terminal() else None
    if not address or "@" not in address:
        raise ConfigurationError("an address is needed: mailstage init --address support@example.com")
    if on_terminal():
        company = company or typer.prompt("Company", default=address.partition("@")[2].split(".")[0].title())
        host = host or typer.prompt("IMAP server", default=known_servers(address).imap)
    known = known_servers(address, host)
    if on_terminal():
        smtp_host = smtp_host or typer.prompt("SMTP server", default=known.smtp)
    answers = Answers(
        address=address,
        company=company or address.partition("@")[2],
        imap=host or known.imap,
        smtp=smtp_host or known.smtp,
        smtp_port=known.smtp_port,
        smtp_tls=known.smtp_tls,
        oauth2=oauth2,
        sent=known.sent,
        files_sent_itself=known.files_sent_itself,
    )
    write_starter(out, answers)
    print(f"Wrote {out}. Next:")
    for line in answers.next_steps():
        print(f"  {line}")


def sign_in(
    mailbox: Mailbox,
    browser: Annotated[
        bool | None, typer.Option("--browser/--code", help="A browser on this machine, or a code for any device.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port that the browser returns to; 0: a free one.")] = 0,
    config: Config = None,
) -> None:
    """Sign in to a mailbox that uses OAuth2, once: a person does it, Mailstage keeps the refresh token."""
    from cli.signing_in import sign_in_to
    from models.configuration import load_settings

    sign_in_to(load_settings(config), mailbox, browser, port)


def doctor(config: Config = None, as_json: Json = False) -> None:
    """Check everything, one line each; exit status 1 when something does not work."""
    from cli.examine import examine
    from cli.show import clean, console

    findings = examine(config)
    if as_json:
        print_json(findings)
    else:
        for found in findings:
            mark = "[green]✓[/]" if found.ok else "[red]✗[/]"
            console.print(f"{mark} {found.what:<22} {clean(found.message)}", soft_wrap=True)
    if not all(found.ok for found in findings):
        raise typer.Exit(1)
