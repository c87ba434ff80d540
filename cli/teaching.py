"""What `mailstage train` learns from: files, the folders of a mailbox, descriptions; and how far it is."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.options import print_json
from ml.small.encoder.embedding import Encoder
from ml.small.labelled import LabelledMail
from ml.small.manifest import read_manifest
from models.category import Category
from models.errors import ModelError, TrainingDataError
from models.settings import Settings
from tasks.from_folders import FiledMail, TakenFrom
from tasks.passed_over import UNNAMED, lines_of

_LEFT_OUT = {
    "own": "our own",
    "automatic": "automatic or empty",
    "unreadable": "unreadable",
    "twice": "there twice",
    "torn": "under two categories",
}


@dataclass(frozen=True)
class Folders:
    """The folders of `mailbox` that people file mail in; see `tasks.from_folders`."""

    mailbox: str
    named: tuple[str, ...]
    limit: int
    keep: Path | None


def settings_at_hand(config: Path | None, *, needed: bool) -> Settings | None:
    """Those of mailstage.toml; None where there is none, nobody has named one, and the command can do without.

    Raises ConfigurationError.
    """
    from models.configuration import DEFAULT_FILE, load_settings

    named = needed or config or os.environ.get("MAILSTAGE_CONFIG")
    return load_settings(config) if named or Path(DEFAULT_FILE).exists() else None


def model_at_hand(named: Path | None, settings: Settings | None) -> Path:
    """The folder that somebody has named, else that of mailstage.toml."""
    return named or (settings.model_dir if settings else Path())


def mail_of_folders(settings: Settings, wanted: Folders) -> FiledMail:
    """Reads them under a progress bar, says on standard error what was taken and which folders were passed over, and
    keeps the rows where asked to."""
    from cli.backfill import shown_progress
    from tasks.from_folders import filed_mail

    with shown_progress():
        found = filed_mail(settings, wanted.mailbox, wanted.named, wanted.limit)
    for source in found.sources:
        print(taken_from(source), file=sys.stderr)
    for line in lines_of(found.passed_over):
        print(line, file=sys.stderr)
    if any(one.why == UNNAMED and one.mails for one in found.passed_over):
        print("What one holds is said with --folder 'NAME=category', or 'NAME=' for mail of none.", file=sys.stderr)
    if wanted.keep:
        keep_rows(wanted.keep, found.rows)
    return found


def taken_from(source: TakenFrom) -> str:
    """`Invoices: 120 of billing; left out: 3 our own, 1 there twice`."""
    place = f"{source.folder}, keyword {source.keyword}" if source.keyword else source.folder
    left = [f"{count} {said}" for name, said in _LEFT_OUT.items() if (count := getattr(source, name))]
    rest = f"; left out: {', '.join(left)}" if left else ""
    return f"{place}: {source.taken} of {source.category or 'no category'}{rest}"


def keep_rows(path: Path, rows: Sequence[LabelledMail]) -> None:
    """As JSON Lines that `--data` reads, for the owner's eyes alone, whoever could read the file before: it is
    customers' mail."""
    from ml.small.whole_files import write_whole

    lines = "".join(
        f"{json.dumps(row.model_dump(mode='json', by_alias=True, exclude_defaults=True) | {'label': row.label})}\n"
        for row in rows
    )
    try:
        write_whole(path, lines.encode(), mode=0o600)
    except OSError as error:
        raise TrainingDataError(f"{path} cannot be written: {error.strerror or error}") from error


@dataclass(frozen=True)
class Watching:
    """Called by a training: `progress` with each step, `embedded` with how many mails of how many are encoded."""

    progress: Callable[[str], None] | None = None
    embedded: Callable[[int, int], None] | None = None


@contextmanager
def watched_training(*, quiet: bool) -> Iterator[Watching]:
    """Steps as lines on standard error, so that what is piped is the result alone; on a terminal also how long the
    encoder will take."""
    console = Console(stderr=True, highlight=False)
    if quiet or not sys.stderr.isatty():
        yield Watching(None if quiet else lambda step: console.print(f"[dim]{step}[/]"))
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("encoding", total=None, visible=False)
        yield Watching(
            lambda step: bars.console.print(f"[dim]{step}[/]"),
            lambda done, total: bars.update(bar, completed=done, total=total, visible=True),
        )


def learn_rows(
    rows: Sequence[LabelledMail],
    out: Path,
    encoder: Encoder | None,
    seed: int,
    *,
    as_json: bool,
    filed: FiledMail | None = None,
) -> None:
    """Trains, and says how good the model is; as JSON also what was `filed` where."""
    from ml.small.manifest import PAGE
    from ml.small.training import train

    with watched_training(quiet=as_json) as watching:
        report = train(
            rows,
            out,
            seed=seed,
            encoder=encoder,
            progress=watching.progress,
            embedded=watching.embedded,
            trained=date.today(),
        )
    if as_json:
        print_json([{**report.model_dump(mode="json"), **_folders_of(filed)}])
        return
    print(f"Learned {len(report.labels)} categories from {report.n} mails into {out}.")
    print(f"Cross-validated: accuracy {report.accuracy:.1%}, macro F1 {report.macro_f1:.1%}, ECE {report.ece:.3f}.")
    shares = [
        f"{share:.1%} where {wished} are to be right ({'proven' if report.proven[wished] else 'believed'})"
        for wished, share in report.coverage.items()
    ]
    print(f"Sorted without a person: {', '.join(shares)}; the rest is asked.")
    for warning in report.warnings:
        print(f"Warning: {warning}")
    print(f"Confusion, calibration, the worst mistakes and suspect labels: {out / PAGE}")


def _folders_of(filed: FiledMail | None) -> dict[str, Any]:
    if filed is None:
        return {}
    parts = {"folders": filed.sources, "passed_over": filed.passed_over}
    return {name: [one.model_dump(mode="json") for one in found] for name, found in parts.items()}


def learn_descriptions(
    categories: Sequence[Category], out: Path, encoder: Encoder | None, seed: int, *, as_json: bool, force: bool
) -> None:
    """Makes a model that only suggests, and says that it does; in place of one that was measured only with `force`."""
    from ml.small.zero_shot import train_from_descriptions

    if not force:
        keep_measured(out)
    with watched_training(quiet=as_json) as watching:
        report = train_from_descriptions(
            categories, out, encoder, seed=seed, progress=watching.progress, trained=date.today()
        )
    if as_json:
        print_json([report])
        return
    print(f"Knows {len(report.labels)} categories by their descriptions, in {out}.")
    for warning in report.warnings:
        print(f"Warning: {warning}")


def keep_measured(out: Path) -> None:
    """Raises ModelError where the model in use has learned from labelled mail: a suggesting one knows less."""
    try:
        used = read_manifest(out)
    except ModelError:  # there is none, or none that anybody could go on with
        return
    if not used.suggests:
        measured = "" if used.accuracy is None else f", {used.accuracy:.1%} right"
        raise ModelError(
            f"the model in use ({used.version}) was measured on {used.rows:,} labelled mails{measured}; one from "
            "descriptions only suggests. --force replaces it; `mailstage model rollback` then brings it back"
        )
