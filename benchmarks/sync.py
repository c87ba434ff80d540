"""What a look at a large folder costs when little or nothing is new, beside a bare listing of its flags.

Ten mails come in between two looks, some answered by a colleague; a share of the cases is open. The peer is imapclient
asking for every flag of the folder, which is what a client without QRESYNC has to do to see every change.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from imapclient import IMAPClient
from sqlalchemy import update

from mail.imap.uids import uid_lists
from models.case import Stage
from store.tables import cases
from tests.dovecot import DovecotServer
from tests.dovecot_configuration import PLAIN
from tests.team import letter, open_team

USER = "large"


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def list_flags(server: DovecotServer) -> None:
    with IMAPClient("127.0.0.1", server.port, ssl=False, timeout=60) as client:
        client.login(USER, server.user(USER))
        client.select_folder("INBOX", readonly=True)
        for uids in uid_lists(client.search()):
            client.get_flags(uids)


def measure(server: DovecotServer, count: int, open_cases: int, rounds: int, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, open_team(Path(folder), server, USER) as team:
        first = seconds(team.fetch)
        with team.place.store.write() as connection:
            connection.execute(update(cases).where(cases.c.id <= count - open_cases).values(stage=Stage.FILED))
        idle = [seconds(team.fetch) for _ in range(rounds)]
        busy, listed = [], []
        for number in range(rounds):
            server.deliver(USER, [letter(10**6 + 10 * number + n, name) for n in range(10)])
            with server.client(USER, "INBOX") as client:
                client.add_flags([client.search()[-20 - number]], ["\\Answered"])
            busy.append(seconds(team.fetch))
            listed.append(seconds(lambda: list_flags(server)))
    print(f"{name}: {count} messages, {open_cases} of them awaited; medians of {rounds}")
    print(f"  first reading       {first:7.2f} s  {count / first:6.0f} mails/s")
    print(f"  nothing new         {statistics.median(idle) * 1000:7.1f} ms")
    print(f"  10 new, 1 answered  {statistics.median(busy) * 1000:7.1f} ms")
    print(f"  imapclient, flags   {statistics.median(listed) * 1000:7.1f} ms")
    print(f"  peak memory so far  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:5d} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--open", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for name, capability in (("QRESYNC", ""), ("neither CONDSTORE nor QRESYNC", PLAIN)):
        with DovecotServer([USER], capability=capability) as server:
            server.deliver(USER, [letter(number) for number in range(arguments.messages)])
            measure(server, arguments.messages, arguments.open, arguments.rounds, name)


if __name__ == "__main__":
    main()
