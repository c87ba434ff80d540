"""Every error that Mailstage raises on purpose; the edges map third-party errors to these.

MailstageError
├── ConfigurationError        mailstage.toml is missing, broken or incomplete
├── MissingExtra              an optional library is not installed
├── MailError
│   ├── MailServerUnreachable connection refused, lost, timed out, or TLS failed
│   ├── MailLoginFailed       the server refused the credentials
│   ├── MailServerRefused     the server said no to a command
│   └── UnreadableMessage     one message cannot be read within bounds: quarantine
├── StoreError
│   ├── StoreUnavailable      cannot open, locked for too long, disk full
│   ├── NotFound              no such case, review, draft or mailbox
│   ├── IllegalMove           the stage table has no such move
│   └── LostRace              somebody else moved the case or decided the review first
├── ModelError
│   ├── ModelNotTrained       no small model where one is expected
│   ├── ModelDrifted          the mail is no longer what the model learned from
│   ├── TrainingDataError     labelled mail that cannot be learned from
│   ├── ModelUnavailable      a provider did not answer in time, or refused
│   └── ModelAnswerInvalid    a provider answered, but not in the agreed form
├── KnowledgeError            a document or the index cannot be read
├── TemplateError             a reply, prompt or page template is broken
└── ApprovalError             a decision that may not be made (stale, paused, not allowed)
    └── CapReached            the policy has let enough go: a person must look first
"""


class MailstageError(Exception):
    """Base of the tree. The message is one line: what happened, then what to do next."""


class ConfigurationError(MailstageError):
    """`mailstage.toml` is missing, broken or incomplete."""


class MissingExtra(MailstageError):
    """An optional library is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        # torch is no part of its extra, since its builds differ
        named = {"": "make install", "train": "make install-train"}
        command = named.get(extra) or f"pip install 'mailstage[{extra}]'"
        super().__init__(f"{library} is not installed: run {command}")


class MailError(MailstageError):
    """Something between us and a mail server, or inside a message."""


class MailServerUnreachable(MailError):
    """Connection refused, lost, timed out, or TLS failed. Worth another try later."""


class MailLoginFailed(MailError):
    """The server refused the credentials. Trying again will not help."""


class MailServerRefused(MailError):
    """The server answered no to a command.

    `code` is the SMTP reply code (RFC 5321 section 4.2), or None for IMAP.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code

    @property
    def permanent(self) -> bool:
        """True for 5xx (RFC 5321 section 4.2.1): the same command must not be repeated."""
        return self.code is not None and self.code >= 500


class UnreadableMessage(MailError):
    """One message cannot be read within the bounds; it is quarantined with its raw bytes."""


class StoreError(MailstageError):
    """Something in the database."""


class StoreUnavailable(StoreError):
    """The database cannot be opened or written: missing, locked, disk full."""


class NotFound(StoreError):
    """No such row."""


class IllegalMove(StoreError):
    """The table in `models/case.py` has no such move."""


class LostRace(StoreError):
    """Somebody else moved the case, or decided the review, first."""


class ModelError(MailstageError):
    """Something with a model, small or large."""


class ModelNotTrained(ModelError):
    """There is no small model where one is expected."""


class ModelDrifted(ModelError):
    """The mail of today is no longer what the model learned from."""


class TrainingDataError(ModelError):
    """The labelled mail cannot be learned from."""


class ModelUnavailable(ModelError):
    """A provider did not answer in time, or refused; the next in line may."""


class ModelAnswerInvalid(ModelError):
    """A provider answered, but not in the agreed form."""


class KnowledgeError(MailstageError):
    """A document, or the index of passages, cannot be read."""


class TemplateError(MailstageError):
    """A reply, prompt or page template is broken."""


class ApprovalError(MailstageError):
    """A decision that may not be made: what was shown has changed, or the mailbox is paused."""


class CapReached(ApprovalError):
    """One more reply by policy would pass a cap. The message is the sentence that a person is asked with."""
