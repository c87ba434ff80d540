"""`mailstage.toml` as a record. It is read once, at the edge, and passed in; secrets stay outside it."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from models.category import Category, RequiredField
from models.errors import ConfigurationError
from models.oauth2 import TokenSource
from models.record import Record
from models.rollout import Phase, Requirement
from models.secret import Secret as Secret


class Tls(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
    """Plain text: for servers on this machine."""


class MailServer(Record):
    """How to reach an IMAP or SMTP server. `timeout`: seconds of silence; a whole IMAP answer may take ten times it."""

    host: str
    port: int = Field(ge=1, le=65535)
    tls: Tls = Tls.TLS
    user: str = ""
    """Empty: no sign-in (an SMTP relay on the same machine)."""
    password: Secret | None = None
    oauth2: TokenSource | None = None
    """Instead of a password (Gmail, Microsoft 365)."""
    ca_file: Path | None = None
    timeout: float = Field(default=30.0, gt=0, le=600)


class LabelStyle(StrEnum):
    AUTO = "auto"
    """Keywords where the server allows new ones (PERMANENTFLAGS with `\\*`), else folders."""
    KEYWORDS = "keywords"
    FOLDERS = "folders"
    OFF = "off"


class QuotedHistory(StrEnum):
    """What stands below a reply that a person has approved. One sent by policy quotes nothing."""

    NONE = "none"
    LAST = "last"
    """The new words of the mail that is answered."""
    THREAD = "thread"
    """The conversation as it is stored, the latest first."""


class MailboxSettings(Record):
    """One team mailbox."""

    address: str
    aliases: tuple[str, ...] = ()
    team: str = ""
    """Name in From, and signature."""
    signature: dict[str, str] = Field(default_factory=dict)
    """By language; the `team` name alone where none is given."""
    oauth2: TokenSource | None = None
    """For IMAP and SMTP alike: stands in for both where they name neither password nor oauth2."""
    imap: MailServer
    smtp: MailServer
    inbox: str = "INBOX"
    folders: tuple[str, ...] = ()
    """Further folders that mail arrives in: rules on the server sort into them, or they belong to a shared mailbox."""
    sent: str = "Sent"
    drafts: str = "Drafts"
    files_sent_itself: bool = False
    """True for servers that put sent mail into Sent on their own (Gmail)."""
    place_drafts: bool = False
    """True to lay each draft into the mailbox's own Drafts too, to be sent from any mail client."""
    quote_history: QuotedHistory = QuotedHistory.LAST
    since: date | None = None
    """Mail that arrived before this day is never answered. That of the month before is read for its threads; the rest
    is left to `mailstage backfill`."""
    authserv_id: tuple[str, ...] = ()
    """Servers whose Authentication-Results are trusted (RFC 8601), as they name themselves there; an empty name stands
    for one that writes none (Microsoft 365). Without any, no result vouches for a sender."""
    verify_dkim: bool = False
    """True to check DKIM signatures here as well; keys are looked up in the DNS, which never holds up mail."""
    labels: LabelStyle = LabelStyle.AUTO
    phase: Phase = Phase.CATEGORIZE
    """The phase a new mailbox starts in; afterwards `mailstage phase` alone moves it."""
    providers: tuple[str, ...] = ()
    """Names of `[[providers]]` in order; empty takes all of them, in the order of the file."""
    sends_per_day: int = Field(default=500, ge=0)
    """Replies of this mailbox within 24 hours: what people approve beyond it waits, the policy approves no more."""

    @model_validator(mode="before")
    @classmethod
    def _one_sign_in(cls, data: Any) -> Any:
        """Gives `oauth2` to those of the two servers that have no way of their own to sign in."""
        if not isinstance(data, dict) or not data.get("oauth2"):
            return data
        servers = {name: data[name] for name in ("imap", "smtp") if isinstance(data.get(name), dict)}
        given = {
            name: {"user": data.get("address", ""), "oauth2": data["oauth2"], **server}
            for name, server in servers.items()
            if not server.get("password") and not server.get("oauth2")
        }
        return {**data, **given}

    @property
    def inbound(self) -> tuple[str, ...]:
        """Every folder that mail arrives in, the inbox first."""
        return tuple(dict.fromkeys((self.inbox, *self.folders)))


class Provider(Record):
    """A large model. The embedded extractive writer always stands last in line and needs no entry."""

    name: str
    kind: Literal["openai", "anthropic", "openai_compatible"]
    model: str
    base_url: str = ""
    api_key: Secret | None = None
    timeout: float = Field(default=60.0, gt=0, le=600)
    """Seconds for the whole answer, retries included."""
    local: bool = False
    """True when mail sent to it does not leave your premises."""
    input_price: float = Field(default=0.0, ge=0)
    """US dollars for a million input tokens."""
    output_price: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _needs_base_url(self) -> Self:
        if self.kind == "openai_compatible" and not self.base_url:
            raise ValueError("an openai_compatible provider needs a base_url")
        return self


class Limits(Record):
    """Bounds on what one mail may cost in time and memory (promise T)."""

    message_bytes: int = Field(default=25_000_000, ge=1_000)
    """A larger mail is quarantined, as one with more parts, deeper nesting or a longer header is."""
    parts: int = Field(default=500, ge=1, le=100_000)
    nesting: int = Field(default=50, ge=1, le=200)
    """Levels of multipart within multipart; real mail has under ten."""
    header_bytes: int = Field(default=2_000_000, ge=1_000)
    """Of all header fields of one mail together."""
    text_chars: int = Field(default=200_000, ge=100)
    attachments: int = Field(default=200, ge=0, le=10_000)
    """Those beyond are not listed."""
    attachment_bytes: int = Field(default=10_000_000, ge=0)
    """A larger attachment is listed but not opened; unpacked, a document may have ten times as many."""
    extraction_seconds: float = Field(default=20.0, gt=0, le=600)
    """For the text of all documents attached to one mail; what takes longer is given up."""
    extraction_memory: int = Field(default=1_500_000_000, ge=500_000_000)
    """Bytes for the process that opens documents, code included."""
    batch: int = Field(default=256, ge=1, le=5_000)


