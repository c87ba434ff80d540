"""The line above quoted mail, as the mail programs of many countries write it, and prose that only looks like it."""

import pytest

from mail.text.quoting import split_reply

ATTRIBUTIONS = {
    "gmail en": "On Mon, Mar 3, 2025 at 9:12 AM Shop <shop@example.org> wrote:",
    "gmail en wrapped name": "On Mon, Mar 3, 2025 at 9:12 AM A Very Long Shop Name <\nshop@example.org> wrote:",
    "gmail en wrapped verb": "On Mon, Mar 3, 2025 at 9:12 AM A Shop <shop@example.org>\nwrote:",
    "gmail en three lines": 'On Mon, Mar 3, 2025 at 9:12 AM "A Shop"\n<shop@example.org>\nwrote:',
    "gmail en gb": "On Mon, 3 Mar 2025 at 09:12, Shop <shop@example.org> wrote:",
    "gmail de": "Am Mo., 3. März 2025 um 09:12 Uhr schrieb Shop <shop@example.org>:",
    "gmail de wrapped": "Am Mo., 3. März 2025 um 09:12 Uhr schrieb Ein Laden mit langem Namen <\nshop@example.org>:",
    "gmail fr": "Le lun. 3 mars 2025 à 09:12, Shop <shop@example.org> a écrit :",
    "gmail fr wrapped": "Le lun. 3 mars 2025 à 09:12, Une Boutique Au Nom Long <shop@example.org> a\nécrit :",
    "gmail es": "El lun, 3 mar 2025 a las 9:12, Shop (<shop@example.org>) escribió:",
    "gmail es wrapped": "El lun, 3 mar 2025 a las 9:12, Tienda de Nombre Largo (<shop@example.org>)\nescribió:",
    "gmail it": "Il giorno lun 3 mar 2025 alle ore 09:12 Shop <shop@example.org> ha scritto:",
    "gmail it wrapped": "Il giorno lun 3 mar 2025 alle ore 09:12 Negozio <shop@example.org> ha\nscritto:",
    "gmail pt": "Em seg., 3 de mar. de 2025 às 09:12, Shop <shop@example.org> escreveu:",
    "gmail nl": "Op ma 3 mrt 2025 om 09:12 schreef Shop <shop@example.org>:",
    "gmail sv": "Den mån 3 mars 2025 kl 09:12 skrev Shop <shop@example.org>:",
    "gmail da": "Den man. 3. mar. 2025 kl. 09.12 skrev Shop <shop@example.org>:",
    "gmail no": "man. 3. mars 2025 kl. 09:12 skrev Shop <shop@example.org>:",
    "gmail fi": "ma 3. maalisk. 2025 klo 9.12 Shop (shop@example.org) kirjoitti:",
    "gmail pl": "pon., 3 mar 2025 o 09:12 Shop <shop@example.org> napisał(a):",
    "gmail cs": "po 3. 3. 2025 v 9:12 odesílatel Shop <shop@example.org> napsal:",
    "gmail sk": "po 3. 3. 2025 o 9:12 Shop <shop@example.org> napísal(a):",
    "gmail hu": "Shop <shop@example.org> ezt írta (időpont: 2025. márc. 3., H, 9:12):",
    "gmail ro": "În lun., 3 mar. 2025 la 09:12, Shop <shop@example.org> a scris:",
    "gmail hr": "pon, 3. ožu 2025. u 09:12 Shop <shop@example.org> napisao je:",
    "gmail el": "Στις Δευ 3 Μαρ 2025 στις 9:12 π.μ., ο χρήστης Shop <shop@example.org> έγραψε:",
    "gmail tr": "Shop <shop@example.org>, 3 Mar 2025 Pzt, 09:12 tarihinde şunu yazdı:",
    "gmail ru": "пн, 3 мар. 2025 г. в 09:12, Shop <shop@example.org>:",
    "gmail uk": "пн, 3 бер. 2025 р. о 09:12 Shop <shop@example.org> пише:",
    "gmail bg": "На пн, 3.03.2025 г. в 9:12 ч. Shop <shop@example.org> написа:",
    "gmail ja": "2025年3月3日(月) 9:12 Shop <shop@example.org>:",
    "gmail zh-cn": "Shop <shop@example.org> 于2025年3月3日周一 09:12写道：",
    "gmail zh-tw": "Shop <shop@example.org> 於 2025年3月3日 週一 上午9:12寫道：",
    "gmail ko": "2025년 3월 3일 (월) 오전 9:12, Shop <shop@example.org>님이 작성:",
    "gmail th": "เมื่อ จ. 3 มี.ค. 2025 เวลา 09:12 Shop <shop@example.org> เขียนว่า:",
    "gmail vi": "Vào Th 2, 3 thg 3, 2025 vào lúc 09:12 Shop <shop@example.org> đã viết:",
    "gmail id": "Pada Sen, 3 Mar 2025 pukul 09.12 Shop <shop@example.org> menulis:",
    "gmail he": "\u202b"
    "\u05d1\u05ea\u05d0\u05e8\u05d9\u05da \u05d9\u05d5\u05dd \u05d1\u05f3, 3 \u05d1\u05de\u05e8\u05e5 "
    "2025 \u05d1-9:12 \u05de\u05d0\u05ea \u202aShop\u202c\u200f <\u202ashop@example.org\u202c\u200f>:\u202c",
    "gmail ar": "في الاثنين، 3 مارس 2025 في 9:12 ص تمت كتابة ما يلي بواسطة Shop <shop@example.org>:",
    "gmail ca": "Missatge de Shop <shop@example.org> del dia dl., 3 de març 2025 a les 9:12:",
    "gmail lt": "2025-03-03, pr, 09:12 Shop <shop@example.org> rašė:",
    "gmail et": "Shop <shop@example.org> kirjutas kuupäeval E, 3. märts 2025 kell 09:12:",
    "old gmail": "2025-03-03 9:12 GMT+01:00 Shop <shop@example.org>:",
    "old gmail wrapped": "2025-03-03 9:12 GMT+01:00 A Shop With A Long Name <\nshop@example.org>:",
    "inbox by gmail": "Shop <shop@example.org> schrieb am Mo., 3. März 2025, 09:12:",
    "inbox by gmail wrapped": "Shop <shop@example.org> schrieb am Mo., 3. März 2025\num 09:12 Uhr:",
    "apple en": "On 3 Mar 2025, at 09:12, Shop <shop@example.org> wrote:",
    "apple en no address": "On Mar 3, 2025, at 9:12 AM, Shop wrote:",
    "apple de": "Am 03.03.2025 um 09:12 schrieb Shop <shop@example.org>:",
    "apple fr": "Le 3 mars 2025 à 09:12, Shop <shop@example.org> a écrit :",
    "apple es": "El 3 mar 2025, a las 9:12, Shop <shop@example.org> escribió:",
    "apple it": "Il giorno 3 mar 2025, alle ore 09:12, Shop <shop@example.org> ha scritto:",
    "apple nl": "Op 3 mrt. 2025, om 09:12 heeft Shop <shop@example.org> het volgende geschreven:",
    "apple sv": "3 mars 2025 kl. 09:12 skrev Shop <shop@example.org>:",
    "apple da": "Den 3. mar. 2025 kl. 09.12 skrev Shop <shop@example.org>:",
    "apple no": "3. mar. 2025 kl. 09:12 skrev Shop <shop@example.org>:",
    "apple fi": "Shop <shop@example.org> kirjoitti 3.3.2025 kello 9.12:",
    "apple pl": "Wiadomość napisana przez Shop <shop@example.org> w dniu 03.03.2025, o godz. 09:12:",
    "apple pt": "No dia 03/03/2025, às 09:12, Shop <shop@example.org> escreveu:",
    "apple cs": "3. 3. 2025 v 9:12, Shop <shop@example.org>:",
    "apple ru": "3 марта 2025 г., в 9:12, Shop <shop@example.org> написал(а):",
    "apple tr": "Shop <shop@example.org> şunları yazdı (3 Mar 2025 09:12):",
    "apple ja": "2025/03/03 9:12、Shop <shop@example.org>のメール:",
    "apple zh": "在 2025年3月3日，09:12，Shop <shop@example.org> 写道：",
    "apple ko": "2025. 3. 3. 오전 9:12, Shop <shop@example.org> 작성:",
    "thunderbird en": "On 3/3/25 09:12, Shop wrote:",
    "thunderbird en new": "On 03/03/2025 09:12, Shop via Desk wrote:",
    "thunderbird de": "Am 03.03.25 um 09:12 schrieb Shop:",
    "thunderbird fr": "Le 03/03/2025 à 09:12, Shop a écrit :",
    "thunderbird es": "El 3/3/25 a las 9:12, Shop escribió:",
    "thunderbird it": "Il 03/03/25 09:12, Shop ha scritto:",
    "thunderbird nl": "Op 03-03-2025 om 09:12 schreef Shop:",
    "thunderbird pt": "Em 03/03/2025 09:12, Shop escreveu:",
    "thunderbird pl": "W dniu 3.03.2025 o 09:12, Shop pisze:",
    "thunderbird sv": "Den 2025-03-03 kl. 09:12, skrev Shop:",
    "thunderbird da": "Den 03.03.2025 kl. 09.12 skrev Shop:",
    "thunderbird fi": "Shop kirjoitti 3.3.2025 klo 9.12:",
    "thunderbird cs": "Dne 03. 03. 25 v 9:12 Shop napsal(a):",
    "thunderbird hu": "2025. 03. 03. 9:12 keltezéssel, Shop írta:",
    "thunderbird ru": "03.03.2025 09:12, Shop пишет:",
    "thunderbird uk": "03.03.25 09:12, Shop пише:",
    "thunderbird tr": "3.03.2025 09:12 tarihinde Shop yazdı:",
    "thunderbird ja": "On 2025/03/03 9:12, 山田 wrote:",
    "thunderbird zh": "在 2025/3/3 9:12, Shop 写道:",
    "yahoo en": "On Monday, March 3, 2025 at 09:12:00 AM GMT+1, Shop <shop@example.org> wrote: ",
    "yahoo de": "Am Montag, 3. März 2025 um 09:12:00 MEZ hat Shop <shop@example.org> Folgendes geschrieben:",
    "yahoo fr": "Le lundi 3 mars 2025 à 09:12:00 UTC+1, Shop <shop@example.org> a écrit :",
    "yahoo es": "El lunes, 3 de marzo de 2025, 9:12:00 CET, Shop <shop@example.org> escribió:",
    "yahoo pt": "Em segunda-feira, 3 de março de 2025 09:12:00 BRT, Shop <shop@example.org> escreveu:",
    "proton": "On Monday, March 3rd, 2025 at 9:12 AM, Shop <shop@example.org> wrote:",
    "proton no brackets": "On Monday, March 3rd, 2025 at 9:12 AM, Shop shop@example.org wrote:",
    "zoho": "---- On Mon, 03 Mar 2025 09:12:00 +0100 Shop <shop@example.org> wrote ----",
    "zoho entities": "---- On Mon, 03 Mar 2025 09:12:00 +0100 Shop&lt;shop@example.org&gt; wrote ----",
    "lotus notes": "-----Shop <shop@example.org> wrote: -----",
    "lotus notes name": '-----"Shop" wrote: -----',
    "lotus notes on": "Shop <shop@example.org> wrote on 03/03/2025 09:12:34 AM:",
    "lotus notes de": "Shop <shop@example.org> schrieb am 03.03.2025 09:12:34:",
    "yandex": '03.03.2025, 09:12, "Shop" <shop@example.org>:',
    "mail.ru": "Понедельник, 3 марта 2025, 9:12 +03:00 от Shop <shop@example.org>:",
    "roundcube": "Am 03.03.2025 09:12 schrieb Shop:",
    "k-9": "Shop <shop@example.org> schrieb:",
    "k-9 en": "On March 3, 2025 9:12:34 AM GMT+01:00, Shop <shop@example.org> wrote:",
    "k-9 de": "Am 3. März 2025 09:12:34 MEZ schrieb Shop <shop@example.org>:",
    "evolution": "On Mon, 2025-03-03 at 09:12 +0100, Shop wrote:",
    "mutt": "On Mon, Mar 03, 2025 at 09:12:34AM +0100, Shop wrote:",
    "gnus": "Shop <shop@example.org> writes:",
    "horde de": "Zitat von Shop <shop@example.org>:",
    "horde en": "Quoting Shop <shop@example.org>:",
    "usenet": "In article <abc123@example.org>, Shop <shop@example.org> wrote:",
    "spark": "On 3 Mar 2025, 09:12 +0100, Shop <shop@example.org>, wrote:",
    "spark bold": "*On 3 Mar 2025, 09:12 +0100, Shop <shop@example.org>, wrote:*",
    "samsung": "On 3 Mar 2025 09:12, Shop <shop@example.org> wrote:",
    "android quoted name": 'On 3 Mar 2025 9:12 am, "Shop" <shop@example.org> wrote:',
    "android fr wrapped": 'Le 3 mars 2025 09:12, "Shop"\n<shop@example.org>\na écrit :',
    "eudora": "At 3/3/2025 09:12 AM, Shop wrote:",
    "gmx": "Am Montag, 3. März 2025, 09:12, Shop <shop@example.org> schrieb:",
    "hey": "On March 3, 2025, Shop <shop@example.org> wrote:",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_history_below_an_attribution_is_cut(attribution: str) -> None:
    """With and without quote marks, the new text above stays alone, and nothing of it is swallowed."""
    for above in ("It works now.\n\nAda", "My model is the K2, bought in 2024.\nSerial: K2-0047391"):
        for history in ("> Did you clean it?\n> Shop", "Did you clean it?\n\nShop"):
            for gap in ("\n", "\n\n"):
                reply = split_reply(f"{above}\n{gap}{attribution}{gap}{history}\n")
                assert reply.new == above
                assert "Did you clean it?" in reply.quoted


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_an_answer_below_the_quote_stands_alone(attribution: str) -> None:
    """Bottom posting: attribution and quote above go."""
    assert split_reply(f"{attribution}\n> Did you clean it?\n\nYes, twice.\n").new == "Yes, twice."


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_answers_between_quoted_lines_stay_with_them(attribution: str) -> None:
    """The attribution goes; each answer keeps its question."""
    text = f"See below.\n\n{attribution}\n> Which model?\nK1\n> Since when?\nMonday\n"
    assert split_reply(text).new == "See below.\n\n> Which model?\nK1\n> Since when?\nMonday"


@pytest.mark.parametrize(
    "attribution",
    ["2025-03-03 09:12 Shop <shop@example.org> qwxyz:", "Xa 3.3.2025 09:12 Shop <shop@example.org> blorf:",
     "Shop <shop@example.org> ufu 3.3.2025 09:12:"],
)  # fmt: skip
def test_a_language_that_nobody_has_listed_is_told_by_the_quote_below(attribution: str) -> None:
    """Date, address and colon right above quote marks are enough."""
    assert split_reply(f"It works now.\n\n{attribution}\n\n> Did you?\n").new == "It works now."


@pytest.mark.parametrize(
    "prose",
    [
        "On Monday I ordered a grinder, and on Tuesday your colleague wrote that it shipped.",
        "On 3 March 2025 at 10:00 your colleague wrote:\n\nWe refund everything.\n\nBut I got nothing.",
        "Am 3. März 2025 um 9 Uhr schrieb ich Ihnen:\n\nBitte melden Sie sich.\n\nBis heute keine Antwort.",
        "Am 3.3.2025 um 9:00 schrieb Ihre Kollegin:\n\nWir erstatten alles.\n\nNichts kam an.",
        "Le 3 mars 2025 à 9:12 j'ai écrit :\n\nJe veux un remboursement.\n\nSans réponse.",
        "El 3/3/2025 a las 9:12 les escribió mi esposa:\n\nNo funciona.\n\nSigue sin funcionar.",
        "Op 3-3-2025 om 9:12 schreef ik u:\n\nGraag een antwoord.\n\nNog niets ontvangen.",
        "I wrote:\n\n5 bags, please.",
        "The invoice of 2025-03-03 says:\n\n300 EUR\n\nThat is wrong.",
        "Please call me on 3 March 2025 at 10:00 or mail me at ada@example.com:\n\nthe offer stands.",
        "My address is Ada Lind <ada@example.com>:\n\nplease change it.",
        "Open 9:00-17:30:\nThat is what your page says.",
        "These are my orders from 2024:\n\nKG-204518\nKG-204519",
        "What the manual (page 3, 2024 edition) wrote:\n\nnothing about descaling.",
        "Delivery was promised for 3.3.2025 10:30:\n\nnobody came.",
        "Meine Bestellungen vom 03.03.2025:\n- K1\n- G1",
        "At 9:30 the machine said:\n\nE5\n\nand stopped.",
    ],
)
def test_prose_that_looks_alike_is_kept(prose: str) -> None:
    """Nothing that the sender newly wrote may be lost."""
    assert split_reply(prose).new == prose
    assert split_reply(f"Hello,\n\n{prose}\n\nAda").new == f"Hello,\n\n{prose}\n\nAda"
