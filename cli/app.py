"""Puts the commands together and turns every error of ours into one line and exit status 1."""

import logging
import os
import sys

import typer

from cli import connect, decide, encoder, learn, look, mailboxes, model, road
from models.errors import MailstageError

EPILOG = "Start with `mailstage demo`. Settings: ./mailstage.toml, or $MAILSTAGE_CONFIG."

app = typer.Typer(
    help="A team mailbox that earns its autonomy: categorise, draft, converse, with a person's approval between.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="markdown",  # joins the lines of a paragraph, which the other modes break where the source does
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (road, connect, look, decide, mailboxes, learn, model, encoder):
    module.add_commands(app)


def _log_batches() -> None:
    """Without a terminal (cron, a container) each batch is a line on standard error; MAILSTAGE_LOG=warning stops it."""
    level = os.environ.get("MAILSTAGE_LOG", "warning" if sys.stderr.isatty() else "info").upper()
    log = logging.getLogger("mailstage")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.propagate = False  # Prefect has a handler of its own at the root: each line would stand there twice
    log.setLevel(level if level in logging.getLevelNamesMapping() else "INFO")


def main() -> None:
    _log_batches()
    try:
        app()
    except MailstageError as error:
        print(f"mailstage: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        # the reader of our output has gone (`| head`): nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
