"""What an earlier mail said, quoted below a new one, has no say in the category."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from mail.reading import read_message
from ml.small.classifier import Classifier
from ml.small.registry import load
from models.message import Message
from tests.ml.small.factories import TOPICS

NEW = {
    "billing": "Hello there,\n\nthe VAT amount was charged on this payment, please help me.",
    "repair": "please help me\n\nthe pump leaks and makes a noise since yesterday",
    "delivery": "Where is the parcel? No courier at the doorstep, I am waiting.",
}
OLD = {topic: f"{' '.join(words)}. " * 4 for topic, words in TOPICS.items()} | {
    "foreign": "choir practice and wedding photos, the lost cat by the garden fence. " * 4
}


def gmail(new: str, old: str) -> str:
    quoted = "\n".join(f"> {line}" for line in old.split(". "))
    return f"{new}\n\nOn Tue, Nov 3, 2026 at 9:12 AM Team <team@example.com> wrote:\n\n{quoted}\n"


def outlook(new: str, old: str) -> str:
    head = "From: Team <team@example.com>\nSent: Tuesday, November 3, 2026 9:12 AM\nTo: Ann\nSubject: Re: Question"
    return f"{new}\n\n-----Original Message-----\n{head}\n\n{old}\n"


def german(new: str, old: str) -> str:
    quoted = "\n".join(f"> {line}" for line in old.split(". "))
    return f"{new}\n\nAm Di., 3. Nov. 2026 um 09:12 Uhr schrieb Team <team@example.com>:\n\n{quoted}\n"


def nested(new: str, old: str) -> str:
    """An answer to an answer."""
    deeper = "\n".join(f">> {line}" for line in old.split(". "))
    return f"{new}\n\nOn Tue, Nov 3, 2026 at 9:12 AM Team <team@example.com> wrote:\n> Thanks.\n>\n{deeper}\n"


def mailed(body: str, html: bool = False) -> Message:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@example.org>", "team@example.com", "Re: Question"
    mail["In-Reply-To"], mail["Message-ID"] = "<1@example.com>", "<2@example.org>"
    mail.set_content(body, subtype="html" if html else "plain")
    return read_message(mail.as_bytes())


@pytest.mark.parametrize("topic", NEW)
@pytest.mark.parametrize("history", OLD)
@pytest.mark.parametrize("style", [gmail, outlook, german, nested])
def test_quoted_history_does_not_decide(
    classifier: Classifier, topic: str, history: str, style: Callable[[str, str], str]
) -> None:
    """The same new words get the same category and probability, whatever is quoted and however."""
    [alone] = classifier.classify([mailed(NEW[topic])])
    [quoting] = classifier.classify([mailed(style(NEW[topic], OLD[history]))])
    assert quoting == alone


@pytest.mark.parametrize("history", OLD)
def test_history_quoted_in_html_does_not_decide(classifier: Classifier, history: str) -> None:
    """As mail programs mark it there."""
    new = "<div>the pump leaks and makes a noise</div>"
    wrote = '<div class="gmail_attr">On Tue, Nov 3, 2026 at 9:12 AM Team &lt;team@example.com&gt; wrote:<br></div>'
    quote = f'<div class="gmail_quote">{wrote}<blockquote class="gmail_quote">{OLD[history]}</blockquote></div>'
    [alone] = classifier.classify([mailed(new, html=True)])
    [quoting] = classifier.classify([mailed(new + quote, html=True)])
    assert quoting == alone


@pytest.mark.parametrize("history", OLD)
def test_the_encoder_reads_no_history_either(two_step_folder: Path, history: str) -> None:
    """Both steps see the one view of a mail."""
    both = load(two_step_folder)
    [alone, quoting] = both.classify([mailed(NEW["repair"]), mailed(gmail(NEW["repair"], OLD[history]))])
    assert quoting == alone


def test_history_would_decide_if_it_were_read(classifier: Classifier) -> None:
    """The test above can fail: the same words as new text change the answer."""
    [alone] = classifier.classify([mailed(NEW["billing"])])
    [mixed] = classifier.classify([mailed(f"{NEW['billing']}\n\n{OLD['repair']}")])
    assert mixed != alone
