"""Commands about models and knowledge: parse, train, categorize, evaluate, knowledge."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import Config, Json, print_json

knowledge_app = typer.Typer(
    help="The documents that replies are grounded in.",
    epilog="Example: mailstage knowledge add handbook/",
    no_args_is_help=True,
)
evaluate_app = typer.Typer(
    help="Measure on labelled data.",
    epilog="Example: mailstage evaluate categorize --data test.jsonl",
    no_args_is_help=True,
)

Data = Annotated[Path, typer.Option("--data", help="Labelled mail, JSON Lines.")]
Model = Annotated[Path | None, typer.Option(help="Model folder [default: of mailstage.toml]")]
LARGEST_SEED = 2**32 - 1
"""Of numpy's and torch's generators alike."""
TRAIN_EXAMPLES = """Example: mailstage train --data examples/labelled.jsonl --out data/model

Example: mailstage train --from-folders support --folder 'Bills=billing'

Example: mailstage train --from-descriptions"""


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage parse mail.eml | jq .subject")(parse)
    app.command(epilog=TRAIN_EXAMPLES)(train)
    app.command(epilog="Example: mailstage categorize --why mail.eml")(categorize)
    app.add_typer(knowledge_app, name="knowledge")
    app.add_typer(evaluate_app, name="evaluate")


def parse(
    files: Annotated[list[Path], typer.Argument(help="Raw messages (.eml).")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON Lines also on a terminal; a pipe or a file always gets them.")
    ] = False,
) -> None:
    """What Mailstage reads out of a message: a page on a terminal, else one JSON object a line.

    A file that is no mail is told in one line on standard error; the others are read, and the exit status is 1.
    """
    from cli.letter import print_message
    from cli.reading import as_data, as_failure, read_file
    from models.errors import MailError

    readable = sys.stdout.isatty() and not as_json
    failed = False
    for file in files:
        try:
            message = read_file(file)
        except MailError as error:
            print(f"mailstage: {error}", file=sys.stderr)
            failed = True
            if not readable:
                print_json([as_failure(file, error)])
            continue
        print_message(file, message) if readable else print_json([as_data(file, message)])
    if failed:
        raise typer.Exit(1)


def train(
    data: Annotated[Path | None, typer.Option("--data", help="Labelled mail, JSON Lines.")] = None,
    from_folders: Annotated[
        str, typer.Option(help="A mailbox: learn from the folders where people have filed mail.", metavar="MAILBOX")
    ] = "",
    folder: Annotated[
        list[str] | None,
        typer.Option(
            help="What a folder holds, beside those called like a category; may be repeated.", metavar="F=CAT"
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Mails of a folder that are read, the newest first.")] = 2_000,
    keep: Annotated[
        Path | None, typer.Option(help="Write the mail out of the folders here, as --data reads it.")
    ] = None,
    from_descriptions: Annotated[
        bool, typer.Option("--from-descriptions", help="No mail at all: a model that only suggests categories.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --from-descriptions: also in place of a model that was measured.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to write [default: the model of mailstage.toml]")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="The same seed and data give the same model.")] = 0,
    encoder: Annotated[
        str | None,
        typer.Option(help="Sentence encoder: auto, off, a folder, or one that was pulled [default: of mailstage.toml]"),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Learn the categories from labelled mail: --data, --from-folders or both; or --from-descriptions alone.

    Folders that are called like a category of mailstage.toml are found by themselves, but for Sent, Junk and the like;
    `--folder 'Invoices 2025=billing'` names another, and `--folder Private=` one of no category. Which were passed over
    is told. Only what customers wrote is taken, and nothing on the server changes. From descriptions nothing can be
    measured: until it is trained on labelled mail, each mail waits for a person, with the likeliest categories.
    """
    from cli.labels import check_labels, check_languages
    from cli.teaching import Folders, learn_descriptions, learn_rows, mail_of_folders, settings_at_hand
    from ml.small.encoder.preparing import AUTO, encoder_named
    from ml.small.labelled import read_labelled

    if from_descriptions is bool(data or from_folders):
        raise typer.BadParameter("say what to learn from: --data, --from-folders or both, or --from-descriptions alone")
    if (folder or keep) and not from_folders:
        raise typer.BadParameter("--folder and --keep belong to --from-folders MAILBOX")
    if force and not from_descriptions:
        raise typer.BadParameter("--force belongs to --from-descriptions")
    rows = read_labelled(data) if data else []
    settings = settings_at_hand(config, needed=out is None or bool(from_folders) or from_descriptions)
    if settings:
        out, encoder = out or settings.model_dir, encoder or settings.sorting.encoder
    filed = None
    if settings and from_folders:
        filed = mail_of_folders(settings, Folders(from_folders, tuple(folder or ()), limit, keep))
        rows += filed.rows
    ready = encoder_named(encoder or AUTO)
    assert out is not None  # where there are no settings it was given
    if settings and from_descriptions:
        learn_descriptions(settings.categories, out, ready, seed, as_json=as_json, force=force)
        return
    hints = [*(check_labels(settings, rows, out) if settings else ()), *check_languages(rows, ready)]
    learn_rows(rows, out, ready, seed, as_json=as_json, filed=filed)
    for hint in hints:
        print(f"Warning: {hint}", file=sys.stderr)


