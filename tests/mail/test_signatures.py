"""Footers of mobile programs, legal notices and signatures, and text that only looks like them."""

import pytest

from mail.text.quoting import split_reply

FOOTERS = [
    "Sent from my iPhone", "Sent from my iPad", "Sent from my Samsung Galaxy smartphone.", "Sent from my Huawei phone",
    "Sent from Outlook for Android", "Sent from Mail for Windows", "Sent from Yahoo Mail on Android",
    "Sent from ProtonMail mobile", "Sent with Proton Mail secure email.",
    "Sent via the Samsung Galaxy S22, an AT&T 5G smartphone",
    "Sent from my T-Mobile 4G LTE Device", "Sent from my BlackBerry 10 smartphone", "Get Outlook for iOS",
    "Get Outlook for iOS<https://aka.ms/o0ukef>", "Get Outlook for Android <https://aka.ms/ghei36>",
    "Sent from [Proton Mail](https://proton.me) for iOS", "*Sent from my iPhone*", "Sent from AOL on Android",
    "Von meinem iPhone gesendet", "Von meinem Samsung Galaxy Smartphone gesendet.", "Gesendet mit der GMX Mail App",
    "Gesendet von Outlook für iOS", "Holen Sie sich Outlook für Android", "Gesendet von meinem Handy",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.", "Outlook für iOS beziehen",
    "Gesendet von Mail für Windows", "Envoyé de mon iPhone", "Envoyé depuis mon smartphone Samsung Galaxy.",
    "Envoyé à partir de Outlook pour Android", "Télécharger Outlook pour iOS", "Obtenir Outlook pour Android",
    "Envoyé depuis l'application Mail Orange", "Provenance : Courrier pour Windows 10", "Enviado desde mi iPhone",
    "Enviado desde Outlook para iOS", "Obtener Outlook para Android", "Enviado desde mi Samsung Mobile de Claro",
    "Enviado do meu iPhone", "Enviado do Outlook para iOS", "Obter o Outlook para Android", "Inviato da iPhone",
    "Inviato dal mio iPhone", "Scarica Outlook per Android", "Inviato da Outlook per iOS", "Inviato da Libero Mail",
    "Verstuurd vanaf mijn iPhone", "Verzonden met Outlook voor Android", "Outlook voor iOS downloaden",
    "Verzonden vanaf mijn Samsung-apparaat", "Download Outlook voor Android", "Skickat från min iPhone",
    "Skickat från Outlook för Android", "Hämta Outlook för iOS", "Sendt fra min iPhone", "Hent Outlook til Android",
    "Sendt fra Outlook til iOS", "Sendt fra min Galaxy", "Lähetetty iPhonesta", "Lähetetty Outlookista Androidille",
    "Hanki Outlook for Android", "Wysłane z iPhone'a", "Wysłano z telefonu Samsung",
    "Pobierz program Outlook dla Android",
    "Wysłane z aplikacji WP Poczta na wp.pl", "Odesláno z iPhonu", "Odesláno z aplikace Outlook pro Android",
    "Odoslané z iPhonu", "iPhone'umdan gönderildi", "Android için Outlook'u edinin", "Отправлено с iPhone",
    "Отправлено из мобильной Яндекс.Почты", "Отправлено из Mail.ru для Android", "Надіслано з iPhone",
    "Відправлено з мобільного додатку Gmail", "iPhoneから送信", "Outlook for Android を入手", "从我的iPhone发送",
    "发自我的iPhone",
    "發自我的 iPhone", "从我的 iPhone 发送", "来自 Outlook for iOS", "나의 iPhone에서 보냄", "내 Galaxy에서 보냄",
    "Küldve az iPhone-omról",
    "Trimis de pe iPhone-ul meu", "Στάλθηκε από το iPhone μου", "Poslano z mojega iPhona", "Enviat des del meu iPhone",
]  # fmt: skip


@pytest.mark.parametrize("footer", FOOTERS)
def test_footer_of_a_mail_program_is_a_signature(footer: str) -> None:
    """No person typed it; above and below it, and without a blank line, the rest is told apart as before."""
    history = "On 3 Mar 2025, at 09:12, Shop <shop@example.org> wrote:\n\n> Hi\n"
    for gap in ("\n", "\n\n"):
        reply = split_reply(f"On my way.{gap}{footer}\n\n{history}")
        assert reply.new == "On my way."
        assert footer in reply.signature
        assert "> Hi" in reply.quoted
        assert split_reply(f"On my way.{gap}{footer}\n").new == "On my way."


