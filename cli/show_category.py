"""How a category looks on a terminal: what a mail was taken for, and why."""

from collections.abc import Iterable

from rich.padding import Padding

from cli.show import clean, console
from ml.small.why.explaining import Explanation, Weight
from models.classification import Alternative, Classification, Tone
from models.opinion import Opinion


def print_classification(found: Classification) -> None:
    took = [f"{found.milliseconds:.1f} ms"] if found.milliseconds else []
    took += [f"${found.cost:.4f}"] if found.cost else []
    by = ", ".join([f"decided by {found.decided_by}", *took])
    console.print(f"Category: {_said_of_category(found, by)}")
    if found.tone:
        console.print(_said_of_tone(found.tone))


def _said_of_category(found: Classification, by: str) -> str:
    """Without a category no figure: how probable it is to be none says little to whoever does not know the cut."""
    others = _ranked(found.alternatives)
    if found.foreign:
        return f"none, it is unlike all mail known ({by}); least unlike {others}"
    if found.category is None:
        return f"none ({by})"
    return f"{found.category} ({found.probability:.0%}, {by})" + (f"; then {others}" if others else "")


def _ranked(others: Iterable[Alternative]) -> str:
    return ", ".join(f"{one.category} {one.probability:.0%}" for one in others)


def _said_of_tone(tone: Tone) -> str:
    return f"Tone: urgent {tone.urgent:.0%}, displeased {tone.negative:.0%}, pleased {tone.positive:.0%}"


def print_opinion(found: Opinion) -> None:
    """Of a large model that was asked while the mail waits."""
    console.print(clean(found.sentence))


def print_reasons(found: Explanation) -> None:
    """The same as the page of the question shows."""
    console.print("\n[bold]Why the model thinks so[/]")
    console.print(Padding(clean(found.why_not), (0, 0, 0, 2)))
    if found.contested:
        _print_words(found.category, found.words)
        _print_words(found.runner_up, found.against)
    if found.neighbours:
        console.print("  Most similar labelled mails [dim](1: the same words, 0: no more than any two mails)[/]")
    for near in found.neighbours:
        line = f"{near.likeness:.2f} [bold]{clean(near.label or 'out of scope')}[/]  {clean(near.text)}"
        console.print(Padding(line, (0, 0, 0, 4)))


def _print_words(category: str, weights: tuple[Weight, ...]) -> None:
    if weights:
        said = ", ".join(f"“{clean(one.words)}” {abs(one.weight):.1f}" for one in weights)
        console.print(Padding(f"For [bold]{clean(category)}[/]: {said}", (0, 0, 0, 2)))
