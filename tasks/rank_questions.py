"""Reckons anew which open questions about categories teach most: whenever one is answered, since each answer is worth
less the more like it were given already."""

from ml.small.learning.asking import score_questions
from models.errors import MailstageError
from store.ranking import answered_lately, first_questions, save_worth
from tasks.progress import log
from tasks.workplace import Workplace


def rank_questions(place: Workplace, mailbox: str) -> None:
    """Of the first questions of a mailbox. Whatever goes wrong is logged and reaches nobody: the decision that led here
    stands, and the next one reckons again."""
    try:
        waiting = first_questions(place.store, mailbox)
        answers = [question.answer for question in waiting]
        answered = answered_lately(place.store, mailbox, {answer.model_version for answer in answers})
        worth = score_questions(answers, answered=answered)
        save_worth(place.store, {question.id: one for question, one in zip(waiting, worth, strict=True)})
    except MailstageError as error:
        log.warning("mailbox=%s step=ranking questions error=%s", mailbox, error)
    except Exception:  # a person who is told of an error would think that the decision had failed
        log.exception("mailbox=%s step=ranking questions", mailbox)
