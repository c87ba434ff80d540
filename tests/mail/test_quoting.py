"""The new part of a reply, in the styles of mail programs and languages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.quoting import split_reply

ATTRIBUTIONS = [
    "On Mon, Mar 3, 2025 at 9:12 AM Shop <shop@example.org> wrote:",
    "On 3 Mar 2025, at 09:12, Shop <shop@example.org> wrote:",
    "On Mon, Mar 3, 2025 at 9:12 AM A Very Long Name Indeed <\nshop@example.org> wrote:",
    "On Mon, 3 Mar 2025 at 09:12, The Shop Support Team\n<shop@example.org> wrote:",
    "Am 03.03.2025 um 09:12 schrieb Shop:",
    "Am Mo., 3. März 2025 um 09:12 Uhr schrieb Shop <shop@example.org>:",
    "Shop <shop@example.org> schrieb am Mo., 3. März 2025, 09:12:",
    "Le lun. 3 mars 2025 à 09:12, Shop <shop@example.org> a écrit :",
    "Le 03/03/2025 à 09:12, Shop a écrit :",
    "El lun, 3 mar 2025 a las 9:12, Shop (<shop@example.org>) escribió:",
    "Op ma 3 mrt 2025 om 09:12 schreef Shop <shop@example.org>:",
    "Op 03-03-2025 om 09:12 schreef Shop:",
    "Il giorno lun 3 mar 2025 alle ore 09:12 Shop <shop@example.org> ha scritto:",
    "Em seg., 3 de mar. de 2025 às 09:12, Shop <shop@example.org> escreveu:",
    "W dniu 3.03.2025 o 09:12, Shop pisze:",
    "pon., 3 mar 2025 o 09:12 Shop <shop@example.org> napisał(a):",
    "Den mån 3 mars 2025 kl 09:12 skrev Shop <shop@example.org>:",
    "Den man. 3. mar. 2025 kl. 09.12 skrev Shop <shop@example.org>:",
    "ma 3. maalisk. 2025 klo 9.12 Shop (shop@example.org) kirjoitti:",
    "po 3. 3. 2025 v 9:12 odesílatel Shop <shop@example.org> napsal:",
    "пн, 3 мар. 2025 г. в 09:12, Shop <shop@example.org>:",
    "3 марта 2025 г., 09:12, Shop <shop@example.org> написал:",
    "Shop <shop@example.org>, 3 Mar 2025 Pzt, 09:12 tarihinde şunu yazdı:",
    "2025年3月3日(月) 9:12 Shop <shop@example.org>:",
    "在 2025年3月3日 09:12，Shop <shop@example.org> 写道：",
    "---- On Mon, 03 Mar 2025 09:12:00 +0100 Shop <shop@example.org> wrote ----",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_history_below_an_attribution_is_cut(attribution: str) -> None:
    """With and without quote marks, the new text above stays alone."""
    for history in ("> Did you clean it?\n> Shop", "Did you clean it?\nShop"):
        assert split_reply(f"It works now.\n\nAda\n\n{attribution}\n\n{history}\n").new == "It works now.\n\nAda"


@pytest.mark.parametrize(
    "block",
    [
        "From: Shop <s@example.org>\nSent: Monday, March 3, 2025 9:12 AM\nTo: Ada\nSubject: RE: Grinder",
        "Von: Shop <s@example.org>\nGesendet: Montag, 3. März 2025 09:12\nAn: Ada\nBetreff: AW: Mühle",
        "De : Shop <s@example.org>\nEnvoyé : lundi 3 mars 2025 09:12\nÀ : Ada\nObjet : RE: Moulin",
        "De: Shop <s@example.org>\nEnviado: lunes, 3 de marzo de 2025 9:12\nPara: Ada\nAsunto: RE: Molinillo",
        "Van: Shop <s@example.org>\nVerzonden: maandag 3 maart 2025 09:12\nAan: Ada\nOnderwerp: RE: Molen",
        "Da: Shop <s@example.org>\nInviato: lunedì 3 marzo 2025 09:12\nA: Ada\nOggetto: R: Macinino",
        "Från: Shop <s@example.org>\nSkickat: den 3 mars 2025 09:12\nTill: Ada\nÄmne: SV: Kvarn",
        "Fra: Shop <s@example.org>\nSendt: 3. marts 2025 09:12\nTil: Ada\nEmne: SV: Kværn",
        "Od: Shop <s@example.org>\nWysłano: poniedziałek, 3 marca 2025\nDo: Ada\nTemat: RE: Młynek",
        "*From:* Shop\n*Date:* Monday, March 3, 2025\n*To:* Ada\n*Subject:* Grinder",
    ],
)
def test_outlook_header_block_starts_the_history(block: str) -> None:
    """With or without the line that Outlook draws above."""
    for line in ("", "________________________________\n", "-----Original Message-----\n"):
        assert split_reply(f"Yes, please.\n\n{line}{block}\n\nShall we?\n").new == "Yes, please."


@pytest.mark.parametrize(
    "footer",
    ["Sent from my iPhone", "Get Outlook for iOS", "Von meinem iPhone gesendet", "Envoyé de mon iPhone",
     "Enviado desde mi iPhone", "Verstuurd vanaf mijn iPhone", "Inviato da iPhone", "Enviado do meu iPhone",
     "Skickat från min iPhone", "Sendt fra min iPhone", "Wysłane z iPhone'a", "Gesendet mit der GMX Mail App"],
)  # fmt: skip
def test_mobile_footer_is_a_signature(footer: str) -> None:
    """No person typed it."""
    reply = split_reply(f"On my way.\n\n{footer}\n\nOn 3 Mar 2025, at 09:12, Shop <s@example.org> wrote:\n\n> Hi\n")
    assert reply.new == "On my way."
    assert footer in reply.signature
    assert "> Hi" in reply.quoted


def test_signature_is_cut_at_its_delimiter() -> None:
    """`-- ` alone on a line (RFC 3676 section 4.3)."""
    reply = split_reply("Please call me.\n-- \nAda Lind\n+49 555 0100\n")
    assert (reply.new, reply.signature) == ("Please call me.", "--\nAda Lind\n+49 555 0100")


def test_answers_between_quoted_lines_are_kept_with_them() -> None:
    """Without its question an inline answer cannot be understood."""
    text = "See below.\n\nOn Mon, 3 Mar 2025 at 9:12, Shop wrote:\n> Which model?\nK1\n> Since when?\nMonday\n"
    assert split_reply(text).new == "See below.\n\n> Which model?\nK1\n> Since when?\nMonday"


def test_answer_below_the_quote_stands_alone() -> None:
    """Bottom posting: the quote above goes with its attribution."""
    assert split_reply("On Mon, 3 Mar 2025 at 9:12, Shop wrote:\n> Which model?\n\nThe K1.\n").new == "The K1."


@pytest.mark.parametrize(
    "mark",
    ["---------- Forwarded message ---------", "Begin forwarded message:",
     "-------- Weitergeleitete Nachricht --------",
     "---------- Message transféré ----------", "---------- Mensaje reenviado ----------",
     "----- Doorgestuurd bericht -----"],
)  # fmt: skip
def test_note_above_a_forward_stands_alone(mark: str) -> None:
    """What is forwarded is quoted; a forward without a note is all there is."""
    forward = (
        f"{mark}\nFrom: Bo <bo@example.com>\nDate: Mon, 3 Mar 2025\nSubject: Hi\nTo: Ada\n\nThe forwarded words.\n"
    )
    assert split_reply(f"Please look at this.\n\n{forward}").new == "Please look at this."
    assert split_reply(forward).new == "The forwarded words."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I ordered a grinder, and on Tuesday your colleague wrote that it shipped.",
        "Order: 12\nFrom the invoice: 300 EUR\nPlease check.",
        "My settings:\n- grind: 5\n- dose: 18 g\n\nWhat do you think?",
        "Dear team,\n\nTo: whom it may concern, I like it.\n\nAda",
        "> quoted only",
        "I wrote:\n\n5 bags",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Nothing that a customer wrote may be lost."""
    assert split_reply(text).new == text


