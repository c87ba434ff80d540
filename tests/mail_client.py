"""A person at a usual mail client: opens a draft from Drafts, changes it, sends it, and files it in Sent."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from imapclient import IMAPClient

from models.settings import MailServer, Tls


@dataclass(frozen=True)
class MailClient:
    """`imap` and `smtp` are the mailbox's own. `new_id` is the Message-ID that it gives; "" keeps the draft's."""

    imap: MailServer
    smtp: MailServer
    new_id: str = "<made-by-a-client@example.net>"
    drops: tuple[str, ...] = ()
    """Header fields that this client loses on the way from draft to mail."""

    def drafts(self) -> list[EmailMessage]:
        with self._folder("Drafts") as (connection, uids):
            return [_raw(connection, uid) for uid in uids]

    def delete_drafts(self) -> None:
        with self._folder("Drafts") as (connection, uids):
            connection.delete_messages(uids)
            connection.expunge()

    def send_draft(self, edit: Callable[[str], str] = str) -> EmailMessage:
        """Sends the only draft with the words that `edit` makes of its text, as plain text."""
        (draft,) = self.drafts()
        mail = self.reworded(draft, edit)
        with smtplib.SMTP(self.smtp.host, self.smtp.port, timeout=10) as line:
            line.login(self.smtp.user, cast(Any, self.smtp.password).read("password"))
            line.send_message(mail)
        self.file(mail)
        self.delete_drafts()
        return mail

    def file(self, mail: EmailMessage, folder: str = "Sent") -> None:
        with self._folder(folder) as (connection, _):
            connection.append(folder, mail.as_bytes(policy=policy.SMTP), flags=(b"\\Seen",))

    def reworded(self, draft: EmailMessage, edit: Callable[[str], str]) -> EmailMessage:
        mail = EmailMessage()
        for name in ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "X-Mailstage-Case"):
            if draft[name] and name not in self.drops:
                mail[name] = draft[name]
        if self.new_id:
            mail.replace_header("Message-ID", self.new_id)
        mail.set_content(edit(text_of(draft)))
        return mail

    @contextmanager
    def _folder(self, name: str) -> Iterator[tuple[Any, list[int]]]:
        secure = self.imap.tls is Tls.TLS
        context = None
        if secure:
            import ssl

            context = ssl.create_default_context(cafile=str(self.imap.ca_file))
        with IMAPClient(self.imap.host, self.imap.port, ssl=secure, ssl_context=context, timeout=10) as connection:
            connection.login(self.imap.user, cast(Any, self.imap.password).read("password"))
            if not connection.folder_exists(name):
                connection.create_folder(name)
            connection.select_folder(name)
            yield connection, list(connection.search())


def text_of(mail: EmailMessage) -> str:
    """Its plain text, as a client shows it."""
    plain = mail.get_body(("plain",))
    assert plain is not None
    return cast(str, plain.get_content()).replace("\r\n", "\n")


def _raw(connection: Any, uid: int) -> EmailMessage:
    raw = connection.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    return message_from_bytes(raw, policy=policy.default)
