"""The records that travel between the rooms: frozen pydantic models, no I/O."""
