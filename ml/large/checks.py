"""All checks of a draft, in the order in which a reviewer wants to read them.

They trust nothing that a writer says about its own work: each reads the body, the sources and the thread anew, so that
a draft from a model, from the extractive writer and from a person's edit are judged alike.
"""

from collections.abc import Sequence

from ml.large.commitments import check_commitments, check_html, check_injection
from ml.large.completeness import check_complete
from ml.large.evidence import Drafted, Evidence, blocked, passed
from ml.large.grounding import check_cited
from ml.large.language import check_language
from ml.large.sourced import check_links, check_numbers
from models.conversation import Turn
from models.draft import Check
from models.message import Message
from models.settings import Company

RECIPIENTS = "recipients"


def check_draft(
    *,
    written: Drafted,
    message: Message,
    turns: Sequence[Turn],
    company: Company,
    recipients_ok: bool,
    own_text: frozenset[str],
    left_open: Sequence[str] = (),
) -> tuple[Check, ...]:
    """Judges `written` as the reply to `message`; one Check a name, always all of them.

    `own_text` are the template sentences that need no source (`Written.own_text` or `writer.own_text`); `recipients_ok`
    says whether the recipients are those that code computed from the thread. `left_open` are the questions that the
    writer says it did not answer.
    """
    evidence = Evidence(written, message, turns, company, own_text)
    return (
        check_cited(evidence),
        check_numbers(evidence),
        check_links(evidence),
        check_language(evidence),
        check_injection(evidence),
        _check_recipients(recipients_ok),
        check_commitments(evidence),
        check_html(evidence),
        check_complete(evidence, left_open),
    )


def _check_recipients(recipients_ok: bool) -> Check:
    if recipients_ok:
        return passed(RECIPIENTS, "The recipients are the thread's own participants.")
    return blocked(RECIPIENTS, "The draft would go to somebody outside the thread.")
