"""Commands about the models that sort: which versions there are, which is in use, learning anew, the large one."""

from typing import Annotated

import typer

from cli.options import Config, Json, on_terminal, print_json, whoami

model_app = typer.Typer(
    help="The model that sorts the mail: its versions, what it learns from reviewers, and the large one it may ask.",
    epilog="Example: mailstage model list",
    no_args_is_help=True,
)
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for the audit log.")]


def add_commands(app: typer.Typer) -> None:
    model_app.command("list", epilog="Example: mailstage model list --json")(list_)
    model_app.command(epilog="Example: mailstage model activate 3f9c2ab81d40 --reason 'the new one is worse'")(activate)
    model_app.command(epilog="Example: mailstage model rollback --reason 'complaints are filed as orders'")(rollback)
    model_app.command(epilog="Example: mailstage model learn")(learn)
    model_app.command(epilog="Example: mailstage model large --json")(large)
    model_app.command(epilog="Example: mailstage model forget --reason 'request for erasure of 3 May'")(forget)
    app.add_typer(model_app, name="model")


def list_(config: Config = None, as_json: Json = False) -> None:
    """The versions on disk, and how the last challengers did.

    With --json each line is a version, or a comparison: they differ in `what`.
    """
    from cli.show_model import print_comparisons, print_models
    from store.challenges import past_comparisons
    from tasks.list_models import list_models
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    models, compared = list_models(place), past_comparisons(place.store)
    if as_json:
        print_json({"what": "version", **one.model_dump(mode="json")} for one in models)
        print_json({"what": "comparison", **one.model_dump(mode="json")} for one in compared)
        return
    print_models(models)
    print_comparisons(compared, place.settings.company.time_zone)


def activate(
    version: Annotated[str, typer.Argument(help="As `mailstage model list` prints it.")],
    force: Annotated[bool, typer.Option(help="Also one that a person rejected; needs --reason.")] = False,
    reason: Reason = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Use another version from now on: each run loads the model anew."""
    from tasks.activate import activate_model
    from tasks.workplace import open_workplace

    before = activate_model(open_workplace(config), version, whoami(), reason, force=force)
    _tell(version, before, as_json)


def rollback(reason: Reason = "", config: Config = None, as_json: Json = False) -> None:
    """Back to the version that was used before. Twice leads to where it began."""
    from tasks.activate import roll_back_model
    from tasks.workplace import open_workplace

    version, before = roll_back_model(open_workplace(config), whoami(), reason)
    _tell(version, before, as_json)


def _tell(version: str, before: str, as_json: bool) -> None:
    if as_json:
        print_json([{"in_use": version, "before": before}])
    elif version == before:
        print(f"Model {version} is in use already.")
    else:
        print(f"Model {version} is in use now; before it was {before or 'none'}. `mailstage model rollback` goes back.")


def learn(config: Config = None, as_json: Json = False) -> None:
    """Train a new model on what reviewers decided, and put it before a person if it is surely better.

    Nothing changes without their yes: `mailstage queue --kind model` shows the question. Prefect runs this once a week.
    """
    from cli.engine import prepare, run_flow

    prepare()
    from cli.show_model import print_comparison
    from cli.watching import progress_bars
    from flows.learn import learn as flow

    with progress_bars():
        found = run_flow(flow, str(config or ""))
    if as_json:
        print_json([found])
        return
    print(f"{found.why[:1].upper()}{found.why[1:]}.")
    if found.comparison:
        print_comparison(found.comparison)
    if found.review:
        print(f"`mailstage show {found.review}` shows the question; `approve` or `reject` answers it.")


def large(config: Config = None, as_json: Json = False) -> None:
    """The large model that is asked where the small one is not sure: its record, and whether it answers by now.

    It answers without a person once its lower bound has reached what is needed, and suggests until then. With --json
    the lines differ in `what`: the model, a record, the calls of a mailbox.
    """
    from cli.show_large import lines_of, print_large
    from tasks.sum_up import sum_up_large_model
    from tasks.workplace import open_workplace

    found = sum_up_large_model(open_workplace(config))
    if as_json:
        print_json(lines_of(found))
        return
    print_large(found)


def forget(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, as where there is no terminal.")] = False,
    reason: Reason = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Remove every version but the one in use, with the mail that they learned from: there is no way back.

    After a request for erasure, train again without that mail first, then forget the versions that knew it.
    """
    from models.errors import ApprovalError
    from tasks.activate import forget_models, other_versions
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    found = other_versions(place)
    if found.files and not yes:
        question = f"Remove {_counted(len(found.versions), 'version')}, and keep {found.in_use} alone for good?"
        if not (on_terminal() and typer.confirm(question, err=True)):
            raise ApprovalError("nothing was removed: nobody said yes (use --yes where there is no terminal)")
    gone = forget_models(place, whoami(), reason)
    if as_json:
        print_json([gone])
    elif not gone.files:
        print(f"There is nothing to forget: {gone.in_use} is the only version.")
    else:
        names = ", ".join(gone.versions) or "none that is whole"
        files = _counted(len(gone.files), "file or folder", "files and folders")
        print(f"Removed {names}: {files}. {gone.in_use} stays in use; there is no version to go back to.")


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
