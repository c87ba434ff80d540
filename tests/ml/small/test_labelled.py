import json
from pathlib import Path

import pytest

from ml.small.labelled import LabelledMail, features_of, read_labelled, row_of, text_of
from ml.small.learning.kept_rows import packed_rows, read_rows
from ml.small.senders import sender_class
from models.errors import TrainingDataError
from models.message import Attachment
from tests.ml.small.factories import message


def written(tmp_path: Path, *lines: str | bytes) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return path


def test_both_row_shapes_are_read(tmp_path: Path) -> None:
    """A row is either one text or a mail's parts, and unknown fields are left aside."""
    rows = read_labelled(
        written(
            tmp_path,
            b"\xef\xbb\xbf" + json.dumps({"text": "where is it", "label": " delivery "}).encode(),
            "",
            json.dumps({"from": "A <a@b.example>", "to": "c", "subject": "s", "body": "b", "label": None, "id": 7}),
        )
    )
    assert [row.label for row in rows] == ["delivery", None]
    assert features_of(rows[0]).body == "where is it"
    assert features_of(rows[1]).marks == ("fromorganisation",)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{broken", "not JSON"),
        ("[1]", "an object"),
        ('"text"', "an object"),
        ('{"text": "x"}', "no field 'label' among text"),
        ('{"label": "x"}', "no text"),
        ('{"text": "x", "label": ""}', "label"),
        ('{"text": "x", "label": "   "}', "label"),
        ('{"text": "x", "label": 3}', "label"),
        ('{"text": "x", "label": "none "}', "label: 'none' is no category: write null for mail of none"),
        ('{"text": "x", "label": "bil\u200bling"}', r"label: 'bil\u200bling' holds a character that nobody sees"),
        ('{"text": "x", "label": "\u202egnillib"}', r"label: '\u202egnillib' holds a character that nobody sees"),
        ('{"text": "x", "label": "a\\u001b[2J"}', r"label: 'a\x1b[2J' holds a character that nobody sees"),
        ('{"text": "x", "label": "a\\nb"}', r"label: 'a\nb' holds a character that nobody sees"),
        ('{"text": ["x"], "label": "a"}', "text"),
        ('{"text": "x", "body": "y", "label": "a"}', "either"),
        (b'{"text": "\xff\xfe", "label": "a"}', "not JSON"),
    ],
)
def test_a_broken_row_is_named_with_file_and_line(tmp_path: Path, line: str | bytes, complaint: str) -> None:
    """Whoever labelled the file must find the row."""
    path = written(tmp_path, '{"text": "fine", "label": "a"}', line)
    with pytest.raises(TrainingDataError, match=r"rows\.jsonl, line 2: ") as caught:
        read_labelled(path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    """Nothing can be learned from nothing, and the message says what a row looks like."""
    with pytest.raises(TrainingDataError, match="no rows"):
        read_labelled(written(tmp_path, "", "  "))
    with pytest.raises(TrainingDataError, match="cannot be read"):
        read_labelled(tmp_path / "absent.jsonl")
    with pytest.raises(TrainingDataError, match="cannot be read"):
        read_labelled(tmp_path)


def test_quoted_history_is_never_a_feature() -> None:
    """Only what the sender newly wrote counts, and an empty answer says nothing at all."""
    answer = message("Thanks!", "Re: AW: Invoice", text="Thanks!\n> the invoice is attached")
    assert text_of(answer).subject == "Invoice"
    assert "attached" not in text_of(answer).body
    assert text_of(message("", "Re: Invoice", text="> the invoice")).empty
    assert not text_of(message("", "Where is my invoice")).empty


def test_live_mail_and_training_rows_look_the_same() -> None:
    """The model must meet in production what it met in training."""
    row = LabelledMail.model_validate({"from": "A <a@uni-x.example>", "subject": "s", "body": "b", "label": "x"})
    assert features_of(row) == text_of(message("b", "s", "a@uni-x.example"))


def test_a_forwarded_mail_counts_beside_the_note_above_it() -> None:
    """A note that says no more than "please answer" tells nothing of what is asked."""
    head = "Begin forwarded message:\n\nFrom: Cy <cy@example.org>\nSubject: Lamp"
    body = text_of(message("Please answer.", forwarded=f"{head}\n\nWhere is my refund?")).body
    assert (body.count("refund"), body.count("example.org")) == (1, 0)


def test_attachments_leave_marks() -> None:
    """A photo or a curriculum vitae is a sign of what a mail is about."""
    photo = Attachment(name="IMG_crack.jpg", type="image/jpeg", size=1)
    assert {"attachedimage", "filecrack"} <= set(text_of(message("x", attachments=(photo,))).marks)


def test_a_mail_that_is_an_attachment_alone_says_what_that_says() -> None:
    """A scanned form with no word above it."""
    form = Attachment(name="form.pdf", type="application/pdf", size=1, text="Return of goods: one grinder")
    assert text_of(message("", attachments=(form,))).body == "Return of goods: one grinder"
    assert text_of(message("See below.", attachments=(form,))).body == "See below."


def test_a_mail_kept_as_a_row_reads_like_the_mail(tmp_path: Path) -> None:
    """What people decide is learned from as it will be seen: attachments and being an answer included."""
    photo = Attachment(name="crack.jpg", type="image/jpeg", size=1)
    mail = message("It broke.", "Re: order", attachments=(photo,), in_reply_to="<a@b.example>")
    row = row_of(mail, "repair")
    assert features_of(row) == text_of(mail)
    assert {"attachedimage", "filecrack", "isanswer"} <= set(features_of(row).marks)
    name, content = packed_rows([row])
    (tmp_path / name).write_bytes(content)
    [kept] = read_rows(tmp_path, name)
    assert features_of(kept) == text_of(mail)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [("gmail.com", "freemail"), ("yahoo.co.uk", "freemail"), ("kit.edu", "education"), ("x.ac.uk", "education"),
     ("hmrc.gov.uk", "government"), ("mail.kestrel.com", "organisation"), ("live.acme.org", "organisation"),
     ("web.acme.co.uk", "organisation"), ("mx.web.de", "freemail"),
     ("firm.example", "organisation"), ("localhost", ""), ("", "")],
)  # fmt: skip
def test_sender_domains_fall_into_classes(domain: str, expected: str) -> None:
    """A class says more than a domain seen once."""
    assert sender_class(domain) == expected
