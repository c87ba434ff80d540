"""What every step works with: the settings and the open store. Made once, at the edge, and passed in."""

from dataclasses import dataclass
from pathlib import Path

from models.configuration import load_settings
from models.rollout import MailboxState
from models.settings import MailboxSettings, Settings
from store import rollout
from store.database import Store, open_store


@dataclass(frozen=True)
class Workplace:
    settings: Settings
    store: Store

    def mailbox(self, name: str) -> MailboxSettings:
        return self.settings.mailbox(name)

    def state(self, name: str) -> MailboxState:
        """The mailbox's phase and pause, read now."""
        return rollout.state(self.store, name, self.mailbox(name).phase)

    def may_act(self, name: str) -> bool:
        return not self.state(name).paused


def open_workplace(config: Path | str | None = None) -> Workplace:
    """Reads mailstage.toml and opens the store. Raises ConfigurationError, StoreUnavailable."""
    settings = load_settings(Path(config) if config else None)
    return Workplace(settings, open_store(settings.database_url))
