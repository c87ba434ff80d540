"""Sends one approved message, and knows of each recipient for certain whether it may have left.

smtplib's own `data()` hides at which byte a connection broke, so the DATA phase is written out here: before the final
dot nothing was sent (RFC 5321 section 4.1.1.4), after it only the reply can tell.
"""

import re
import smtplib
from collections.abc import Callable, Sequence

from mail.connection import place
from mail.smtp.line import SHUTTING_DOWN, SmtpLine, one_line
from models.outbox import RecipientResult, RecipientState
from models.review import Outgoing
from models.settings import MailServer

LONGEST_LINE = 998
"""Octets of a line without its CRLF (RFC 5321 section 4.5.3.1.6)."""
SECONDS = 60.0
_TOO_LONG = re.compile(rb"[^\r\n]{%d}" % (LONGEST_LINE + 1))
_STATUS = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
Results = tuple[RecipientResult, ...]


def send(
    server: MailServer,
    outgoing: Outgoing,
    *,
    may_go: Callable[[], bool] = lambda: True,
    before: float = SECONDS,
    after: float = SECONDS,
) -> Results:
    """Hands `outgoing` to the server and returns what it said of every recipient.

    `may_go` is asked once, right before the text leaves; on its no, the result is empty and nothing was sent.
    Connecting and addressing may take `before` seconds in all, transmitting `after`. Some recipients may be accepted
    and others refused: whom to try again is the caller's business. Raises MailServerUnreachable, MailServerRefused (of
    the connection), MailLoginFailed and ConfigurationError, each only when nobody can have got the message.
    """
    if refused := _cannot_travel(outgoing):
        return refused
    with SmtpLine(server, before) as line:
        if refused := _open(line, outgoing):
            return refused
        results = [_name(line, recipient) for recipient in outgoing.recipients]
        taken = [result for result in results if result.state is RecipientState.ACCEPTED]
        if not taken:
            return tuple(results)
        if not may_go():
            return ()
        line.allow(after)
        code, text = line.command("opening the message", "DATA")
        ended = _end(code, text, {354}) if code != 354 else _transmit(line, outgoing.raw)
        return tuple(_answered(ended, one.address) if one in taken else one for one in results)


def check(server: MailServer) -> None:
    """Signs in and out again, sending nothing. Raises as `send` does before the message."""
    with SmtpLine(server, SECONDS):
        return


def _refusals(recipients: Sequence[str], code: int, status: str, text: str) -> Results:
    said = RecipientResult(address="", state=RecipientState.REFUSED, code=code, status=status, text=text)
    return tuple(_answered(said, recipient) for recipient in recipients)


def _cannot_travel(outgoing: Outgoing) -> Results:
    """What no server could take as it stands."""
    for address in (outgoing.envelope_from, *outgoing.recipients):
        if not address.isprintable() or any(c in address for c in " <>") or "@" not in address:
            text = f"{address!r} is not an address that mail can be sent to"
            return _refusals(outgoing.recipients, 553, "5.1.3", text)
    if _TOO_LONG.search(outgoing.raw):
        return _refusals(outgoing.recipients, 554, "5.6.0", f"a line of the message is over {LONGEST_LINE} octets long")
    return ()


def _open(line: SmtpLine, outgoing: Outgoing) -> Results:
    """MAIL, with what the message needs; empty when the server takes it (RFC 1870, 6152, 6531)."""
    where, options = place(line.server), []
    if line.has_extn("size"):
        limit = line.esmtp_features["size"].strip()
        if limit.isdigit() and 0 < int(limit) < len(outgoing.raw):
            said = f"{where} takes {int(limit):,} bytes at most, the message has {len(outgoing.raw):,}"
            return _refusals(outgoing.recipients, 552, "5.3.4", said)
        options.append(f"SIZE={len(outgoing.raw)}")
    head = outgoing.raw.partition(b"\r\n\r\n")[0]
    names = (outgoing.envelope_from, *outgoing.recipients)
    if not (head.isascii() and all(name.isascii() for name in names)):
        if not line.has_extn("smtputf8"):
            return _refusals(outgoing.recipients, 553, "5.6.7", f"{where} knows ASCII addresses only (no SMTPUTF8)")
        options.append("SMTPUTF8")
        line.command_encoding = "utf-8"
    if not outgoing.raw.isascii():
        if not line.has_extn("8bitmime"):
            return _refusals(outgoing.recipients, 554, "5.6.3", f"{where} takes 7-bit text only (no 8BITMIME)")
        options.append("BODY=8BITMIME")
    code, text = line.command("naming the sender", "MAIL", " ".join((f"FROM:<{outgoing.envelope_from}>", *options)))
    if code == 250:
        return ()
    return tuple(_answered(_end(code, text, {250}), recipient) for recipient in outgoing.recipients)


def _name(line: SmtpLine, recipient: str) -> RecipientResult:
    code, text = line.command("naming a recipient", "RCPT", f"TO:<{recipient}>")
    return _answered(_end(code, text, {250, 251}), recipient)


def _transmit(line: SmtpLine, raw: bytes) -> RecipientResult:
    """The text, then by itself the final dot: from the moment that leaves, only the reply decides."""
    with line.errors("sending the message"):
        line.send(_dotted(raw))
    try:
        line.send(b".\r\n")
        code, text = line.getreply()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        lost = f"{place(line.server)} was lost after the message and before its answer ({one_line(str(error))})"
        return RecipientResult(address="", state=RecipientState.UNKNOWN, text=lost)
    if 200 <= code < 300 or 400 <= code < 600:
        return _end(code, text, range(200, 300))
    odd = f"{place(line.server)} answered the message with {code}, which says neither yes nor no"
    return RecipientResult(address="", state=RecipientState.UNKNOWN, text=odd)


def _end(code: int, text: bytes, welcome: "set[int] | range") -> RecipientResult:
    """A reply as a result: what is neither welcome nor 5xx may be tried again (RFC 5321 section 4.2.1)."""
    said = one_line(text)
    found = _STATUS.match(said)
    status = found[1] if found and found[1][0] == str(code)[0] else ""
    state = RecipientState.WAITING
    if code in welcome:
        state = RecipientState.ACCEPTED
    elif code >= 500:
        state = RecipientState.REFUSED
    return RecipientResult(address="", state=state, code=code, status=status, text=said)


def _answered(said: RecipientResult, recipient: str) -> RecipientResult:
    return said.model_copy(update={"address": recipient})


def _dotted(raw: bytes) -> bytes:
    """CRLF line ends and doubled leading dots (RFC 5321 section 4.5.2), ending in CRLF."""
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    text = text.replace(b"\r\n.", b"\r\n..")
    text = b"." + text if text.startswith(b".") else text
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def is_closing(results: Results) -> bool:
    """True when the server said that it goes away: the next message would meet the same."""
    return any(result.code == SHUTTING_DOWN for result in results)
