"""Who is never answered, rule by rule of RFC 3834 section 2 and RFC 5230 sections 4.5 and 4.6."""

import pytest

from mail.kinds.answering import may_be_answered
from mail.reading import read_message
from models.message import Address, Authentication, Kind, Message, SenderTrust

OWN = frozenset({"shop@example.org", "help@example.org"})


def mail(
    *fields: str, sender: str = "Ada <ada@example.com>", to: str = "shop@example.org", subject: str = "Grinder"
) -> Message:
    header = "\r\n".join((f"From: {sender}", f"To: {to}", f"Subject: {subject}", *fields))
    return read_message(f"{header}\r\n\r\nIt rattles. What can I do?\r\n".encode())


def reason(message: Message, *, unattended: bool = False) -> str:
    return may_be_answered(message, OWN, unattended=unattended).reason


def test_a_persons_mail_may_be_answered() -> None:
    """The rule without exception: mail by people, addressed to us."""
    assert may_be_answered(mail(), OWN)
    assert may_be_answered(mail(), OWN, unattended=True)
    assert reason(mail()) == ""


@pytest.mark.parametrize(
    "value", ["auto-generated", "auto-replied", "auto-replied (vacation)", "auto-notified", "yes; x=1"]
)
def test_rfc_3834_section_2_auto_submitted_other_than_no(value: str) -> None:
    """Automatic responses should not answer a message whose Auto-Submitted is anything but "no"."""
    assert not may_be_answered(mail(f"Auto-Submitted: {value}"), OWN)


@pytest.mark.parametrize("value", ["no", "No", "no (a person)", "no; x=1"])
def test_rfc_3834_section_5_auto_submitted_no_is_a_person(value: str) -> None:
    """The keyword "no", whatever comment or parameter follows it."""
    assert may_be_answered(mail(f"Auto-Submitted: {value}"), OWN)


def test_rfc_3834_section_2_null_return_path() -> None:
    """No response may go to a null address."""
    assert not may_be_answered(mail("Return-Path: <>"), OWN)


@pytest.mark.parametrize(
    "local", ["owner-grinders", "grinders-request", "MAILER-DAEMON", "mailer-daemon+x", "grinders-owner"]
)
def test_rfc_3834_section_2_addresses_of_responders(local: str) -> None:
    """Local parts that programs use: owner-*, *-request, MAILER-DAEMON."""
    assert not may_be_answered(mail(sender=f"{local}@example.com"), OWN)


@pytest.mark.parametrize("value", ["list", "bulk", "junk", "auto_reply"])
def test_rfc_3834_section_2_precedence(value: str) -> None:
    """A responder may refuse when Precedence makes a response seem out of place."""
    assert not may_be_answered(mail(f"Precedence: {value}"), OWN)
    assert may_be_answered(mail("Precedence: first-class"), OWN)


def test_rfc_3834_section_2_recipient_not_named() -> None:
    """Without a person's look, a mail must name one of our addresses in To or Cc (RFC 5230 section 4.5)."""
    hidden = mail(to="undisclosed-recipients:;")
    assert may_be_answered(hidden, OWN)
    assert "none of our addresses" in reason(hidden, unattended=True)
    assert may_be_answered(mail("Cc: HELP@example.org", to="bo@example.com"), OWN, unattended=True)


def test_rfc_3834_section_2_forged_return_addresses() -> None:
    """Return addresses are easily forged: what failed its checks gets no unattended answer."""
    forged = mail().model_copy(update={"trust": SenderTrust(authenticated=Authentication.FAIL)})
    assert may_be_answered(forged, OWN)
    assert not may_be_answered(forged, OWN, unattended=True)


def test_rfc_3834_section_2_own_mail() -> None:
    """An answer to ourselves is the shortest loop."""
    assert not may_be_answered(mail(sender="HELP@example.org"), OWN)
    assert not may_be_answered(mail("Reply-To: shop@example.org"), OWN)


