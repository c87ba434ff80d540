"""One question to the knowledge, asked on standard input and answered as JSON: `… INDEX K LANGUAGE`."""

import sys
from pathlib import Path

from pydantic import TypeAdapter

from ml.large.knowledge import Knowledge
from models.draft import Passage


def main() -> None:
    index, k, language = sys.argv[1:]
    query = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
    found = Knowledge(Path(index)).search(query, int(k), language or None)
    sys.stdout.buffer.write(TypeAdapter(list[Passage]).dump_json(found))


if __name__ == "__main__":
    main()