def categorize(
    files: Annotated[list[Path], typer.Argument(help="Raw messages (.eml).")],
    model: Model = None,
    precision: Annotated[
        Literal["0.95", "0.99"] | None,
        typer.Option(help="Share of the answers without a person that must be right [default: of mailstage.toml]"),
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Add the words and the labelled mails that decided.")] = False,
    config: Config = None,
) -> None:
    """One classification a line, as JSON, with the language and the tone: what the pipeline would say of the mail.

    All of it happens on this machine: a large model that mailstage.toml names for sorting is not asked.

    Mail that a rule sets aside has no category, is decided by "rule", and says why. Thresholds of categories and our
    own addresses are those of mailstage.toml, where there is one.
    """
    from cli.reading import as_failure
    from cli.sorting import readable_files, sorted_files
    from cli.teaching import model_at_hand, settings_at_hand

    settings = settings_at_hand(config, needed=model is None)
    folder = model_at_hand(model, settings)
    read, failed = readable_files(files)
    print_json(sorted_files(read, folder, settings, precision, why=why))
    for file, error in failed:
        print(f"mailstage: {error}", file=sys.stderr)
        print_json([as_failure(file, error)])
    if failed:
        raise typer.Exit(1)


@evaluate_app.command("categorize", epilog="Example: mailstage evaluate categorize --data test.jsonl")
def evaluate_categorize(data: Data, model: Model = None, config: Config = None) -> None:
    """How good a model is on labelled mail that it has not learned from; JSON. No large model is asked.

    accuracy, macro_f1 and ece (calibration error, 0 is best) are of mail that has a label, an answer being forced.

    oos_recall is the share of mail without one that is told apart, scope_kept the share of the other that is kept,
    oos_auroc how well the two are ranked.

    coverage is the share of all mail answered without a person, and precision the share of those answers that are
    right, at each wished precision; answered_by says by which step, at 0.95.

    unknown_labels are those that the model never learned: they count as wrong.
    """
    from cli.teaching import model_at_hand, settings_at_hand
    from ml.small.evaluation import evaluate, unknown_said
    from ml.small.labelled import read_labelled
    from ml.small.registry import load

    classifier = load(model_at_hand(model, settings_at_hand(config, needed=model is None)))
    report = evaluate(classifier, read_labelled(data))
    if report.unknown_labels:
        print(f"mailstage: {unknown_said(report.unknown_labels, classifier.labels)}", file=sys.stderr)
    print_json([report])


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

    from cli.watching import progress_bar
    from ml.large.knowledge import ingest
    from models.configuration import load_settings

    settings = load_settings(config)
    with progress_bar("reading documents") as progress:
        done = ingest(paths or settings.knowledge, settings.knowledge_dir, progress)
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
    """The passages that a reply would be grounded in, the best first.

    With --json each has a `score`: the share of the question's words that it holds, rare ones counting more. Passages
    that hold the same words score alike; their order comes from the search.
    """
    from cli.show import print_passages
    from ml.large.knowledge import Knowledge
    from models.configuration import load_settings

    found = Knowledge(load_settings(config).knowledge_dir).search(query, k, language)
    if as_json:
        print_json(found)
        return
    print_passages(found)
