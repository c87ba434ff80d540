"""Known bugs, planted on purpose: the audit must catch each, or its zeros prove nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mail.smtp.sending
import store.arrivals
import store.unknown
from mail.imap.session import ImapSession
from models.outbox import RecipientResult, RecipientState
from models.review import Outgoing
from tests.faults.points import replace

Results = tuple[RecipientResult, ...]


def send_twice() -> None:
    """Each reply goes over the wire twice."""
    send = mail.smtp.sending.send

    def twice(*args: Any, **kwargs: Any) -> Results:
        send(*args, **kwargs)
        return send(*args, **kwargs)

    replace(mail.smtp.sending, "send", twice)


def lose_a_row() -> None:
    """The cursor passes over a mail that was never saved."""
    save = store.arrivals.save_batch

    def forgetful(place: Any, batch: Sequence[Any], *rest: Any, **more: Any) -> Any:
        return save(place, batch[1:], *rest, **more)

    replace(store.arrivals, "save_batch", forgetful)


def change_after_approval() -> None:
    """A word is put into the reply between its approval and the wire."""
    send = mail.smtp.sending.send

    def changed(server: Any, outgoing: Outgoing, *rest: Any, **more: Any) -> Results:
        raw = outgoing.raw.replace(b"\r\n\r\n", b"\r\n\r\nBy the way. ", 1)
        return send(server, outgoing.model_copy(update={"raw": raw}), *rest, **more)

    replace(mail.smtp.sending, "send", changed)


def file_twice() -> None:
    """The copy in Sent is filed twice."""
    append = ImapSession.append_sent

    def twice(*args: Any, **kwargs: Any) -> Any:
        append(*args, **kwargs)
        return append(*args, **kwargs)

    replace(ImapSession, "append_sent", twice)


def claim_without_sending() -> None:
    """A reply counts as sent, and never was."""

    def pretended(_server: Any, outgoing: Outgoing, may_go: Callable[[], bool], **_: Any) -> Results:
        may_go()
        return tuple(RecipientResult(address=to, state=RecipientState.ACCEPTED) for to in outgoing.recipients)

    replace(mail.smtp.sending, "send", pretended)


def resend_what_is_unknown() -> None:
    """A reply of which nobody knows is simply sent again."""
    send = mail.smtp.sending.send

    def hopeful(*args: Any, **kwargs: Any) -> Results:
        results = send(*args, **kwargs)
        unknown = RecipientState.UNKNOWN
        return tuple(r.model_copy(update={"state": "waiting"}) if r.state is unknown else r for r in results)

    replace(mail.smtp.sending, "send", hopeful)


def keep_quiet_about_unknown() -> None:
    """Nobody is asked about a reply of which nobody knows."""
    replace(store.unknown, "ask_whether_sent", lambda *_args, **_kwargs: None)


@dataclass(frozen=True)
class Bug:
    """`plant` puts it into the running process; under `fault` it shows, at least as `shows_as`."""

    plant: Callable[[], None]
    fault: str
    shows_as: str


HUNG_UP = "smtp says hang up after the dot, kept"
BUGS = {
    "send twice": Bug(send_twice, "slow: imap", "duplicated"),
    "lose a row": Bug(lose_a_row, "slow: imap", "lost"),
    "change after approval": Bug(change_after_approval, "slow: imap", "unapproved"),
    "file twice": Bug(file_twice, "slow: imap", "duplicated"),
    "claim without sending": Bug(claim_without_sending, "slow: imap", "lost"),
    "resend what is unknown": Bug(resend_what_is_unknown, HUNG_UP, "duplicated"),
    "keep quiet about unknown": Bug(keep_quiet_about_unknown, HUNG_UP, "lost"),
}
