"""How a database of any age becomes one of today: alembic scripts, applied in order."""