class Sorting(Record):
    """How mail is categorised."""

    encoder: str = "auto"
    """The sentence encoder that new models are trained with: a folder, the hub id of one that `mailstage encoder pull`
    fetched, `auto` for the one installed beside Mailstage, or `off` for the linear model alone."""
    precision: Literal["0.95", "0.99"] = "0.95"
    """Share of answers given without a person that must be right; the rest waits. A category's own threshold wins."""
    large_model: str = ""
    """Name of one of `[[providers]]`, which is asked about mail that the small model is not sure of; empty: none is."""
    large_per_day: int = Field(default=200, ge=0, le=100_000)
    """Mails of one mailbox that it is asked about within 24 hours; those beyond wait for a person alone."""


class Policy(Record):
    """When a reply may go out without a person, and when a person must take over."""

    approve_risk: tuple[Literal["low", "medium"], ...] = ("low",)
    min_probability: float = Field(default=0.80, ge=0, le=1)
    min_confidence: float = Field(default=0.70, ge=0, le=1)
    """How sure a draft's answer must be (`Draft.confidence`). On examples/questions.jsonl, from 0.70 on none of the
    embedded writer's 9 answers to odd rows was beside the point and 1 of 9 to even rows; from 0.55 on, 5 of 49."""
    max_turns: int = Field(default=6, ge=1)
    """Replies by policy in one conversation; after that a person looks."""
    replies_per_day: int = Field(default=2, ge=0)
    """Replies by policy to one address within 24 hours: a robot that answers everything is silent after two."""
    close_after_days: int = Field(default=14, ge=1)
    claim_seconds: float = Field(default=25.0, gt=0)
    """How long one run may hold a case before another may take it over (promise R: 60 s at most)."""
    send_seconds: float = Field(default=45.0, gt=0)
    """How long a reply may be on the wire before another run takes it for `unknown`."""
    retry_hours: float = Field(default=48.0, gt=0)
    """How long a server may put a reply off (4xx, or no connection) before a person is asked."""
    escalate_words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Further words, by language, that bring a person in."""
    promotion: Requirement = Requirement()


class ReviewSettings(Record):
    host: str = "127.0.0.1"
    port: int = Field(default=8433, ge=0, le=65535)
    public_url: str = ""
    session_hours: int = Field(default=12, ge=1)


class Company(Record):
    name: str
    time_zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    """Languages in which replies may be written; the first is the fallback."""
    allowed_links: tuple[str, ...] = ()
    """Hosts that a reply may link to, besides those in its sources."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {value!r}; use a name such as Europe/Amsterdam") from error
        return value


class Settings(Record):
    """The whole of `mailstage.toml`. Relative paths are resolved against the folder it lies in."""

    company: Company
    data: Path = Path("data")
    """Folder of the store, the models and the index of passages."""
    database: str = ""
    """SQLAlchemy URL; empty is SQLite in the data folder."""
    knowledge: tuple[Path, ...] = ()
    templates: Path | None = None
    """Folder whose files come before the built-in templates of the same name."""
    mailboxes: dict[str, MailboxSettings] = Field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    fields: tuple[RequiredField, ...] = ()
    providers: tuple[Provider, ...] = ()
    sorting: Sorting = Sorting()
    policy: Policy = Policy()
    limits: Limits = Limits()
    review: ReviewSettings = ReviewSettings()

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        fields = {field.name for field in self.fields}
        names = [category.name for category in self.categories]
        if len(set(names)) != len(names):
            raise ValueError("two categories have the same name")
        for category in self.categories:
            if missing := set(category.required) - fields:
                raise ValueError(f"category {category.name} requires {sorted(missing)[0]!r}, which [[fields]] lacks")
        providers = {provider.name for provider in self.providers}
        for name, mailbox in self.mailboxes.items():
            if missing := set(mailbox.providers) - providers:
                raise ValueError(f"mailbox {name} names provider {sorted(missing)[0]!r}, which [[providers]] lacks")
        if self.sorting.large_model and self.sorting.large_model not in providers:
            raise ValueError(f"sorting.large_model is {self.sorting.large_model!r}, which [[providers]] lacks")
        return self

    def mailbox(self, name: str) -> MailboxSettings:
        """The mailbox of that name. Raises ConfigurationError naming those that exist."""
        if name not in self.mailboxes:
            known = ", ".join(self.mailboxes) or "none"
            raise ConfigurationError(f"no mailbox named {name!r} in mailstage.toml; it has: {known}")
        return self.mailboxes[name]

    def category(self, name: str | None) -> Category | None:
        return next((category for category in self.categories if category.name == name), None)

    @property
    def large_model(self) -> Provider | None:
        """Who is asked about mail that the small model is not sure of; None where nobody is."""
        return next((one for one in self.providers if one.name == self.sorting.large_model), None)

    def field(self, name: str) -> RequiredField:
        return next(field for field in self.fields if field.name == name)

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address that is one of ours; mail from them is never answered."""
        boxes = self.mailboxes.values()
        return frozenset(a.lower() for box in boxes for a in (box.address, *box.aliases))

    @property
    def model_dir(self) -> Path:
        return self.data / "model"

    @property
    def knowledge_dir(self) -> Path:
        return self.data / "knowledge"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'mailstage.db'}"
