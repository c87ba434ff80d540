"""What a model gets to see of a thread, and under whose name."""

from datetime import UTC, datetime

from ml.large.prompting import Prompt, draft_prompt
from models.conversation import Turn
from models.message import Kind, Message
from tests.ml.large.factories import CATEGORY, COMPANY, mail

AT = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "---------- Forwarded message ---------\nFrom: Cy <cy@example.org>\nSubject: Lamp\nTo: ada@customer.example"


def prompt(message: Message, *turns: Turn) -> Prompt:
    return draft_prompt(message, turns, CATEGORY, COMPANY, "en", (), None)


def turn(text: str, *, ours: bool = False, kind: Kind = Kind.HUMAN) -> Turn:
    return Turn(message=mail(text).model_copy(update={"kind": kind}), ours=ours, at=AT)


def test_a_bounce_is_not_shown_as_the_customers_words() -> None:
    """Nor a notice of absence, and neither takes the place of a turn that a person wrote."""
    machines = [turn("I am away until Monday.", kind=Kind.AUTO_REPLY), turn("No such user here.", kind=Kind.BOUNCE)]
    shown = prompt(mail("And now?"), turn("It flickers."), turn("Clean it.", ours=True), *machines * 4).user
    assert "earlier message from customer]\nIt flickers." in shown
    assert "earlier message from us]\nClean it." in shown
    assert "away until Monday" not in shown
    assert "No such user" not in shown


def test_forwarded_mail_stands_behind_a_fence_of_its_own() -> None:
    """The note says what is wanted, the mail below it what it is about."""
    shown = prompt(mail("Can you help her?", forwarded=f"{HEAD}\n\nMy lamp flickers.")).user
    assert shown.index("Can you help her?") < shown.index("mail that the customer forwards") < shown.index("flickers")
    assert "mail that the customer forwards" not in prompt(mail("My lamp flickers.")).user


def test_the_fence_depends_on_what_is_forwarded() -> None:
    """Or a forwarded text could know the name of the fence around it."""
    one, other = (prompt(mail("See below.", forwarded=f"{HEAD}\n\n{text}")).user for text in ("a", "b"))
    assert one.split("]")[0] != other.split("]")[0]


def test_what_wants_an_answer_holds_the_words_of_a_forward_once() -> None:
    """Without its header, with or without quote marks; a forward without a note has given its words already."""
    quoted = "\n".join(f"> {line}" for line in f"{HEAD}\n\nMy lamp flickers.".split("\n"))
    for forwarded in (f"{HEAD}\n\nMy lamp flickers.", quoted):
        assert mail("Can you help?", forwarded=forwarded).request == "Can you help?\n\nMy lamp flickers."
    assert mail("My lamp flickers.", forwarded=HEAD).request == "My lamp flickers."
    assert mail("My lamp flickers.").request == "My lamp flickers."
