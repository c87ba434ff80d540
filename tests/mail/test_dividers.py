"""Header blocks, dividers, forwards: what programs put above earlier mail without an attribution."""

import pytest

from mail.text.quoting import split_reply

BLOCKS = {
    "outlook en": "From: Shop <s@example.org>\nSent: Monday, March 3, 2025 9:12 AM\nTo: Ada\nSubject: RE: Grinder",
    "outlook de": "Von: Shop <s@example.org>\nGesendet: Montag, 3. März 2025 09:12\nAn: Ada\nBetreff: AW: Mühle",
    "outlook fr": "De : Shop <s@example.org>\nEnvoyé : lundi 3 mars 2025 09:12\nÀ : Ada\nObjet : RE: Moulin",
    "outlook es": "De: Shop <s@example.org>\nEnviado: lunes, 3 de marzo de 2025 9:12\nPara: Ada\nAsunto: RE: Molinillo",
    "outlook it": "Da: Shop <s@example.org>\nInviato: lunedì 3 marzo 2025 09:12\nA: Ada\nOggetto: R: Macinino",
    "outlook nl": "Van: Shop <s@example.org>\nVerzonden: maandag 3 maart 2025 09:12\nAan: Ada\nOnderwerp: RE: Molen",
    "outlook pt": "De: Shop <s@example.org>\nEnviada em: segunda-feira, 3 de março de 2025 09:12\nPara: Ada\n"
    "Assunto: RES: x",
    "outlook sv": "Från: Shop <s@example.org>\nSkickat: den 3 mars 2025 09:12\nTill: Ada\nÄmne: SV: Kvarn",
    "outlook da": "Fra: Shop <s@example.org>\nSendt: 3. marts 2025 09:12\nTil: Ada\nEmne: SV: Kværn",
    "outlook no": "Fra: Shop <s@example.org>\nSendt: mandag 3. mars 2025 09:12\nTil: Ada\nKopi: Bo\nEmne: SV: Kvern",
    "outlook fi": "Lähettäjä: Shop <s@example.org>\nLähetetty: maanantai 3. maaliskuuta 2025 9.12\n"
    "Vastaanottaja: Ada\nAihe: VS",
    "outlook pl": "Od: Shop <s@example.org>\nWysłano: poniedziałek, 3 marca 2025\nDo: Ada\nTemat: RE: Młynek",
    "outlook cs": "Od: Shop <s@example.org>\nOdesláno: pondělí 3. března 2025 9:12\nKomu: Ada\nPředmět: RE: Mlýnek",
    "outlook sk": "Od: Shop <s@example.org>\nOdoslané: pondelok 3. marca 2025 9:12\nKomu: Ada\nPredmet: RE: Mlynček",
    "outlook hu": "Feladó: Shop <s@example.org>\nElküldve: 2025. március 3. 9:12\nCímzett: Ada\nTárgy: RE: Daráló",
    "outlook ro": "De la: Shop <s@example.org>\nTrimis: luni, 3 martie 2025 09:12\nCătre: Ada\nSubiect: RE: Râșniță",
    "outlook tr": "Kimden: Shop <s@example.org>\nGönderildi: 3 Mart 2025 Pazartesi 09:12\nKime: Ada\n"
    "Konu: RE: Değirmen",
    "outlook ru": "От: Shop <s@example.org>\nОтправлено: 3 марта 2025 г. 9:12\nКому: Ada\nТема: RE: Мельница",
    "outlook uk": "Від: Shop <s@example.org>\nНадіслано: 3 березня 2025 р. 9:12\nКому: Ada\nТема: RE: Млинок",
    "outlook el": "Από: Shop <s@example.org>\nΣτάλθηκε: Δευτέρα, 3 Μαρτίου 2025\nΠρος: Ada\nΘέμα: RE: Μύλος",
    "outlook ja": "差出人: Shop <s@example.org>\n送信日時: 2025年3月3日 9:12\n宛先: Ada\n件名: RE: ミル",
    "outlook zh-cn": "发件人: Shop <s@example.org>\n发送时间: 2025年3月3日 9:12\n收件人: Ada\n主题: 回复: 磨豆机",
    "outlook zh-tw": "寄件者： Shop <s@example.org>\n寄件日期： 2025年3月3日 9:12\n收件者： Ada\n主旨： RE: 磨豆機",
    "outlook ko": "보낸 사람: Shop <s@example.org>\n보낸 날짜: 2025년 3월 3일\n받는 사람: Ada\n제목: RE: 그라인더",
    "outlook he": "מאת: Shop <s@example.org>\nנשלח: יום שני 03 מרץ 2025 09:12\nאל: Ada\nנושא: RE: מטחנה",
    "outlook ar": "من: Shop <s@example.org>\nتاريخ الإرسال: 3 مارس 2025\nإلى: Ada\nالموضوع: RE: مطحنة",
    "bold with asterisks": "*From:* Shop\n*Date:* Monday, March 3, 2025\n*To:* Ada\n*Subject:* Grinder",
    "bold name and colon": "*From*: Shop <s@example.org>\n*Sent*: Monday, March 3, 2025\n*To*: Ada\n*Subject*: Grinder",
    "bold de": "*Von:* Shop <s@example.org>\n*Gesendet:* Montag, 3. März 2025 09:12\n*An:* Ada\n*Betreff:* AW: Mühle",
    "all bold": "**From:** Shop <s@example.org>\n**Sent:** Monday\n**To:** Ada\n**Subject:** Grinder",
    "without address": "From: Shop\nSent: Monday, March 3, 2025 9:12 AM\nTo: Ada\nSubject: RE: Grinder",
    "date first": "Date: Mon, 3 Mar 2025 09:12:00 +0100\nFrom: s@example.org\nTo: ada@example.com\nSubject: Grinder",
    "subject first": "Subject: RE: Grinder\nFrom: s@example.org\nTo: ada@example.com\nDate: Mon, 3 Mar 2025 09:12:00",
    "outlook mac": "From: Shop <s@example.org>\nDate: Monday, 3 March 2025 at 09:12\nTo: Ada <ada@example.com>\n"
    "Subject: Re: x",
    "folded subject": "From: Shop <s@example.org>\nSent: Monday, March 3, 2025\nTo: Ada\n"
    "Subject: a very long subject that\n runs on",
    "many recipients": "From: Shop <s@example.org>\nSent: Monday\nTo: Ada <ada@example.com>;\nBo <bo@example.com>\n"
    "Cc: Cy\nSubject: x",
    "blank lines between": "From: Shop <s@example.org>\n\nSent: Monday, March 3, 2025\n\nTo: Ada\n\n"
    "Subject: RE: Grinder",
    "one line": "From: Shop <s@example.org> Sent: Monday, March 3, 2025 9:12 AM To: Ada Subject: RE: Grinder",
    "on behalf": "From: desk@example.org [mailto:desk@example.org] On Behalf Of Shop\nSent: Monday\nTo: Ada\n"
    "Subject: RE: x",
    "importance": "From: Shop <s@example.org>\nSent: Monday\nTo: Ada\nCc: Bo\nSubject: x\nImportance: High",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_header_block_starts_the_history(block: str) -> None:
    """With or without a rule or a divider above it."""
    rules = ("________________________________\n", "-----Original Message-----\n", "\n -------------------------\n\n")
    for line in ("", *rules):
        reply = split_reply(f"Yes, please.\n\nAda\n\n{line}{block}\n\nShall we send it?\n")
        assert reply.new == "Yes, please.\n\nAda"
        assert "Shall we send it?" in reply.quoted


DIVIDERS = [
    "-----Original Message-----", "----- Original Message -----", "-------- Original Message --------",
    "*-------- Original Message --------*", "________ Original message ________", "------ Original Message ------",
    "-----Original Appointment-----", "-----Ursprüngliche Nachricht-----", "-------- Ursprüngliche Nachricht --------",
    "-------- Originalnachricht --------", "----- Original Nachricht -----", "-----Message d'origine-----",
    "-------- Message original --------", "-----Mensaje original-----", "-------- Mensaje original --------",
    "-----Messaggio originale-----", "-------- Messaggio originale --------", "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----", "-------- Oorspronkelijk bericht --------", "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----", "-----Opprinnelig melding-----", "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----", "-------- Oryginalna wiadomość --------", "-----Původní zpráva-----",
    "---------- Původní e-mail ----------", "-----Pôvodná správa-----", "-----Eredeti üzenet-----",
    "-----Mesaj original-----",
    "-----Özgün İleti-----", "-----Orijinal Mesaj-----", "-----Исходное сообщение-----",
    "-----Original Message (Quoted)-----",
    "-----Вихідне повідомлення-----", "-----元のメッセージ-----", "----- Original Message -----", "-----邮件原件-----",
    "------------------ 原始邮件 ------------------", "-----原始郵件-----", "-----원본 메시지-----",
    "-----הודעה מקורית-----",
    "----- Message from Shop <s@example.org> on Mon, 3 Mar 2025 -----",
    "======= At 2025-03-03, 09:12:00 you wrote: =======",
]  # fmt: skip


@pytest.mark.parametrize("divider", DIVIDERS)
def test_divider_starts_the_history(divider: str) -> None:
    """Whatever stands below it."""
    reply = split_reply(f"Yes, please.\n\n{divider}\n\nShall we send it?\n")
    assert (reply.new, reply.forwarded) == ("Yes, please.", "")
    assert "Shall we send it?" in reply.quoted


def test_rule_above_fields_of_an_unknown_language_starts_the_history() -> None:
    """Outlook draws the same line in every language."""
    fields = "Zxcvb: Shop <s@example.org>\nQwert: 3.3.2025\nAsdf: Ada\nYuiop: RE: x"
    text = f"Yes, please.\n\n________________________________\n{fields}\n\nShall we?"
    assert split_reply(text).new == "Yes, please."


FORWARDS = [
    "---------- Forwarded message ---------", "-------- Forwarded Message --------", "Begin forwarded message:",
    "----- Forwarded by Shop/Kestrel on 03/03/2025 09:12 -----", "---------- Weitergeleitete Nachricht ----------",
    "-------- Weitergeleitete Nachricht --------", "Anfang der weitergeleiteten Nachricht:",
    "---------- Message transféré ----------",
    "-------- Message transféré --------", "Début du message transféré :", "Début du message réexpédié :",
    "---------- Forwarded message ----------", "-------- Mensaje reenviado --------", "Inicio del mensaje reenviado:",
    "-------- Messaggio Inoltrato --------", "Inizio messaggio inoltrato:", "-------- Mensagem encaminhada --------",
    "---------- Mensagem encaminhada ---------", "Início da mensagem encaminhada:",
    "-------- Doorgestuurd bericht --------",
    "Begin doorgestuurd bericht:", "-------- Vidarebefordrat meddelande --------", "Vidarebefordrat brev:",
    "-------- Videresendt meddelelse --------", "Start på videresendt besked:", "-------- Videresendt melding --------",
    "Start på videresendt melding:", "-------- Välitetty viesti --------", "Välitetty viesti alkaa:",
    "-------- Przekazana wiadomość --------", "---------- Przekazana wiadomość ---------",
    "-------- Přeposlaná zpráva --------",
    "-------- Továbbított üzenet --------", "-------- Mesaj redirecționat --------", "-------- İletilen İleti --------",
    "-------- Пересылаемое сообщение --------", "---------- Пересланное сообщение ---------",
    "-------- Переслане повідомлення --------",
    "---------- 転送メッセージ ---------", "-------- 转发的邮件 --------", "---------- 轉寄的郵件 ---------",
    "-------- 전달된 메시지 --------",
]  # fmt: skip
HEADER = "From: Bo <bo@example.com>\nDate: Mon, 3 Mar 2025\nSubject: Hi\nTo: Ada\n"


@pytest.mark.parametrize("divider", FORWARDS)
def test_forward_keeps_note_and_forwarded_mail_apart(divider: str) -> None:
    """The note is the reply; what it passes on is no history but part of what was said."""
    reply = split_reply(f"Please look at this.\n\n{divider}\n{HEADER}\nThe forwarded words.\n")
    assert reply.new == "Please look at this."
    assert reply.forwarded.startswith(divider)
    assert reply.forwarded.endswith("The forwarded words.")
    assert reply.quoted == ""


@pytest.mark.parametrize("divider", FORWARDS)
def test_forward_without_a_note_is_all_there_is_to_read(divider: str) -> None:
    """Its words are the message, with quote marks (Apple Mail) or without."""
    plain = split_reply(f"{divider}\n\n{HEADER}\nThe forwarded words.\n")
    quoted = "\n".join(f"> {line}" for line in f"{HEADER}\nThe forwarded words.".split("\n"))
    marked = split_reply(f"{divider}\n\n{quoted}\n")
    assert plain.new == marked.new == "The forwarded words."
    assert "bo@example.com" in plain.forwarded
    assert "bo@example.com" in marked.forwarded


def test_apple_forward_with_marks_before_its_divider() -> None:
    """Newer versions quote the divider too."""
    quoted = "\n".join(f"> {line}" for line in f"Begin forwarded message:\n\n{HEADER}\nThe words.".split("\n"))
    noted = split_reply(f"See below.\n\n{quoted}\n")
    assert (noted.new, noted.quoted) == ("See below.", "")
    assert "> The words." in noted.forwarded
    assert split_reply(quoted).new == "The words."


def test_subject_tells_a_forward_of_outlook_from_its_replies() -> None:
    """Outlook writes the same header block above both."""
    text = f"See below.\n\n________________________________\n{HEADER}\nThe forwarded words.\n"
    assert split_reply(text).forwarded == ""
    assert "The forwarded words." in split_reply(text, forwards=True).forwarded
    assert split_reply(text, forwards=True).new == "See below."


@pytest.mark.parametrize(
    "text",
    [
        "Order: 12\nFrom the invoice: 300 EUR\nPlease check.",
        "My trip:\nFrom: Berlin\nTo: Hamburg\nDate: 3 March\n\nCan it be delivered there?",
        "Name: Ada\nOrder: KG-204518\nSubject: broken\n\nIt leaks.",
        "My settings:\n- grind: 5\n- dose: 18 g\n\nWhat do you think?",
        "Dear team,\n\nTo: whom it may concern, I like it.\n\nAda",
        "Von: Montag\nBis: Freitag\nbin ich nicht da.",
        "De: 9:00\nA: 17:00\nestoy en casa.",
        "This was the original message in the shop: buy two, get one.\nIs it still true?",
        "Forwarded to you by my wife, please see the attachment.",
        "Date: when do you deliver?\nTime: morning please.",
    ],
)  # fmt: skip
def test_text_that_looks_alike_is_kept(text: str) -> None:
    """Nothing that the sender newly wrote may be lost."""
    assert split_reply(text).new == text
    assert split_reply(f"Hello,\n\n{text}\n\nAda").new == f"Hello,\n\n{text}\n\nAda"
