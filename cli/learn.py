"""Commands about models and knowledge: parse, train, categorize, evaluate, knowledge."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Config, Json, print_json

knowledge_app = typer.Typer(help="The documents that replies are grounded in.", no_args_is_help=True)
evaluate_app = typer.Typer(help="Measure on labelled data.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", help="Labelled mail, JSON Lines.")]
Model = Annotated[Path, typer.Option("--model", help="Folder that `mailstage train` wrote.")]


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage parse mail.eml | jq .subject")(parse)
    app.command(epilog="Example: mailstage train --data examples/labelled.jsonl --out data/model")(train)
    app.command(epilog="Example: mailstage categorize --model data/model mail.eml")(categorize)
    app.add_typer(knowledge_app, name="knowledge")
    app.add_typer(evaluate_app, name="evaluate")


def parse(
    files: Annotated[list[Path], typer.Argument(help="Raw messages (.eml).")],
    _as_json: Annotated[bool, typer.Option("--json", help="As everywhere; this command always prints JSON.")] = False,
) -> None:
    """What Mailstage reads out of a message: one JSON object a line."""
    from cli.reading import parsed

    print_json(parsed(file) for file in files)


def train(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Folder to write [default: the model of mailstage.toml]")] = None,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Learn the categories from labelled mail."""
    from cli.show import console
    from ml.small.labelled import read_labelled
    from ml.small.training import train as train_model
    from models.configuration import load_settings

    folder = out or load_settings(config).model_dir
    say = None if as_json else lambda step: console.print(f"[dim]{step}[/]")
    report = train_model(read_labelled(data), folder, seed=seed, progress=say)
    if as_json:
        print_json([report])
        return
    print(f"Learned {len(report.labels)} categories from {report.n} mails into {folder}.")
    print(f"Cross-validated: accuracy {report.accuracy:.1%}, macro F1 {report.macro_f1:.1%}, ECE {report.ece:.3f}.")
    for warning in report.warnings:
        print(f"Warning: {warning}")


def categorize(
    files: Annotated[list[Path], typer.Argument(help="Raw messages (.eml).")],
    model: Annotated[Path | None, typer.Option(help="Model folder [default: of mailstage.toml]")] = None,
    config: Config = None,
) -> None:
    """One classification a line, as JSON."""
    from cli.reading import read_file
    from ml.small.registry import load
    from models.configuration import load_settings

    classifier = load(model or load_settings(config).model_dir)
    messages = [read_file(file) for file in files]
    answers = classifier.classify(messages)
    print_json({"file": str(f), **a.model_dump(mode="json")} for f, a in zip(files, answers, strict=True))


@evaluate_app.command(
    "categorize", epilog="Example: mailstage evaluate categorize --model data/model --data test.jsonl"
)
def evaluate_categorize(model: Model, data: Data) -> None:
    """Accuracy, calibration, coverage, speed; JSON."""
    from ml.small.evaluation import evaluate
    from ml.small.labelled import read_labelled
    from ml.small.registry import load

    print_json([evaluate(load(model), read_labelled(data))])


@evaluate_app.command("retrieve", epilog="Example: mailstage evaluate retrieve --documents d.jsonl --queries q.jsonl")
def evaluate_retrieve(
    documents: Annotated[Path, typer.Option(help='JSON Lines: {"id","title","content"}')],
    queries: Annotated[Path, typer.Option(help='JSON Lines: {"id","query","required_documents"}')],
) -> None:
    """hit@5, recall@20, MRR, median milliseconds; JSON."""
    from ml.large.knowledge import evaluate

    print_json([evaluate(documents, queries)])


@knowledge_app.command("add", epilog="Example: mailstage knowledge add handbook/ prices.pdf")
def knowledge_add(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders [default: of mailstage.toml]")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Read documents into the index; unchanged ones cost nothing, deleted ones disappear."""
    from dataclasses import asdict

    from cli.watching import progress_bars
    from ml.large.knowledge import ingest
    from models.configuration import load_settings
    from tasks.progress import report

    settings = load_settings(config)
    with progress_bars():
        done = ingest(
            paths or settings.knowledge, settings.knowledge_dir, lambda n, total: report("", "knowledge", n, total)
        )
    if as_json:
        print_json([asdict(done)])
        return
    print(f"{done.documents} documents, {done.passages} passages; {done.unchanged} unchanged, {done.removed} removed.")
    for broken in done.broken:
        print(f"Not read: {broken}")


@knowledge_app.command("search", epilog="Example: mailstage knowledge search 'how long is the warranty' -k 3")
def knowledge_search(
    query: Annotated[str, typer.Argument(help="A question, as a customer would ask it.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    language: Annotated[str | None, typer.Option(help="Prefer this language: en, de, fr …")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """The passages that a reply would be grounded in."""
    from cli.show import clean, console
    from ml.large.knowledge import Knowledge
    from models.configuration import load_settings

    found = Knowledge(load_settings(config).knowledge_dir).search(query, k, language)
    if as_json:
        print_json(found)
        return
    if not found:
        print("The knowledge holds nothing like it.")
    for passage in found:
        span = f"{passage.start}–{passage.end}"
        console.print(
            f"[bold]{passage.score:.2f}[/] {clean(passage.document)} · {clean(passage.heading)} [dim]{span}[/]"
        )
        console.print(f"     {clean(passage.text[:300])}")
