"""Out-of-office notes without any header, by subject and text, in many languages; and people who go on holiday."""

import pytest

from mail.reading import read_message
from models.message import Kind


def kind_of(subject: str, text: str) -> Kind:
    header = f"From: Ada <ada@example.com>\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8"
    return read_message(f"{header}\n\n{text}\n".encode()).kind


SUBJECTS = [
    "Automatic reply: Grinder", "AutoReply: Grinder", "Out of Office: Grinder", "Out-of-office AutoReply: x",
    "Re: Out of office",
    "Vacation reply", "Automatische Antwort: Mühle", "Automatische Abwesenheitsmitteilung", "Abwesenheitsnotiz",
    "AW: Abwesenheit: Mühle", "Réponse automatique : Moulin", "Absence du bureau : x", "Respuesta automática: "
    "Molinillo",
    "Fuera de la oficina: x", "Risposta automatica: x", "Fuori ufficio: x", "Resposta automática: x", "Fora do "
    "escritório",
    "Automatisch antwoord: x", "Afwezigheidsbericht", "Autosvar: x", "Automatiskt svar: x", "Frånvaromeddelande",
    "Automatisk svar: x",
    "Automaattinen vastaus: x", "Automatyczna odpowiedź: x", "Odpowiedź automatyczna: x", "Automatická odpověď: x",
    "Automatická odpoveď: x", "Automatikus válasz: x", "Răspuns automat: x", "Otomatik yanıt: x", "Автоответ: x",
    "Автоматический ответ: x", "Автоматична відповідь: x", "Автоматичен отговор: x", "Αυτόματη απάντηση: x",
    "Automatski odgovor: x", "Samodejni odgovor: x", "自动回复: x", "自動回覆: x", "自動返信: x", "不在通知",
    "자동 회신: x", "부재중: x", "תשובה אוטומטית: x",
    "رد تلقائي: x",
]  # fmt: skip

