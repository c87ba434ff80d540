"""Commands about sentence encoders: tune one on one's own mail, fetch one, see what is here and how it runs."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.learn import LARGEST_SEED
from cli.options import Json, print_json

encoder_app = typer.Typer(
    help="The sentence encoders that sorting can use.",
    epilog="Example: mailstage encoder list",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="Id on the hub: owner/name.")]


def add_commands(app: typer.Typer) -> None:
    app.add_typer(encoder_app, name="encoder")


@encoder_app.command("tune", epilog="Example: mailstage encoder tune --data labelled.jsonl --out data/encoder")
def tune(
    data: Annotated[Path, typer.Option("--data", help="Labelled mail, JSON Lines.")],
    out: Annotated[Path, typer.Option(help="Folder to write the tuned encoder to.")],
    encoder: Annotated[
        str, typer.Option(help="What to start from: auto, a folder, or an id that was pulled.")
    ] = "auto",
    epochs: Annotated[
        int | None, typer.Option(min=1, max=100, help="How often each mail is read [default: by the number of mails]")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="The same seed, data and device give the same encoder.")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto (a GPU where there is one), cpu, cuda or cuda:1.")] = "auto",
    as_json: Json = False,
) -> None:
    """Fine-tune an encoder on labelled mail; then train with `mailstage train --encoder FOLDER`, on the same file.

    One mail in five is kept from it: on those `train` measures and chooses thresholds. Needs torch (`make
    install-train`); minutes for a thousand mails on a CPU.
    """
    from cli.watching import progress_bar
    from ml.small.encoder.fine_tuning import needs_torch
    from ml.small.encoder.preparing import find_source
    from ml.small.encoder.tuning import Task, recipe_for
    from ml.small.encoder.tuning import tune as tune_encoder
    from ml.small.labelled import read_labelled
    from models.errors import ModelError

    needs_torch()
    source = find_source(encoder)
    if source is None:
        raise ModelError("there is no encoder to start from: run make install, or name one with --encoder")
    rows = read_labelled(data)
    with progress_bar("tuning") as progress:
        report = tune_encoder(rows, Task(source, out, recipe_for(len(rows), epochs), seed, device), progress)
    if as_json:
        print_json([report])
        return
    print(f"Tuned {report.base} on {report.seen} of {report.rows} mails into {out}.")
    print(f"On the {report.kept_back} it has not seen: {report.before:.1%} right before, {report.after:.1%} after.")
    for warning in report.warnings:
        print(f"Warning: {warning}")
    print(f"Now: mailstage train --data {data} --encoder {out}")


@encoder_app.command("pull", epilog="Example: mailstage encoder pull sentence-transformers/all-MiniLM-L6-v2")
def pull(name: Name, as_json: Json = False) -> None:
    """Fetch an encoder from the Hugging Face hub, or from $HF_ENDPOINT.

    No other command goes online for a model that sorts.
    """
    from ml.small.encoder.downloading import Hub
    from ml.small.encoder.downloading import pull as pull_encoder
    from ml.small.encoder.hub_folder import read_size
    from ml.small.encoder.preparing import prepared

    shows = sys.stderr.isatty() and not as_json
    folder = pull_encoder(name, Hub(os.environ.get("HF_ENDPOINT") or None, shows))
    prepared(folder)  # so that one that cannot be run is told of now
    if as_json:
        print_json([{"name": name, "folder": str(folder), "dimensions": read_size(folder)}])
        return
    print(f"Fetched {name} into {folder}.")
    print(f"Now: mailstage train --data labelled.jsonl --encoder {name}")


@encoder_app.command("list", epilog="Example: mailstage encoder list --json")
def list_encoders(as_json: Json = False) -> None:
    """What is on this machine: installed, downloaded, and made ready to run."""
    from rich.table import Table

    from cli.show import clean, console
    from ml.small.encoder.installed import known_encoders

    found = known_encoders()
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No encoder is on this machine: run make install, or mailstage encoder pull NAME.")
        return
    table = Table("Encoder", "", "MB", "Dimensions", box=None, pad_edge=False)
    table.add_column("Folder", overflow="fold")  # a path is copied, so it must be whole
    for one in found:
        size = str(one.dimensions) if one.dimensions else "?"
        table.add_row(clean(one.name), one.kind, f"{one.size / 1e6:.1f}", size, clean(str(one.folder)))
    console.print(table)


@encoder_app.command("check", epilog="Example: mailstage encoder check auto")
def check(
    name: Annotated[str, typer.Argument(help="auto, a folder, or an id that was pulled.")] = "auto",
    as_json: Json = False,
) -> None:
    """Read two sentences with it: does it run, how quickly, in how much memory."""
    from ml.small.encoder.installed import check_encoder

    found = check_encoder(name)
    if as_json:
        print_json([found])
        return
    print(f"{found.name}: {found.dimensions} dimensions, reads {found.tokens} tokens of a mail.")
    print(f"Two sentences that mean much the same: cosine {found.likeness:.2f}.")
    print(f"{found.single_ms:.1f} ms for one, {found.texts_per_second:,.0f} a second in batches.")
    memory = "; check again for its memory" if found.memory_mb is None else f", {found.memory_mb:.0f} MB of memory"
    print(f"Loads in {found.load_ms:.0f} ms; {found.graph_mb:.1f} MB on disk{memory}.")
