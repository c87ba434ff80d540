"""What runs when, as Prefect flows: thin, each a few lines over `tasks/`."""