@given(st.text(max_size=2_000))
def test_any_text_is_split_without_raising(text: str) -> None:
    """And something remains whenever there was something."""
    reply = split_reply(text)
    assert (
        bool(reply.new.strip()) == bool(text.strip("\u1427\ufeff\u200b\u200e\u200f\xa0 \t\n\r") and text.strip())
        or reply.new
    )


_LINES = st.sampled_from(
    ["text", "", "> quote", "-- ", "On Mon, 3 Mar 2025 at 9:12, Shop wrote:", "From: a@b.c", "To: d", "Subject: e",
     "-----Original Message-----", "Sent from my iPhone", "```", "____", ">> deep", "C> initials"]
)  # fmt: skip


@given(st.lists(_LINES, max_size=30))
def test_no_line_of_text_is_invented(lines: list[str]) -> None:
    """The new part is made of lines of the mail, in their order."""
    new = split_reply("\n".join(lines)).new.split("\n")
    rest = iter(line.rstrip() for line in lines)
    assert new == [""] or all(any(line == other for other in rest) for line in new)


@pytest.mark.parametrize(
    "line", ["> a\nb\n", "On 2020 a wrote:\n", "From: a\n", "- - - -\n", "* " * 2000 + "\n", "```\n"]
)
def test_hostile_length_takes_bounded_time(line: str) -> None:
    """A megabyte of the worst lines is split in a second or so of processor time."""
    start = time.process_time()
    split_reply(line * (1_000_000 // len(line)))
    assert time.process_time() - start < 5


@given(st.text(alphabet="\f\v\x1c\x85\u2003\u2009\u202f\u3000\u1680\u200b\ufeff\n >-a:", max_size=60))
def test_blanks_of_every_kind_are_read_without_raising(text: str) -> None:
    """A form feed or a wide space alone on a line is a blank line."""
    assert "a" not in text or "a" in "".join(vars_of(text))


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "_" * 199_000 + "x",
        "--" + " " * 199_000 + "x",
        ("_" * 198 + "x\n") * 1_000,
        ("--" + " " * 196 + "x\n") * 1_000,
        ("--Original Message" + " " * 180 + "x\n") * 1_000,
        "hi\n" + ("On 2020-01-01 wrote" + " " * 370 + "x]\n") * 500,
        "hi\n" + ("On 2020-01-01 " + "wrote " * 60 + "x]\n") * 500,
        "hi\n" + ("On 2020-01-01 " + "wrote " * 30 + "[" * 180 + "x]\n") * 500,
        "hi\n" + ("On 2020-01-01 " + "wrote " * 30 + "*" * 180 + "x*\n") * 500,
        "hi\n" + ("2020 10:00 " + "<" * 120 + "@" * 120 + "x:\n") * 800,
        "hi\n" + ("<" * 90 + "@" * 120 + ">" * 100 + "x:\n") * 600,
    ],
    ids=range(11),
)
def test_lines_made_to_be_slow_take_bounded_time(text: str) -> None:
    """What looks almost like a divider or an attribution costs no more than any other line."""
    split_reply(text)


def vars_of(text: str) -> tuple[str, str, str]:
    reply = split_reply(text)
    return reply.new, reply.quoted, reply.signature
