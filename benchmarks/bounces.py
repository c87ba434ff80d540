"""Bounces found and their codes, beside flufl.bounce: `python benchmarks/bounces.py --data FOLDER [-v]`.

FOLDER holds `bounces/labels.jsonl`. Its labels were made by sisimai, which invents a status of its own (5.0.9xx) where
a message states none; those are counted apart, by class alone. It also takes vacation notes for bounces: here they
count as found when they are known for what they are.
"""

import argparse
import email
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from mail.reading import read_message
from models.errors import UnreadableMessage
from models.message import Bounce, Kind, Message

INVENTED = re.compile(r"[45]\.0\.9\d\d$")
REPORTS = (Kind.BOUNCE, Kind.FEEDBACK_REPORT)


@dataclass(frozen=True)
class Labelled:
    file: str
    bounce: bool
    recipients: tuple[dict[str, Any], ...] | None
    """None where the label says nothing of them."""

    @property
    def form(self) -> str:
        return self.file.partition("/")[0]

    @property
    def vacation(self) -> bool:
        return any(one["reason"] == "vacation" for one in self.recipients or ())


def labelled(folder: Path) -> list[Labelled]:
    rows = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    return [
        Labelled(row["file"], row["bounce"], None if row["recipients"] is None else tuple(row["recipients"]))
        for row in rows
    ]


def read(raw: bytes) -> Message:
    try:
        return read_message(raw)
    except UnreadableMessage as error:
        return Message(defects=(str(error),))


def is_right(row: Labelled, message: Message) -> bool:
    if row.vacation:
        return message.kind is Kind.AUTO_REPLY
    return (message.kind in REPORTS) is row.bounce


def found_by_flufl(raw: bytes) -> bool:
    from flufl.bounce import all_failures, scan_message

    message = email.message_from_bytes(raw)
    temporary, permanent = all_failures(message)
    return bool(temporary or permanent or scan_message(message))


@dataclass
class Tally:
    """Counts of one form of line end."""

    files: int = 0
    found: int = 0
    flufl: int = 0
    stated: int = 0
    both: int = 0
    status: int = 0
    reply: int = 0
    invented: int = 0
    invented_class: int = 0
    invented_reply: int = 0


def count(tally: Tally, row: Labelled, raw: bytes, verbose: bool) -> None:
    message = read(raw)
    tally.files += 1
    tally.flufl += found_by_flufl(raw) is row.bounce
    right = is_right(row, message)
    tally.found += right
    if not right and verbose:
        print(
            f"  {row.file}: labelled bounce={row.bounce}, read as {message.kind} ({message.kind_reason or 'no sign'})"
        )
    if not row.vacation:
        count_codes(tally, row, message.bounce or Bounce(), verbose)


def count_codes(tally: Tally, row: Labelled, bounce: Bounce, verbose: bool) -> None:
    """Recipients are compared in the order in which the message names them."""
    for position, label in enumerate(row.recipients or ()):
        one = bounce.recipients[position] if position < len(bounce.recipients) else None
        status, reply = (one.status, one.reply_code) if one else ("-", "-")
        same_reply = reply == label["reply_code"]
        if INVENTED.match(label["status"]):
            tally.invented += 1
            tally.invented_class += status[:1] == label["status"][:1]
            tally.invented_reply += same_reply
            good = status[:1] == label["status"][:1] and same_reply
        else:
            good = status == label["status"] and same_reply
            tally.stated += 1
            tally.both += good
            tally.status += status == label["status"]
            tally.reply += same_reply
        if not good and verbose:
            print(f"  {row.file}: {label['status']} {label['reply_code']} ({label['reason']}), read {status} {reply}")


def line(name: str, t: Tally) -> str:
    def share(part: int, whole: int) -> str:
        return f"{part}/{whole} {part / whole:6.1%}" if whole else "none"

    return (
        f"{name:5} {share(t.found, t.files):>16}  flufl.bounce {share(t.flufl, t.files):>16}   "
        f"codes {share(t.both, t.stated):>16} (status {t.status}, reply {t.reply})   "
        f"invented {t.invented}: class {t.invented_class}, reply {t.invented_reply}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with bounces/labels.jsonl")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each miss")
    options = parser.parse_args()
    folder = options.data / "bounces"
    if not (folder / "labels.jsonl").is_file():
        sys.exit(f"{folder / 'labels.jsonl'} is not there: name the folder that holds bounces/")
    rows = labelled(folder)
    tallies: dict[str, Tally] = {}
    for row in rows:
        count(tallies.setdefault(row.form, Tally()), row, (folder / row.file).read_bytes(), options.verbose)
    total = Tally(**{key: sum(vars(t)[key] for t in tallies.values()) for key in vars(Tally())})
    for name, tally in tallies.items():
        print(line(name, tally))
    print(line("all", total))
    reasons = Counter(
        label["reason"] for row in rows for label in row.recipients or () if INVENTED.match(label["status"])
    )
    print("invented statuses by reason:", ", ".join(f"{reason} {n}" for reason, n in reasons.most_common()))


if __name__ == "__main__":
    main()
