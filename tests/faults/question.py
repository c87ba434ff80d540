"""The knowledge behind a socket, in a process that is no fork: `… INDEX SOCKET`. It ends when its input is closed."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path

from ml.large.knowledge import Knowledge
from models.draft import Passage

ROOT = Path(__file__).parents[2]
FAMILY = "AF_UNIX"


def open_desk(index: Path, socket: Path) -> None:
    """Starts the process, which answers until this one and all its forks have ended."""
    asked = [sys.executable, "-m", "tests.faults.question", str(index), str(socket)]
    desk = subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert desk.stdout is not None
    if desk.stdout.readline() != b"ready\n":
        raise RuntimeError("the knowledge cannot be asked")
    _held.append(desk)  # were it collected, its input would close


def ask(socket: Path, query: str, k: int, language: str | None) -> list[Passage]:
    with Client(str(socket), FAMILY) as line:
        line.send((query, k, language))
        return list(line.recv())


def main() -> None:
    index, socket = sys.argv[1:]
    knowledge = Knowledge(Path(index))
    knowledge.search("warm up")
    threading.Thread(target=_end_with_input, args=(Path(socket),), daemon=True).start()
    with Listener(socket, FAMILY, backlog=64) as desk:
        print("ready", flush=True)
        while True:
            # whoever asks may be killed at any line
            with suppress(EOFError, OSError), desk.accept() as line:
                line.send(knowledge.search(*line.recv()))


def _end_with_input(socket: Path) -> None:
    sys.stdin.buffer.read()
    socket.unlink(missing_ok=True)
    os._exit(0)


_held: list["subprocess.Popen[bytes]"] = []

if __name__ == "__main__":
    main()
