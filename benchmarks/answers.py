"""The writer without a model beside a plain BM25, on questions in customers' words: python -m benchmarks.answers

A row of examples/questions.jsonl is `{"id", "language", "subject", "text", "documents", "facts", "answerable"}`; an
answer is right when it holds all `facts`, word for word. Odd rows were used for tuning, even rows are held out. The
peer quotes the passage that BM25 (k1 1.2, b 0.75) ranks first, whole: longer than our quotes, and never in doubt.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydantic import ValidationError

from benchmarks.retrieve import bm25
from ml.large.extractive import extract
from ml.large.knowledge import Knowledge, ingest
from models.draft import Passage
from models.errors import KnowledgeError
from models.record import Record
from models.settings import Policy

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


class Question(Record):
    """A mail with what a right answer to it holds; `documents` are those that have it."""

    id: str
    language: str
    subject: str
    text: str
    documents: tuple[str, ...]
    facts: tuple[str, ...]
    answerable: bool


class Answer(Record):
    """What was answered (empty: nothing); `sendable` when the policy could send it without a person."""

    text: str
    sendable: bool


class Figures(Record):
    """Counts. `beside` are answers without the facts, `wrongly` answers to what the knowledge does not hold; `sent`
    could go out by policy, and `sent_beside` of them lack the facts or should not exist."""

    answerable: int
    answered: int
    right: int
    beside: int
    unanswerable: int
    wrongly: int
    sent: int
    sent_beside: int


def is_right(question: Question, answer: Answer) -> bool:
    said = " ".join(answer.text.casefold().split())
    return question.answerable and bool(said) and all(fact.casefold() in said for fact in question.facts)


def measure(questions: Sequence[Question], ask: Callable[[Question], Answer]) -> Figures:
    pairs = [(question, ask(question)) for question in questions]
    answered = [(question, answer) for question, answer in pairs if answer.text]
    known = [(question, answer) for question, answer in answered if question.answerable]
    right = sum(is_right(question, answer) for question, answer in known)
    sent = [(question, answer) for question, answer in answered if answer.sendable]
    return Figures(
        answerable=sum(question.answerable for question in questions),
        answered=len(known),
        right=right,
        beside=len(known) - right,
        unanswerable=sum(not question.answerable for question in questions),
        wrongly=len(answered) - len(known),
        sent=len(sent),
        sent_beside=sum(not is_right(question, answer) for question, answer in sent),
    )


def ours(knowledge: Knowledge, policy: Policy) -> Callable[[Question], Answer]:
    def ask(question: Question) -> Answer:
        found = extract(question.subject, question.text, question.language, knowledge)
        sendable = found.complete and found.confidence >= policy.min_confidence
        return Answer(text=" ".join(found.answers), sendable=sendable)

    return ask


def peer(passages: Sequence[Passage]) -> Callable[[Question], Answer]:
    """The best passage in the question's language, always."""
    search = bm25([f"{passage.title}\n{passage.heading}\n{passage.text}" for passage in passages])

    def ask(question: Question) -> Answer:
        scores = search(f"{question.subject} {question.text}")
        spoken = np.array([passage.language == question.language for passage in passages])
        return Answer(text=passages[int(np.argmax(np.where(spoken, scores, -1)))].text, sendable=True)

    return ask


def read(path: Path) -> list[Question]:
    """Raises KnowledgeError for a line that is no question."""
    try:
        return [Question.model_validate_json(line) for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValidationError) as error:
        raise KnowledgeError(f"{path} cannot be read: {error}") from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=EXAMPLES / "questions.jsonl")
    parser.add_argument("--knowledge", type=Path, default=EXAMPLES / "knowledge")
    parser.add_argument("--show", action="store_true", help="print the questions that went wrong, with their answers")
    arguments = parser.parse_args()
    questions = read(arguments.questions)
    with TemporaryDirectory(prefix="mailstage-") as folder:
        ingest([arguments.knowledge], Path(folder))
        knowledge = Knowledge(Path(folder))
        writers = {"mailstage": ours(knowledge, Policy()), "plain BM25": peer(knowledge.passages())}
        print(f"{'':24}" + "".join(f"{name:>14}" for name in Figures.model_fields))
        for split, rows in (("tuning", questions[::2]), ("held out", questions[1::2])):
            for name, ask in writers.items():
                figures = measure(rows, ask)
                print(f"{split:12}{name:12}" + "".join(f"{value:14}" for value in figures.model_dump().values()))
            if arguments.show:
                _show(rows, writers["mailstage"])


def _show(questions: Sequence[Question], ask: Callable[[Question], Answer]) -> None:
    for question in questions:
        answer = ask(question)
        if not is_right(question, answer) and (question.answerable or answer.text):
            print(f"  {question.id} {question.text}\n      → {answer.text or '(nothing)'}")


if __name__ == "__main__":
    main()
