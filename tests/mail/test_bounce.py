"""Delivery reports: recipients, codes and the mail that came back, from fields and from words."""

import time

import pytest

from mail.reading import read_message
from models.message import Bounce, BounceRecipient, Kind, Message
from tests.mail.bounce_dialects import DIALECTS, Dialect


def read(text: str) -> Message:
    return read_message(text.encode())


def bounce_of(text: str) -> Bounce:
    message = read(text)
    assert message.bounce is not None, f"{message.kind}: {message.kind_reason}"
    return message.bounce


def codes(bounce: Bounce) -> tuple[tuple[str, str, str], ...]:
    return tuple((one.address, one.status, one.reply_code) for one in bounce.recipients)


def report(*groups: str, notice: str = "It failed.", returned: str = "Message-ID: <sent-1@example.com>\n\nHi\n") -> str:
    """A multipart/report (RFC 6522) with one group of fields a recipient."""
    fields = "\n\n".join(("Reporting-MTA: dns; mx.example.net", *groups))
    return (
        "From: MAILER-DAEMON@mx.example.net\nTo: ada@example.com\nMessage-ID: <bounce-1@mx.example.net>\n"
        "Subject: Delivery Status Notification\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{notice}\n"
        f"--b\nContent-Type: message/delivery-status\n\n{fields}\n"
        f"--b\nContent-Type: message/rfc822\n\n{returned}\n--b--\n"
    )


def group(address: str, status: str = "5.0.0", diagnostic: str = "", action: str = "failed") -> str:
    lines = [f"Final-Recipient: rfc822; {address}", f"Action: {action}", f"Status: {status}"]
    return "\n".join((*lines, f"Diagnostic-Code: {diagnostic}") if diagnostic else lines)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_bounces_without_a_report_are_read_from_their_words(dialect: Dialect, line_end: str) -> None:
    """More than half of real bounces carry no standard header at all."""
    text = f"{dialect.header}\nContent-Type: text/plain; charset=utf-8\n\n{dialect.body}"
    message = read(text.replace("\n", line_end))
    assert message.kind is Kind.BOUNCE, message.kind_reason
    assert message.bounce is not None
    assert codes(message.bounce) == dialect.expected
    assert {one.permanent for one in message.bounce.recipients} == {dialect.permanent}


def test_a_report_names_each_recipient_with_its_codes() -> None:
    """RFC 3464 section 2.3: one group of fields a recipient; RFC 3463 and RFC 5321 for the codes."""
    bounce = bounce_of(
        report(
            group("bo@example.org", "5.1.1", "smtp; 550 5.1.1 <bo@example.org>: user unknown"),
            group("cy@example.org", "4.2.2", "smtp; 452 4.2.2 over quota", action="delayed"),
        )
    )
    assert codes(bounce) == (("bo@example.org", "5.1.1", "550"), ("cy@example.org", "4.2.2", "452"))
    assert [one.permanent for one in bounce.recipients] == [True, False]
    assert bounce.recipients[0].diagnostic == "550 5.1.1 <bo@example.org>: user unknown"
    assert bounce.original_message_id == "<sent-1@example.com>"


