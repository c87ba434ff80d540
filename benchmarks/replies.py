"""Replies trimmed exactly as expected, beside a peer in one run: `python benchmarks/replies.py --data FOLDER`.

FOLDER (or its `replies/`) holds texts, NAME.txt, and what of each is newly written, NAME.reply.txt. Texts count as
equal when their lines are, blanks at the ends of lines and around the whole aside.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mail.text.quoting import split_reply

ROUNDS = 5


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    expected: str


def read_cases(folder: Path) -> list[Case]:
    inner = folder / "replies"
    folder = inner if inner.is_dir() else folder
    texts = [path for path in sorted(folder.glob("*.txt")) if not path.name.endswith(".reply.txt")]
    return [
        Case(path.stem, path.read_text("utf-8"), path.with_name(f"{path.stem}.reply.txt").read_text("utf-8"))
        for path in texts
    ]


def mailstage(text: str) -> str:
    return split_reply(text).new


def mail_parser_reply() -> Callable[[str], str]:
    """The peer, told of all languages that it knows."""
    from mailparser_reply import EmailReplyParser
    from mailparser_reply.constants import MAIL_LANGUAGES

    parser = EmailReplyParser(languages=list(MAIL_LANGUAGES))
    return lambda text: parser.parse_reply(text) or ""


def same(one: str, other: str) -> bool:
    return _lines(one) == _lines(other)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.replace("\r\n", "\n").strip("\n\r\t ").split("\n")]


def median_milliseconds(trim: Callable[[str], str], cases: Sequence[Case]) -> float:
    """Of ROUNDS over all cases, in processor time a text."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for case in cases:
            trim(case.text)
        taken.append((time.process_time() - start) / len(cases) * 1000)
    return sorted(taken)[ROUNDS // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with NAME.txt and NAME.reply.txt")
    cases = read_cases(parser.parse_args().data)
    if not cases:
        sys.exit("no NAME.txt with its NAME.reply.txt there: name a folder that holds some")
    for name, trim in {"mailstage": mailstage, "mail-parser-reply": mail_parser_reply()}.items():
        wrong = [case.name for case in cases if not same(trim(case.text), case.expected)]
        exact = len(cases) - len(wrong)
        share = f"{exact}/{len(cases)} exact ({exact / len(cases):.1%})"
        print(f"{name:18} {share:24} {median_milliseconds(trim, cases):7.2f} ms a text")
        if wrong:
            print(f"{'':18} not: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
