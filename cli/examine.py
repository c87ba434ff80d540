"""What `mailstage doctor` looks at: each part once, without changing anything."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from models.configuration import load_settings
from models.errors import MailstageError
from models.oauth2 import OAuth2
from models.record import Record
from models.settings import MailboxSettings, Provider, Settings


class Finding(Record):
    what: str
    ok: bool
    message: str


def examine(config: Path | None) -> list[Finding]:
    """Goes on after a failure, so that one run shows everything that is wrong."""
    try:
        settings = load_settings(config)
    except MailstageError as error:
        return [Finding(what="settings", ok=False, message=str(error))]
    good = f"{len(settings.mailboxes)} mailboxes, {len(settings.categories)} categories"
    return [Finding(what="settings", ok=True, message=good), *_parts(settings)]


def _parts(settings: Settings) -> Iterator[Finding]:
    for what, look in (("store", _store), ("model", _model), ("knowledge", _knowledge), ("templates", _templates)):
        yield _try(what, partial(look, settings))
    for name, box in settings.mailboxes.items():
        for protocol, server in (("IMAP", box.imap), ("SMTP", box.smtp)):
            if isinstance(server.oauth2, OAuth2):
                yield _try(f"{name} {protocol} token", partial(_token, server.oauth2, server.user))
        yield _try(f"{name} IMAP", partial(_imap, settings, box))
        yield _try(f"{name} SMTP", partial(_smtp, box))
    for provider in settings.providers:
        yield _try(f"provider {provider.name}", partial(_provider, provider))


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, ok=True, message=look())
    except MailstageError as error:
        return Finding(what=what, ok=False, message=str(error))


def _store(settings: Settings) -> str:
    from store.cases import counts
    from store.database import open_store

    number = sum(sum(stages.values()) for stages in counts(open_store(settings.database_url)).values())
    return f"{number} cases"


def _model(settings: Settings) -> str:
    from ml.small.registry import load
    from tasks.categorize import check_categories

    model = load(settings.model_dir)
    check_categories(settings, model.labels)
    return f"version {model.version[:12]}, {len(model.labels)} categories"


def _knowledge(settings: Settings) -> str:
    from ml.large.knowledge import Knowledge

    return f"{Knowledge(settings.knowledge_dir).count()} passages"


def _templates(settings: Settings) -> str:
    from ml.large import replies

    files = [category.reply for category in settings.categories]
    return f"{replies.check(settings.templates, files)} reply templates"


def _token(oauth2: OAuth2, user: str) -> str:
    """Obtains one where none is good, as the next sign-in would."""
    from mail.sign_in.oauth import access_token, token_state

    access_token(oauth2, user)
    return token_state(oauth2, user)


def _imap(settings: Settings, box: MailboxSettings) -> str:
    from mail.imap.session import ImapSession

    with ImapSession(box.imap, limits=settings.limits) as session:
        for folder in box.inbound:
            session.select(session.resolve(folder), readonly=True)
        status = session.select(session.resolve(box.inbox), readonly=True)
        sent = "" if box.sent in session.folders() else f"; no folder {box.sent!r}: the one marked as \\Sent is taken"
    labels = "keywords" if status.keywords_allowed else "folders"
    return f"{status.exists} messages in {box.inbox}, labels as {labels}{sent}"


def _smtp(box: MailboxSettings) -> str:
    from mail.smtp.sending import check

    check(box.smtp)
    return f"{box.smtp.host}:{box.smtp.port} takes mail from {box.address}"


def _provider(provider: Provider) -> str:
    if provider.api_key:
        provider.api_key.read(f"provider {provider.name}")
    return f"{provider.model}: the key is there; not contacted, since that would cost money"