NOTES = {
    "en": "Thank you for your email. I am out of the office until 8 June with limited access to email.",
    "en-urgent": "I'm on annual leave until Monday. In urgent cases please contact bo@example.com.",
    "de": "Vielen Dank für Ihre Nachricht. Ich bin bis einschließlich 8. Juni nicht im Büro. Ihre Mail wird "
    "nicht weitergeleitet.",
    "fr": "Merci pour votre message. Je suis absente du bureau jusqu'au 8 juin. En cas d'urgence, veuillez "
    "contacter Bo.",
    "es": "Gracias por su mensaje. Estoy fuera de la oficina hasta el 8 de junio. Para asuntos urgentes "
    "contacte con Bo.",
    "it": "Grazie per il messaggio. Sono fuori ufficio fino all'8 giugno. Risponderò al mio rientro.",
    "pt": "Obrigado pela sua mensagem. Estou de férias até 8 de junho. Em caso de urgência contacte o Bo.",
    "nl": "Bedankt voor uw bericht. Ik ben tot en met 8 juni afwezig. Bij spoed kunt u bellen met Bo.",
    "sv": "Tack för ditt mejl. Jag är på semester till den 8 juni. Vid brådskande ärenden kontakta Bo.",
    "da": "Tak for din mail. Jeg er på ferie til den 8. juni. Hvis det haster, kontakt Bo.",
    "nb": "Takk for e-posten. Jeg er ikke på kontoret før 8. juni. Er det noe som haster, kontakt Bo.",
    "fi": "Kiitos viestistäsi. Olen lomalla 8.6. asti. Kiireellisissä asioissa ota yhteyttä Bo.",
    "pl": "Dziękuję za wiadomość. Jestem nieobecna do 8 czerwca. W pilnych sprawach proszę o kontakt z Bo.",
    "cs": "Děkuji za zprávu. Jsem do 8. června mimo kancelář. V naléhavých případech volejte Bo.",
    "sk": "Ďakujem za správu. Som do 8. júna na dovolenke. V naliehavých prípadoch kontaktujte Bo.",
    "hu": "Köszönöm levelét. Június 8-ig szabadságon vagyok. Sürgős esetben keresse Bo kollégámat.",
    "ro": "Vă mulțumesc pentru mesaj. Sunt în concediu până pe 8 iunie. În caz de urgență sunați la Bo.",
    "tr": "E-postanız için teşekkür ederim. 8 Haziran'a kadar izindeyim. Acil durumlarda Bo ile görüşün.",
    "ru": "Спасибо за письмо. Я в отпуске до 8 июня. По срочным вопросам обращайтесь к Бо.",
    "uk": "Дякую за лист. Я у відпустці до 8 червня. З термінових питань звертайтесь до Бо.",
    "el": "Ευχαριστώ για το μήνυμα. Θα είμαι σε άδεια έως 8 Ιουνίου. Για επείγοντα καλέστε τον Bo.",
    "zh": "感谢您的邮件。我正在休假,6月8日回来。如有紧急事务请联系 Bo。",
    "ja": "メールをいただきありがとうございます。6月8日まで休暇中です。お急ぎの場合は Bo までご連絡ください。",
    "ko": "메일 감사합니다. 6월 8일까지 휴가중입니다. 긴급한 용건은 Bo에게 연락 바랍니다.",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_that_only_programs_write_are_enough(subject: str) -> None:
    """In about thirty languages, whatever the text says."""
    assert kind_of(subject, "x") is Kind.AUTO_REPLY


@pytest.mark.parametrize("language", NOTES)
def test_notes_are_known_by_their_text_alone(language: str) -> None:
    """The subject is that of our own mail, and no header says anything."""
    assert kind_of("Re: Your order KG-204518", NOTES[language]) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("On holiday until Monday", "x"),
        ("Afwezig tot maandag", "Groeten, Ada"),
        ("Abwesend bis 8. Juni", "Viele Grüße"),
        ("Absent du 1er au 8 juin", "Je suis absent du bureau, veuillez contacter Bo."),
    ],
)
def test_a_subject_of_absence_needs_little_more(subject: str, text: str) -> None:
    """A text that says nothing else, or the usual words."""
    assert kind_of(subject, text) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery", "I am on holiday until 8 June. Can you deliver after that? In urgent cases call my mobile."),
        ("Lieferung", "Ich bin bis 8. Juni im Urlaub. Bitte liefern Sie das Paket danach an die Packstation."),
        ("Livraison", "Je suis en vacances jusqu'au 8 juin, pouvez-vous reporter la livraison de KG-204518 ?"),
        ("Entrega", "Estoy de vacaciones hasta el 8 de junio. ¿Pueden enviarlo después?"),
        ("Bestelling", "Ik ben tot 8 juni op vakantie, kunt u de bestelling later sturen?"),
        ("Assente alla consegna", "Ero assente alla consegna di ieri. Quando tornate?"),
        ("Absence de réponse", "Je n'ai reçu aucune réponse de votre part depuis le 3 juin au sujet du remboursement."),
        ("Ausencia de respuesta", "No he recibido ninguna respuesta sobre mi pedido KG-204518 desde hace semanas."),
        ("Away with it", "The machine leaks all over the kitchen, please take it back and refund me."),
        ("My automatic grinder", "It stopped after the second shot. I tried to reset it, without success."),
        ("The office machine", "Our office machine shows E2. We are ten people in the office and need coffee."),
        ("Automatikmühle", "Die Automatik mahlt zu grob, obwohl ich sie auf fein gestellt habe."),
        ("Urlaub bis Montag, Paket bitte später?", "Bitte liefern Sie erst am Dienstag, danke."),
        ("Holiday gift", "I would like a grinder as a holiday gift, wrapped. Please contact me by phone."),
    ],
)
def test_customers_who_are_away_stay_human(subject: str, text: str) -> None:
    """They want something; a missed customer is worse than an answered machine that is caught elsewhere."""
    assert kind_of(subject, text) is Kind.HUMAN
