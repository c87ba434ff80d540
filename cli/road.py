"""Commands that move mail: demo, run, watch, backfill, serve."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Config, Json, Mailbox

DAY = ["%Y-%m-%d"]


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage demo --no-serve")(demo)
    app.command(epilog="Example: mailstage run support")(run)
    app.command(epilog="Example: mailstage watch, or: mailstage watch support orders")(watch)
    app.command(epilog="Example: mailstage backfill support --since 2026-01-01")(backfill)
    app.command(epilog="Example: mailstage serve --port 8433")(serve)
    app.command(epilog="Example: mailstage link")(link)


def demo(
    data: Annotated[Path, typer.Option(help="Folder for the demo's data; an earlier demo in it is replaced.")] = Path(
        "demo-data"
    ),
    serve: Annotated[bool, typer.Option(help="Keep the reviewer UI open until Ctrl-C (on a terminal).")] = True,
    port: Annotated[int, typer.Option(help="Port of the reviewer UI; 0 takes a free one.")] = 8433,
) -> None:
    """The whole road on the example company: embedded servers, no keys, no internet."""
    from cli.demo import run_demo

    run_demo(data, serve=serve, port=port)


def run(mailbox: Mailbox, config: Config = None, as_json: Json = False) -> None:
    """One pass over a mailbox: fetch, sort, draft, converse, deliver.

    Ends with a table of what became of the mail since the mailbox was connected, and what each figure counts.
    """
    from cli.engine import prepare, run_flow
    from cli.options import print_json
    from cli.overview import print_overview
    from cli.show import print_pause
    from cli.show_drift import print_alarm
    from cli.watching import progress_bars

    prepare()
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    place.mailbox(mailbox)  # a misspelt name is told before Prefect starts
    from flows.pipeline import pipeline
    from models.errors import MailError
    from store.cursors import troubles
    from store.metrics import overview
    from store.outbox import last_error
    from tasks.drift import watch_drift

    with progress_bars():
        run_flow(pipeline, mailbox, str(config or ""))
    drift = watch_drift(place, mailbox)
    found = overview(place.store, mailbox)
    if as_json:
        print_json([{**found.model_dump(mode="json"), "drift": drift.sentence if drift.alarm else ""}])
    else:
        print_overview([found])
        print_pause(place.state(mailbox))
        print_alarm(drift)
    if found.to_send and (error := last_error(place.store, mailbox)):
        raise MailError(f"{found.to_send} approved replies still wait to be sent; the next run tries again: {error}")
    if unread := troubles(place.store, mailbox, place.mailbox(mailbox).inbound):
        raise MailError(f"the rest is done, but {len(unread)} of its folders could not be read: {unread[0]}")


def watch(
    mailboxes: Annotated[
        list[str] | None, typer.Argument(metavar="[MAILBOX]…", help="Mailboxes to watch [default: all].")
    ] = None,
    every: Annotated[
        float, typer.Option(min=0.1, max=60.0, help="Minutes after which to look without a notice.")
    ] = 5.0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run as mail arrives, until Ctrl-C: each mailbox is listened to, and carried on when something comes."""
    from cli.engine import prepare

    prepare()
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    names = mailboxes or list(place.settings.mailboxes)
    for name in names:
        place.mailbox(name)  # a misspelt name is told before Prefect starts
    from cli.status import status
    from cli.watch import Rhythm, watch_until_interrupted

    watch_until_interrupted(place, config, list(dict.fromkeys(names)), status(as_json), Rhythm(every=60.0 * every))


def backfill(
    mailbox: Mailbox,
    since: Annotated[
        datetime | None, typer.Option(formats=DAY, help="The first day whose mail is brought in.", metavar="DATE")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAY, help="The day before which it ends [default: none]", metavar="DATE")
    ] = None,
    folder: Annotated[str, typer.Option(help="One folder alone [default: every folder that mail arrives in]")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Draft replies too, each for a person to approve.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only say how far it is.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Sort old mail, the newest first. Ctrl-C stops it; the same command goes on.

    The summary counts what is `done`, the `sorted` among it, and the `unsure`: mail that the model was not sure of,
    which stays without a label. The others need no category: automatic mail, or known before. Nobody is asked about
    old mail; only what cannot be read at all comes before a person.
    """
    from cli.engine import prepare

    prepare()
    from cli.backfill import described, explained, run_backfill, summary
    from cli.options import print_json
    from store.backfills import find_backfills
    from tasks.backfill import Wanted
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    place.mailbox(mailbox)
    finished = True
    if not status:
        if since is None:
            raise typer.BadParameter("say from which day on: --since 2026-01-01", param_hint="--since")
        wanted = Wanted(since=since.date(), until=until.date() if until else None, folder=folder, drafts=draft)
        finished = run_backfill(mailbox, wanted, str(config or ""))
    rows = find_backfills(place.store, mailbox)
    if as_json:
        print_json(summary(rows))
    else:
        print("\n".join(map(described, rows)) or f"No old mail of {mailbox} was asked for yet.")
        if said := explained(rows):
            print(said)
    if not finished:
        print("Stopped, and nothing is lost: the same command goes on from here.", file=sys.stderr)
        raise typer.Exit(130)


def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: from mailstage.toml]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """The reviewer UI. Prints a sign-in link that works once; Enter prints another."""
    from cli.serve import serve_until_interrupted
    from tasks.workplace import open_workplace

    serve_until_interrupted(open_workplace(config), host, port)


def link(config: Config = None) -> None:
    """Another sign-in link for a reviewer UI that runs already."""
    from cli.serve import open_gate
    from models.configuration import load_settings

    gate, base = open_gate(load_settings(config))
    print(gate.sign_in_link(base))