@pytest.mark.parametrize(
    ("status", "diagnostic", "notice", "expected"),
    [
        ("5.0.0", "smtp; 550 5.7.26 not authenticated", "", ("5.7.26", "550")),
        ("5.0.0", "", "bo@example.org: 550 5.7.1 blocked", ("5.7.1", "550")),
        (
            "5.0.0 (permanent failure)",
            "smtp; 5.1.0 - Unknown address error 550-'5.2.2 mailbox full'",
            "",
            ("5.2.2", "550"),
        ),
        ("4.4.7", "smtp; 554 4.4.7 expired <421 4.4.2 connection timed out>", "", ("4.4.2", "421")),
        ("4.0.0", "smtp; 554 Blocked", "", ("4.0.0", "")),
        ("5.1.1", "X-Unix; 550", "", ("5.1.1", "")),
        ("5.5.0", "smtp; 550 5.5.0 invalid", "550 5.1.1 <bo@example.org>... User unknown", ("5.5.0", "550")),
        ("5.2.3", "smtp; 552 message of 450 kB is over 512000 bytes", "", ("5.2.3", "552")),
        ("5.1.1", "smtp; 550 host 203.0.113.5 said no", "", ("5.1.1", "550")),
        ("", "smtp; 550 mailbox full", "", ("5.2.2", "550")),
        ("", "", "The user is unknown.", ("5.1.1", "")),
    ],
)
def test_the_most_telling_code_wins(status: str, diagnostic: str, notice: str, expected: tuple[str, str]) -> None:
    """A vague status gives way to what the server itself said, and the two codes never contradict each other."""
    (one,) = bounce_of(report(group("bo@example.org", status, diagnostic), notice=notice)).recipients
    assert (one.status, one.reply_code) == expected


def test_those_that_were_reached_are_left_out_while_others_failed() -> None:
    """A report may speak of all recipients; only a pure success report names those that were reached."""
    good = group("bo@example.org", "2.0.0", "smtp; 250 2.0.0 Ok", action="delivered")
    bad = group("cy@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    assert codes(bounce_of(report(good, bad))) == (("cy@example.org", "5.1.1", "550"),)
    (reached,) = bounce_of(report(good)).recipients
    assert (reached.status, reached.reply_code, reached.permanent) == ("2.0.0", "250", False)


def test_a_complaint_names_who_complained_and_the_mail_it_is_about() -> None:
    """RFC 5965: a feedback report is no bounce, but tells as much about our mail."""
    message = read(
        "From: feedback@example.net\nTo: abuse@example.com\nSubject: FW: offer\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
        "Original-Rcpt-To: <bo@example.org>\nOriginal-Rcpt-To: cy@example.org\n"
        "--b\nContent-Type: message/rfc822\n\nMessage-ID: <sent-1@example.com>\nTo: bo@example.org\n\nHi\n--b--\n"
    )
    assert message.kind is Kind.FEEDBACK_REPORT
    assert message.bounce == Bounce(
        recipients=(BounceRecipient(address="bo@example.org"), BounceRecipient(address="cy@example.org")),
        original_message_id="<sent-1@example.com>",
    )


def test_a_sending_service_tells_in_json() -> None:
    """Amazon's services send a notification whose text is a JSON object, itself within a string."""
    inner = (
        r"{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bouncedRecipients\":["
        r"{\"emailAddress\":\"bo@example.org\",\"action\":\"failed\",\"status\":\"5.1.1\","
        r"\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"}]},"
        r"\"mail\":{\"commonHeaders\":{\"messageId\":\"<sent-1@example.com>\"}}}"
    )
    message = read(
        "From: no-reply@sns.example.net\nTo: ada@example.com\nSubject: Notification Message\n\n"
        f'{{\n  "Type" : "Notification",\n  "Message" : "{inner}"\n}}\n\n--\nTo stop, visit us\n'
    )
    assert message.kind is Kind.BOUNCE
    assert message.bounce is not None
    assert codes(message.bounce) == (("bo@example.org", "5.1.1", "550"),)
    assert message.bounce.original_message_id == "<sent-1@example.com>"


@pytest.mark.parametrize(
    "body", ['{"notificationType":"Bounce"', '{"notificationType":"Bounce","bounce":[1,2]}', "{" * 5_000]
)
def test_broken_json_is_no_trouble(body: str) -> None:
    """Hostile and cut JSON gives no recipients and no error."""
    message = read(f"From: no-reply@example.net\nSubject: x\n\n{body}\n")
    assert message.bounce is None or codes(message.bounce) == ()


