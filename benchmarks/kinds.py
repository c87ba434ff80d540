"""Mail by people that is taken for a machine's: `python benchmarks/kinds.py --data FOLDER [-v]`.

FOLDER holds `everyday/labels.jsonl` with ham and spam. Lists and bulk mail are rightly not human and counted apart;
what remains and is called automatic is printed with its reason, since only a look tells whether a person wrote it.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mail.reading import read_message
from models.message import Kind, Message

AUTOMATIC = frozenset({Kind.AUTO_REPLY, Kind.BOUNCE, Kind.FEEDBACK_REPORT, Kind.NOTIFICATION, Kind.CALENDAR})
MANY = frozenset({Kind.LIST, Kind.BULK})


def show(file: str, message: Message) -> str:
    words = " ".join(message.text.split())[:90]
    return f"  {file[:24]:24} {message.kind:12} {message.kind_reason}\n      {message.subject[:60]!r}: {words}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with everyday/labels.jsonl")
    parser.add_argument("-v", "--verbose", action="store_true", help="print bulk ham as well")
    options = parser.parse_args()
    folder = options.data / "everyday"
    if not (folder / "labels.jsonl").is_file():
        sys.exit(f"{folder / 'labels.jsonl'} is not there: name the folder that holds everyday/")
    counts: dict[str, Counter[Kind]] = {"ham": Counter(), "spam": Counter()}
    suspects: list[str] = []
    for row in map(json.loads, (folder / "labels.jsonl").read_text().splitlines()):
        message = read_message((folder / row["file"]).read_bytes())
        counts[row["label"]][message.kind] += 1
        if row["label"] == "ham" and (message.kind in AUTOMATIC or (options.verbose and message.kind is Kind.BULK)):
            suspects.append(show(row["file"], message))
    for label, kinds in counts.items():
        print(f"{label:5} {kinds.total():4}: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))
    ham = counts["ham"]
    automatic = sum(ham[kind] for kind in AUTOMATIC)
    alone = ham.total() - sum(ham[kind] for kind in MANY)
    print(f"ham called automatic: {automatic} of {ham.total()} ({automatic / ham.total():.2%}); "
          f"{alone} of it came through no list or mailer")  # fmt: skip
    print("each of them, for a look:", *suspects, sep="\n")


if __name__ == "__main__":
    main()