@pytest.mark.parametrize(
    "signature",
    ["-- \nAda Lind\n+49 555 0100", "--\nAda", "—\nAda Lind", "__\nAda Lind\nPlain Street 1",
    "---\nAda Lind\n+49 555 0100",
     "_______________\nAda Lind | Cafe Lind | https://cafe.example", "-----\nBest regards,\nAda", "*****\nAda Lind",
     "=====\nAda Lind\nada@example.com", "-- \n-----\nAda", "- - - - -\nAda Lind\nTel. +49 555 0100"],
)  # fmt: skip
def test_signature_below_its_rule_is_cut(signature: str) -> None:
    """A rule of any kind, when what follows is a name or a way to reach somebody."""
    assert split_reply(f"Please call me.\n\n{signature}\n").new == "Please call me."
    quoted = f"Please call me.\n\n{signature}\n\nOn 3 Mar 2025, Shop <shop@example.org> wrote:\n> Hi\n"
    assert split_reply(quoted).new == "Please call me."


@pytest.mark.parametrize(
    "text",
    [
        "First part of my story about the grinder.\n\n---\n\nSecond part: it broke again on Tuesday, and nobody "
        "answered me.",
        "Question one\n\n***\n\nCould you send me the invoice?",
        "a) steam\n-----\nThe wand leaks when I open it fully and closes late.",
        "Sent from the shop last Monday, it still has not arrived at my address.",
        "Sent via Parcelhop on Monday, where is it?",
        "Sent two mails already.\nNo answer to any of them.",
        "I sent you a picture from my phone yesterday evening, did you get it?",
        "Get the replacement to me by Friday.",
        "Outlook shows your mail as spam.\nWhy?",
        "This message is confidential. I want to report one of your employees.",
        "The information on your page is wrong: K2 has no E5.",
        "Gesendet habe ich das Paket am Montag.\nWann kommt das Geld?",
        "Enviado el paquete ayer, espero el reembolso.",
        "# Heading\n\nText under it.\n\n## Next\n\nMore text to read here.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "Title\n=====\n\nThis is how I write, with a rule under my title.",
    ],
)  # fmt: skip
def test_text_that_looks_alike_is_kept(text: str) -> None:
    """Nothing that the sender newly wrote may be lost."""
    assert split_reply(text).new == text
    assert split_reply(f"Hello,\n\n{text}\n\nAda").new == f"Hello,\n\n{text}\n\nAda"


@pytest.mark.parametrize(
    "notice",
    ["This email and any attachments are confidential and intended solely for the addressee. If you are not the "
     "intended recipient, notify the sender.",
     "CONFIDENTIALITY NOTICE: This message may contain privileged information.",
     "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, bitte vernichten.",
     "Ce message est confidentiel et réservé à son destinataire.",
     "Este mensaje es confidencial. Si lo recibe por error, elimínelo.",
     "Dit bericht is vertrouwelijk en alleen bestemd voor de geadresseerde.",
     "Questo messaggio è riservato al destinatario. Se ricevuto per errore, cancellarlo.",
     "Virus-free. www.avast.com"],
)  # fmt: skip
def test_legal_notice_is_no_part_of_the_reply(notice: str) -> None:
    """Nobody reads it, and it makes two replies look alike."""
    assert split_reply(f"Yes, please.\n\nAda\n\n{notice}\n").new == "Yes, please.\n\nAda"


def test_clear_signed_mail_reads_without_its_armour() -> None:
    """The words between the marks of RFC 9580 section 7 are the mail."""
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nPlease cancel.\n\n- -- \nAda\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQIzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert split_reply(text).new == "Please cancel."


@pytest.mark.parametrize("mark", ["-- ", "____________", "To unsubscribe from this list, write to us.", "********"])
def test_mark_above_a_long_text_cuts_nothing(mark: str) -> None:
    """No signature is longer than a page; a newsletter may open with its notices."""
    body = "\n".join(f"Line {n} of what I have to tell you." for n in range(40))
    assert split_reply(f"Today's news\n\n{mark}\n\n{body}\n").new.endswith(body)


def test_footer_above_an_answer_takes_nothing_with_it() -> None:
    """A long text below a footer is the sender's own."""
    text = (
        "Sent from my iPhone\n\nThe machine leaks since Monday, and the pump makes a noise that it never made before."
    )
    assert split_reply(text).new.endswith("never made before.")
    assert "The machine leaks" in split_reply(f"Hello.\n\n{text}").new
