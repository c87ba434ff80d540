"""Commands that move mail: demo, run, serve."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Config, Json, Mailbox


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage demo --no-serve")(demo)
    app.command(epilog="Example: mailstage run support")(run)
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
    """One pass over a mailbox: fetch, sort, draft, converse, deliver."""
    from cli.engine import prepare, run_flow
    from cli.options import print_json
    from cli.show import print_overview
    from cli.watching import progress_bars

    prepare()
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    place.mailbox(mailbox)  # a misspelt name is told before Prefect starts
    from flows.pipeline import pipeline
    from models.errors import MailError
    from store.metrics import overview
    from store.outbox import last_error

    with progress_bars():
        run_flow(pipeline, mailbox, str(config or ""))
    found = overview(place.store, mailbox)
    print_json([found]) if as_json else print_overview([found])
    if found.to_send and (error := last_error(place.store, mailbox)):
        raise MailError(f"{found.to_send} approved replies still wait to be sent; the next run tries again: {error}")


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