@pytest.mark.parametrize(
    "name", ["MAILER-DAEMON", "LISTSERV", "majordomo", "grinders-request", "postmaster", "root", "nobody"]
)
def test_rfc_5230_section_4_6_well_known_addresses(name: str) -> None:
    """Addresses of processes and lists, in whatever case."""
    assert not may_be_answered(mail(sender=f"{name}@example.com"), OWN)


@pytest.mark.parametrize(
    "field", ["List-Id", "List-Help", "List-Subscribe", "List-Unsubscribe", "List-Post", "List-Owner", "List-Archive"]
)
def test_rfc_5230_section_4_6_list_fields(field: str) -> None:
    """Any of the seven is enough."""
    assert not may_be_answered(mail(f"{field}: <https://example.com/list>"), OWN)


def test_rfc_5230_section_4_6_auto_submitted() -> None:
    """The same rule as in RFC 3834, for the vacation of Sieve."""
    assert not may_be_answered(mail("Auto-Submitted: auto-generated"), OWN)


@pytest.mark.parametrize("value", ["All", "OOF, AutoReply", "autoreply"])
def test_x_auto_response_suppress(value: str) -> None:
    """Exchange's own way of saying it; DR and RN are about receipts alone."""
    assert not may_be_answered(mail(f"X-Auto-Response-Suppress: {value}"), OWN)
    assert may_be_answered(mail("X-Auto-Response-Suppress: DR, RN, NRN"), OWN)


@pytest.mark.parametrize(
    "local",
    ["noreply", "no-reply", "no_reply", "No.Reply", "shop-noreply", "noreply-shop", "noreply42", "accountnoreply",
     "do-not-reply", "donotreply", "dontreply", "please-do-not-reply", "no-answer", "unmonitored", "unattended",
     "nicht-antworten", "bitte-nicht-antworten", "keine-antwort", "ne-pas-repondre", "nepasrepondre", "no-responder",
     "nocontestar", "nao-responda", "naoresponder", "non-rispondere", "niet-beantwoorden", "geen-antwoord",
     "svara-inte",
     "svara-ej", "ikke-svar", "ala-vastaa", "nie-odpowiadaj", "neodpovidejte", "neodpovedat", "ne-valaszoljon",
     "nu-raspundeti", "yanitlamayin", "ne-otvechat", "notifications", "alerts", "auto-confirm", "bounces+12=x"],
)  # fmt: skip
def test_addresses_that_take_no_replies_in_many_languages(local: str) -> None:
    """However it is spelt."""
    assert not may_be_answered(mail(sender=f"Shop <{local}@example.com>"), OWN)


@pytest.mark.parametrize(
    "local", ["nora.reply", "ada.noanswers", "noemi", "denise.responda", "norbert", "systematics", "alerta", "no",
              "reply", "botany", "rootbeer", "cronin", "owner", "request", "bounty", "bouncer", "postma", "daemonica"]
)  # fmt: skip
def test_people_with_such_letters_in_their_names_are_answered(local: str) -> None:
    """Only whole words count."""
    assert may_be_answered(mail(sender=f"{local}@example.com"), OWN)


def test_a_reply_to_that_wants_no_answer_is_respected() -> None:
    """Forms send from the customer's address and say where answers may go."""
    assert "wants no answer" in reason(mail("Reply-To: no-reply@example.com"))
    assert may_be_answered(mail("Reply-To: no-reply@example.com, ada@example.com"), OWN)


def test_every_kind_but_human_is_refused_with_its_reason() -> None:
    """A reason is shown to people: it names the kind and the evidence."""
    for kind in Kind:
        message = Message(kind=kind, kind_reason="X is set", sender=Address(address="ada@example.com"))
        assert bool(may_be_answered(message, OWN)) is (kind is Kind.HUMAN)
        assert kind is Kind.HUMAN or reason(message).endswith("(X is set)")


def test_mail_without_a_sender_is_refused() -> None:
    """There is nobody to answer."""
    assert reason(Message()) == "it names no sender"
