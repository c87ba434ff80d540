"""The file that `mailstage init` writes: complete, commented, ready for `mailstage doctor`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tomlkit

from models.configuration import load_settings
from models.errors import ConfigurationError


@dataclass(frozen=True)
class Servers:
    imap: str
    smtp: str
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    sent: str = "Sent"
    files_sent_itself: bool = False


# host names from the providers' own help pages
KNOWN = {
    "gmail.com": Servers("imap.gmail.com", "smtp.gmail.com", sent="[Gmail]/Sent Mail", files_sent_itself=True),
    "outlook.com": Servers("outlook.office365.com", "smtp.office365.com", sent="Sent Items"),
    "icloud.com": Servers("imap.mail.me.com", "smtp.mail.me.com"),
    "fastmail.com": Servers("imap.fastmail.com", "smtp.fastmail.com"),
}


PLACEHOLDER = "your-client-id"
"""Stands for the client_id until somebody has registered an application."""
PROVIDERS = {"imap.gmail.com": "google", "outlook.office365.com": "microsoft"}


def known_servers(address: str, host: str | None = None) -> Servers:
    """The servers of the provider that `host` or the address belongs to, else the usual names under its domain."""
    domain = address.partition("@")[2].lower()
    by_host = {servers.imap: servers for servers in KNOWN.values()}
    usual = Servers(host or f"imap.{domain}", host or f"smtp.{domain}")
    return by_host.get(host or "") or (usual if host else KNOWN.get(domain, usual))


@dataclass(frozen=True)
class Answers:
    """What a person said about the mailbox."""

    address: str
    company: str
    imap: str
    smtp: str
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    oauth2: bool = False
    sent: str = "Sent"
    files_sent_itself: bool = False

    @property
    def name(self) -> str:
        """Of the mailbox in the file: the local part, in letters that TOML takes bare."""
        local = self.address.partition("@")[0].lower()
        return "".join(c if c.isascii() and c.isalnum() else "-" for c in local) or "mailbox"

    @property
    def provider(self) -> str:
        """Whose access tokens Mailstage can obtain without further settings; empty for any other."""
        return PROVIDERS.get(self.imap, "")

    def next_steps(self) -> tuple[str, ...]:
        if self.oauth2 and self.provider:
            sign_in = (
                f"register an application (docs/connect.md), put its client_id into [mailboxes.{self.name}.oauth2],"
                f" set $MAILSTAGE_CLIENT_SECRET where it has one, then: mailstage sign-in {self.name}"
            )
        elif self.oauth2:
            sign_in = f"put a command that prints an access token into [mailboxes.{self.name}] oauth2"
        else:
            sign_in = "export MAILSTAGE_PASSWORD='an app password of the mailbox'"
        return (
            sign_in,
            "mailstage knowledge add handbook/     # the documents that replies rest on",
            "mailstage train --data labelled.jsonl # some of your mail with its category",
            "mailstage doctor                      # checks every part",
            f"mailstage run {self.name}",
        )


def write_starter(out: Path, answers: Answers) -> None:
    """Writes the file and reads it back, so that what is written is known to load."""
    try:
        out.write_text(_text(answers), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written: {error.strerror}") from error
    load_settings(out)


def _quoted(value: str) -> str:
    return tomlkit.item(value).as_string()


def _text(a: Answers) -> str:
    if a.oauth2 and a.provider:
        secret = "# signs in with [mailboxes.*.oauth2] above"
    elif a.oauth2:
        secret = 'oauth2 = { command = ["print-access-token"] }  # any program that prints a token for XOAUTH2'
    else:
        secret = 'password = { env = "MAILSTAGE_PASSWORD" }'
    user = f"user = {_quoted(a.address)}"
    return f"""\
# Mailstage. Check it with `mailstage doctor`; every setting is explained in docs/settings.md.

data = "data"            # store, model and index of passages
knowledge = ["handbook"] # folders and files that replies are grounded in

[company]
name = {_quoted(a.company)}
time_zone = "UTC"        # for example "Europe/Amsterdam"
languages = ["en"]       # in which you answer; the first is the fallback
allowed_links = []       # hosts that replies may link to

[mailboxes.{a.name}]
address = {_quoted(a.address)}
team = {_quoted(a.company)}
phase = 1                # 1 sorts, 2 drafts, 3 converses; later `mailstage phase` moves it
sent = {_quoted(a.sent)}
files_sent_itself = {str(a.files_sent_itself).lower()}  # true for servers that file what they send
since = {date.today().isoformat()}       # older mail is never answered; `mailstage backfill` sorts it
{_grant(a)}
[mailboxes.{a.name}.imap]
host = {_quoted(a.imap)}
port = 993
tls = "tls"
{user}
{secret}

[mailboxes.{a.name}.smtp]
host = {_quoted(a.smtp)}
port = {a.smtp_port}
tls = {_quoted(a.smtp_tls)}
{user}
{secret}

# Categories: what your mail is about. A low risk may be answered by policy in phase 3.
[[categories]]
name = "question"
description = "A question that the handbook answers."
risk = "low"

[[categories]]
name = "complaint"
description = "Something went wrong and a person should answer."
risk = "high"
highest_phase = 1

# Large models are optional; without one, replies quote the handbook.
# [[providers]]
# name = "main"
# kind = "openai"              # or "anthropic", or "openai_compatible" with a base_url
# model = "your-model"
# api_key = {{ env = "OPENAI_API_KEY" }}
"""


def _grant(a: Answers) -> str:
    """How access tokens are obtained; docs/connect.md tells how to register the application."""
    if not (a.oauth2 and a.provider):
        return ""
    secret = 'client_secret = { env = "MAILSTAGE_CLIENT_SECRET" }'
    return f"""
[mailboxes.{a.name}.oauth2]
provider = {_quoted(a.provider)}
client_id = {_quoted(PLACEHOLDER)}  # of the application that you have registered with the provider
{"" if a.provider == "google" else "# "}{secret}
"""
