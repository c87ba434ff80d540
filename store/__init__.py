"""The one source of truth: every table, every stage change. SQL lives in this room alone."""