@pytest.mark.parametrize(
    "text",
    [
        report(group("bo@example.org")),
        "From: MAILER-DAEMON@x.example\nMessage-ID: <b@x.example>\nSubject: failure "
        "notice\n\n<bo@example.org>:\n550 no\n\n"
        "--- Below this line is a copy of the message.\n\nReceived: from a by b\nMessage-ID: <sent-1@example.com>\n",
        "From: postmaster@x.example\nMessage-ID: <b@x.example>\nIn-Reply-To: <sent-1@example.com>\n"
        "Subject: Undeliverable: x\n\nbo@example.org\n550 5.1.1 unknown\n",
    ],
    ids=["returned part", "returned text", "in-reply-to"],
)
def test_a_bounce_says_which_mail_came_back(text: str) -> None:
    """So that it can be matched to what was sent."""
    assert bounce_of(text).original_message_id == "<sent-1@example.com>"


def test_a_bounce_within_a_bounce_is_opened() -> None:
    """Some gateways wrap the report of another server into a notice of their own that says nothing."""
    inner = report(group("bo@example.org", "5.1.1", "smtp; 550 5.1.1 unknown"))
    text = (
        "From: MAILER-DAEMON@gate.example\nTo: ada@example.com\nSubject: Returned mail\n"
        "Content-Type: multipart/mixed; boundary=outer\n\n--outer\nContent-Type: text/plain\n\nThe message is "
        "returned.\n"
        f"--outer\nContent-Type: message/rfc822\n\n{inner}\n--outer--\n"
    )
    assert codes(bounce_of(text)) == (("bo@example.org", "5.1.1", "550"),)


def test_a_customer_who_forwards_or_answers_a_bounce_is_a_person() -> None:
    """They want to know what went wrong; a bounce passed on without a word is still a bounce."""
    original = "> Final-Recipient: rfc822; bo@example.org\n> Action: failed\n> Status: 5.1.1\n"
    said = "Hello, my mail to you came back yesterday. What is the right address for returns, please?\n\n"
    head = "From: Ada <ada@example.com>\nSubject: {}: Undelivered Mail Returned to Sender\n\n"
    divider = "Begin forwarded message:\n\n> From: MAILER-DAEMON@x.example\n>\n"
    assert read(head.format("Fwd") + said + divider + original).kind is Kind.HUMAN
    assert read(head.format("Re") + said + original).kind is Kind.HUMAN
    assert read(head.format("Fwd") + divider + original).kind is Kind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Undelivered parcel KG-204518", "The courier says that it could not be delivered to my address. What now?"),
        ("Delivery failed again", "Your parcel was not delivered for the second time, nobody rang. Order KG-204518."),
        ("Delivery problem", "The box arrived with error E2 on the display, the user manual does not exist online."),
        ("Bounced cheque", "My bank returned the payment, was it rejected on your side?"),
    ],
)
def test_customers_who_write_of_deliveries_stay_human(subject: str, body: str) -> None:
    """A shop's customers use the words of bounces every day."""
    assert read(f"From: Ada <ada@example.com>\nSubject: {subject}\n\n{body}\n").kind is Kind.HUMAN


def test_hostile_reports_cost_little() -> None:
    """A hundred thousand groups, addresses or codes end in at most a hundred recipients."""
    many = report(*(group(f"u{n}@example.org", "5.1.1", "smtp; 550 5.1.1 x") for n in range(5_000)))
    assert len(bounce_of(many).recipients) <= 100
    flood = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n" + "".join(
        f"<u{n}@example.org>:\n550 5.1.1 no\n" for n in range(20_000)
    )
    assert 0 < len(bounce_of(flood).recipients) <= 100


@pytest.mark.parametrize("words", ["bo@example.org ", "bo@example.org 5", "<bo@example.org>:\n"])
def test_an_address_named_thousands_of_times_costs_no_more_than_its_length(words: str) -> None:
    """What stands before it on its line belongs to each mention, which must not add up."""
    start = time.process_time()
    bounce = bounce_of(
        "From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered Mail Returned to Sender\n\n"
        f"Your message could not be delivered.\n{words * (20_000 // len(words))}"
    )
    assert time.process_time() - start < 1.0
    assert bounce.recipients[0].address == "bo@example.org"
