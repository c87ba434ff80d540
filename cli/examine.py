"""What `mailstage doctor` looks at: each part once, without changing anything."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from models.configuration import load_settings
from models.errors import MailServerRefused, MailstageError, ModelDrifted
from models.oauth2 import OAuth2
from models.record import Record
from models.settings import LabelStyle, MailboxSettings, Provider, Settings

if TYPE_CHECKING:
    from mail.imap.session import ImapSession


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
    from cli.signing_in import grants_of

    for what, look in (("store", _store), ("model", _model), ("knowledge", _knowledge), ("templates", _templates)):
        yield _try(what, partial(look, settings))
    for name, box in settings.mailboxes.items():
        yield _try(f"{name} drift", partial(_drift, settings, name))
        for server, oauth2 in grants_of(box):
            yield _try(f"{name} token", partial(_token, oauth2, server.user, name))
        yield _try(f"{name} IMAP", partial(_imap, settings, box))
        yield _try(f"{name} SMTP", partial(_smtp, box))
    if settings.large_model:
        yield _try("large model", partial(_large_model, settings))
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


def _drift(settings: Settings, mailbox: str) -> str:
    """Raises ModelDrifted where the mail is no longer what the model learned from."""
    from store.database import open_store
    from tasks.drift import look_for_drift
    from tasks.workplace import Workplace

    found = look_for_drift(Workplace(settings, open_store(settings.database_url)), mailbox)
    if found.alarm:
        raise ModelDrifted(f"{found.sentence}: sort some of the new mail in the queue, then `mailstage model learn`")
    return found.sentence


def _knowledge(settings: Settings) -> str:
    from ml.large.knowledge import Knowledge

    return f"{Knowledge(settings.knowledge_dir).count()} passages"


def _templates(settings: Settings) -> str:
    from ml.large import replies

    files = [category.reply for category in settings.categories]
    return f"{replies.check(settings.templates, files)} reply templates"


def _large_model(settings: Settings) -> str:
    """What it has earned by now; the prompt is filled in once, since a broken one keeps it from being asked."""
    from ml.large.prompting import category_prompt
    from models.message import Message
    from store.database import open_store
    from tasks.sum_up import sum_up_large_model
    from tasks.workplace import Workplace

    category_prompt(Message(subject="Test"), settings.categories, settings.company, settings.templates)
    return sum_up_large_model(Workplace(settings, open_store(settings.database_url))).sentence


def _token(oauth2: OAuth2, user: str, mailbox: str) -> str:
    """Obtains one where none is good, as the next sign-in would."""
    from cli.signing_in import check_registered
    from mail.sign_in.oauth import access_token, token_state

    check_registered(oauth2, mailbox)
    access_token(oauth2, user)
    return token_state(oauth2, user)


def _imap(settings: Settings, box: MailboxSettings) -> str:
    from mail.imap.session import ImapSession
    from tasks.label import way_of

    with ImapSession(box.imap, limits=settings.limits) as session:
        if troubles := list(_unreadable(session, box.inbound)):
            raise MailServerRefused("; ".join(troubles))
        sent = "" if box.sent in session.folders() else f"; no folder {box.sent!r}: the one marked as \\Sent is taken"
        # not read-only: only so does a server tell which keywords may be set. No flag is changed by it.
        status = session.select(session.resolve(box.inbox))
        way = "no labels" if box.labels is LabelStyle.OFF else f"labels as {way_of(session, status, box.labels)}"
        return f"{status.exists} messages in {box.inbox}, {way}{sent}"


def _unreadable(session: "ImapSession", folders: Sequence[str]) -> Iterator[str]:
    """Why each of those folders that cannot be opened cannot: one trouble must not hide another."""
    for folder in folders:
        try:
            session.select(session.resolve(folder), readonly=True)
        except MailServerRefused as error:
            yield str(error)


def _smtp(box: MailboxSettings) -> str:
    from mail.smtp.sending import check

    check(box.smtp)
    return f"{box.smtp.host}:{box.smtp.port} takes mail from {box.address}"


def _provider(provider: Provider) -> str:
    if provider.api_key:
        provider.api_key.read(f"provider {provider.name}")
    return f"{provider.model}: the key is there; not contacted, since that would cost money"
