"""A small IMAP server that speaks Gmail's extension (X-GM-EXT-1): no real Gmail can be reached from a test.

One store of messages, each with labels; a folder is the messages that bear its label, `[Gmail]/All Mail` is all of
them. It knows what Mailstage uses and nothing else. `leaves_out` makes it forget messages in its answers.
"""

import re
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from models.settings import MailServer, Secret, Tls

ALL = "[Gmail]/All Mail"
SENT = "[Gmail]/Sent Mail"
CAPABILITY = b"IMAP4rev1 UNSELECT NAMESPACE SPECIAL-USE UIDPLUS X-GM-EXT-1"
ATOMS = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\((?:[^()"]|"[^"]*")*\))|([^\s"()]+)')


@dataclass
class Stored:
    raw: bytes
    labels: set[str]
    flags: set[str] = field(default_factory=set)


@dataclass
class Gmail:
    """The account. A message's UID is its number in the store, in whatever folder; X-GM-MSGID is that plus 1e15."""

    port: int = 0
    mails: dict[int, Stored] = field(default_factory=dict)
    labels: set[str] = field(default_factory=lambda: {"INBOX", SENT})
    leaves_out: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

    def deliver(self, raw: bytes, *labels: str) -> int:
        number = len(self.mails) + 1
        self.mails[number] = Stored(raw, set(labels or ("INBOX",)))
        self.labels |= set(labels)
        return number

    def folder(self, name: str) -> dict[int, Stored]:
        return {uid: mail for uid, mail in self.mails.items() if name == ALL or name in mail.labels}

    def imap(self) -> MailServer:
        return MailServer(
            host="127.0.0.1", port=self.port, tls=Tls.NONE, user="x", password=Secret(command=("echo", "x"))
        )


@contextmanager
def gmail() -> Iterator[Gmail]:
    account = Gmail()

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            Conversation(account, self.rfile, self.wfile).go_on()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as server:
        server.daemon_threads = True
        account.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield account
        server.shutdown()


class Conversation:
    """One connection: a line comes in, an answer goes out."""

    def __init__(self, account: Gmail, read: Any, write: Any) -> None:
        self.account, self.read, self.write = account, read, write
        self.open: dict[int, Stored] = {}

    def go_on(self) -> None:
        self.say(b"* OK [CAPABILITY " + CAPABILITY + b"] Gimap")
        for line in self.read:
            tag, _, rest = line.strip().partition(b" ")
            self.account.commands.append(rest.decode())
            name, _, arguments = rest.partition(b" ")
            if name.upper() == b"UID":
                name, _, arguments = arguments.partition(b" ")
            words = [quoted or group or atom for quoted, group, atom in ATOMS.findall(arguments)]
            answer = getattr(self, "do_" + name.decode().lower())(words)
            self.say(tag + b" " + (answer or b"OK done"))
            if name.upper() == b"LOGOUT":
                return

    def say(self, line: bytes) -> None:
        self.write.write(line + b"\r\n")

    def do_capability(self, _words: Sequence[bytes]) -> None:
        self.say(b"* CAPABILITY " + CAPABILITY)

    def do_login(self, _words: Sequence[bytes]) -> None:
        return

    def do_noop(self, _words: Sequence[bytes]) -> None:
        return

    def do_logout(self, _words: Sequence[bytes]) -> None:
        self.say(b"* BYE")

    def do_namespace(self, _words: Sequence[bytes]) -> None:
        self.say(b'* NAMESPACE (("" "/")) NIL NIL')

    def do_list(self, _words: Sequence[bytes]) -> None:
        self.say(b'* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"')
        self.say(b'* LIST (\\All) "/" "%s"' % ALL.encode())
        for name in sorted(self.account.labels):
            flags = b"\\Sent" if name == SENT else b"\\HasNoChildren"
            self.say(b'* LIST (%s) "/" "%s"' % (flags, name.encode()))

    def do_create(self, words: Sequence[bytes]) -> None:
        self.account.labels.add(words[0].decode())

    def do_subscribe(self, _words: Sequence[bytes]) -> None:
        return

    def do_select(self, words: Sequence[bytes]) -> bytes:
        name = words[0].decode()
        if name not in self.account.labels | {ALL}:
            return b"NO [NONEXISTENT] Unknown Mailbox"
        self.open = self.account.folder(name)
        self.say(b"* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen)")
        self.say(b"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen \\*)] .")
        self.say(b"* OK [UIDVALIDITY 1] .")
        self.say(b"* %d EXISTS" % len(self.open))
        self.say(b"* 0 RECENT")
        self.say(b"* OK [UIDNEXT %d] ." % (len(self.account.mails) + 1))
        return b"OK [READ-WRITE] done"

    do_examine = do_select

    def do_search(self, words: Sequence[bytes]) -> None:
        wanted = self.those(words[words.index(b"UID") + 1]) if b"UID" in words else list(self.open)
        self.say(b"* SEARCH" + b"".join(b" %d" % uid for uid in wanted))

    def those(self, sequence_set: bytes) -> list[int]:
        found = set()
        for piece in sequence_set.split(b","):
            first, _, last = piece.partition(b":")
            found |= set(range(int(first), int(last or first) + 1))
        return sorted(found & self.open.keys())

    def do_fetch(self, words: Sequence[bytes]) -> None:
        for uid in self.those(words[0]):
            if uid not in self.account.leaves_out:
                self.tell(uid, words[1].strip(b"()").split())

    def tell(self, uid: int, items: Sequence[bytes]) -> None:
        mail = self.open[uid]
        values = {
            b"RFC822.SIZE": b"%d" % len(mail.raw),
            b"BODY.PEEK[]": b"{%d}\r\n%s" % (len(mail.raw), mail.raw),
            b"FLAGS": b"(" + " ".join(sorted(mail.flags)).encode() + b")",
            b"INTERNALDATE": b'"02-Nov-2026 09:00:00 +0000"',
            b"X-GM-MSGID": b"%d" % (10**15 + uid),
        }
        said = b" ".join(item.replace(b".PEEK", b"") + b" " + values[item] for item in items)
        self.say(b"* %d FETCH (UID %d %s)" % (sorted(self.open).index(uid) + 1, uid, said))

    def do_store(self, words: Sequence[bytes]) -> None:
        what, given = words[1].decode().upper(), words[2].decode().strip("()")
        new = {quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', given)}
        for uid in self.those(words[0]):
            mail = self.account.mails[uid]
            if "X-GM-LABELS" in what:
                mail.labels |= new
            else:
                mail.flags |= new
