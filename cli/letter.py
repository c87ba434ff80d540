"""How `mailstage parse` shows one mail on a terminal: all that was read out of it, and what was found odd."""

from collections.abc import Iterator
from pathlib import Path

from rich.padding import Padding

from cli.show import clean, console
from models.message import Bounce, Message, SenderTrust

WIDTH = 12


def print_message(file: Path, message: Message) -> None:
    """Only what is there is shown; the new part of the text only where there is more than that."""
    console.rule(clean(str(file)), align="left")
    for name, value in _lines(message):
        if value:
            console.print(f"[bold]{name:<{WIDTH}}[/] {clean(value)}", soft_wrap=True)
    for name, text in _texts(message):
        if text.strip():
            console.print(f"[bold]{name}[/]")
            console.print(Padding(clean(text.strip()), (0, 0, 0, 2)))


def _lines(message: Message) -> Iterator[tuple[str, str]]:
    yield "From", str(message.sender)
    yield "Reply-To", ", ".join(map(str, message.reply_to))
    yield "To", ", ".join(map(str, message.to))
    yield "Cc", ", ".join(map(str, message.cc))
    yield "Subject", message.subject
    yield "Date", message.date.isoformat(sep=" ") if message.date else ""
    yield "Message-ID", message.message_id
    yield "Answers", message.in_reply_to
    yield "Kind", f"{message.kind} ({message.kind_reason})" if message.kind_reason else message.kind
    sure = f" ({message.language_probability:.0%} sure)" if message.language_probability else ""
    yield "Language", f"{message.language}{sure}"
    yield "Sender", _vouched(message.trust)
    for warning in message.trust.warnings:
        yield "Warning", warning
    for recipient in _bounced(message.bounce):
        yield "Bounced", recipient
    for attachment in message.attachments:
        yield "Attached", f"{attachment.name or '(no name)'} ({attachment.type}, {attachment.size:,} bytes)"
    for defect in message.defects:
        yield "Repaired", defect


def _vouched(trust: SenderTrust) -> str:
    said = {"pass": "its domain vouches for it", "fail": "its domain denies it", "none": "nobody vouches for it"}
    what = said.get(trust.authenticated, "it could not be checked for now")
    return f"{what} ({'; '.join(trust.details)})" if trust.details else what


def _bounced(bounce: Bounce | None) -> Iterator[str]:
    for one in bounce.recipients if bounce else ():
        codes = " ".join(code for code in (one.reply_code, one.status) if code)
        yield f"{one.address} {codes} {'for good' if one.permanent else 'for now'}"


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    yield "Text", message.text
    if message.reply_text.strip() != message.text.strip():
        yield "New in it", message.reply_text
    yield "Forwarded", message.forwarded
    yield "Hidden from its reader", message.hidden_text
