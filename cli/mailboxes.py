"""Commands for the rollout: phase, pause, resume; and whether the mail is still what the model learned from: drift."""

from typing import Annotated

import typer

from cli.options import Config, Json, Mailbox, on_terminal, print_json, whoami
from models.typed import typed

Reason = Annotated[str, typer.Option("--reason", "-r", callback=typed, help="Why, for the audit log.")]
ALL = "all"
Which = Annotated[str, typer.Argument(help="Name of a mailbox in mailstage.toml, or `all`.", metavar="MAILBOX")]


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage phase orders --to 3")(phase)
    app.command(epilog="Example: mailstage pause support, or: mailstage pause all")(pause)
    app.command(epilog="Example: mailstage resume support, or: mailstage resume all")(resume)
    app.command(epilog="Example: mailstage drift support --json")(drift)


def phase(
    mailbox: Mailbox,
    to: Annotated[int | None, typer.Option(min=1, max=3, help="1 categorise, 2 draft, 3 converse.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option(help="Promote against the evidence; needs --reason.")] = False,
    reason: Reason = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the evidence of a mailbox; with --to, move it after asking. A demotion takes effect at once."""
    from cli.show import print_evidence
    from models.errors import ApprovalError
    from models.rollout import Phase
    from store.rollout import set_phase
    from tasks.measure import evidence_for
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    state = place.state(mailbox)
    found = evidence_for(place, mailbox)
    if as_json:
        print_json([{"state": state.model_dump(mode="json"), "evidence": found.model_dump(mode="json")}])
    else:
        print_evidence(state, found)
    if to is None or to == state.phase:
        return
    if to > state.phase:
        if to > state.phase + 1:
            raise ApprovalError(f"one phase at a time: {mailbox} is in phase {int(state.phase)}")
        if not found.suffices and not (force and reason):
            raise ApprovalError(
                f"the evidence does not suffice ({found.shortfalls[0]}); "
                "review more, or override with --force --reason '…'"
            )
        if not yes and not _agrees(f"Promote {mailbox} to phase {to}?"):
            raise ApprovalError("not promoted: nobody said yes (use --yes where there is no terminal)")
    set_phase(place.store, mailbox, Phase(to), whoami(), reason or "asked on the command line")
    if not as_json:
        print(f"{mailbox} is now in phase {to}.")


def _agrees(question: str) -> bool:
    return on_terminal() and typer.confirm(question)


def pause(mailbox: Which, reason: Reason = "", config: Config = None) -> None:
    """The kill switch: from now on no reply is drafted, approved or sent, not even one that was approved before.

    `all` stops every mailbox, until `mailstage resume all`. What goes on: mail is fetched, sorted by the small model
    and labelled; drafts that were finished come before a person; categories can be chosen and drafts rejected; a reply
    that is on the wire at this moment is finished; and what people send from their mail clients is noted.
    """
    _switch(mailbox, True, reason, config)


def resume(mailbox: Which, reason: Reason = "", config: Config = None) -> None:
    """Ends a pause: what has gathered meanwhile is drafted and sent by the next run. `all` ends that of everything."""
    _switch(mailbox, False, reason, config)


def _switch(mailbox: str, paused: bool, reason: str, config: Config) -> None:
    from models.rollout import Phase
    from store.rollout import EVERYTHING, set_paused
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    name = EVERYTHING if mailbox == ALL else mailbox
    start = Phase.CATEGORIZE if name == EVERYTHING else place.mailbox(mailbox).phase
    set_paused(place.store, name, paused, whoami(), reason, start)
    print(f"{'Every mailbox' if name == EVERYTHING else mailbox} is {'paused' if paused else 'running'}.")
    if paused:
        print("Nothing is drafted, approved or sent until it is resumed; mail is still fetched, sorted and labelled.")
    if not paused and name != EVERYTHING and place.state(mailbox).paused:
        print("Everything is still paused: `mailstage resume all` ends that.")


def drift(
    mailbox: Annotated[str | None, typer.Argument(metavar="[MAILBOX]", help="One mailbox [default: all].")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Whether the mail of today is like the mail that the model learned from.

    The newest 200 mails are compared with training: how sure the model is, how much is unlike every category, and how
    much a person is asked about; and with the mailbox's own mail before: which categories come. A figure raises the
    alarm when chance explains it less than once in a thousand looks and the difference matters. The log (`audit`) keeps
    each alarm and its end.
    """
    from cli.show_drift import print_drift
    from tasks.drift import watch_drift
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    found = [watch_drift(place, name) for name in ([mailbox] if mailbox else place.settings.mailboxes)]
    if as_json:
        print_json({**one.model_dump(mode="json"), "alarm": one.alarm, "sentence": one.sentence} for one in found)
    else:
        print_drift(found)
