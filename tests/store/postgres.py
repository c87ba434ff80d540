"""The usual factories over PostgreSQL."""

from pathlib import Path

from store.database import Store, open_store
from tests.factories import Inbox


class PostgresInbox(Inbox):
    """The same factories over a fresh PostgreSQL schema."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        super().__init__(folder)

    def __post_init__(self) -> None:
        self.store: Store = open_store(self.url, self.clock)
