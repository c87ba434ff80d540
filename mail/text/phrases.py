"""What mail programs write around quoted mail, one record a language, so that a language is added in one place.

Alternatives are parted by `|` and compared without regard to case.
"""

from typing import NamedTuple


class Phrases(NamedTuple):
    """The words of one language (ISO 639-1)."""

    language: str
    wrote: str
    """What ends or carries an attribution line: "On Monday, Ada wrote:"."""
    sender: str = ""
    """The field that opens a quoted header."""
    subject: str = ""
    fields: str = ""
    """Further fields of a quoted header."""
    original: str = ""
    """Dividers above an answered message, without their dashes."""
    forwarded: str = ""
    """Dividers above a forwarded message, without their dashes."""
    sent: str = ""
    """Stems of "sent from my phone" and "get Outlook for", which a device or a program must stand beside."""


PHRASES = (
    Phrases("en", "wrote|writes|wrote in message|wrote the following", "from", "subject",
        "sent|date|to|cc|bcc|reply-to|importance|priority|attachments|attachment|organization|organisation|sender|"
        "message-id|mailing-list|sent at|sent by|return-path|sensitivity|received|x-mailer|delivered-to",
        "original message|original appointment|original e-mail|original email|original mail|reply message|"
        "original message (quoted)|reply above this line|please reply above this line|reply to message|"
        "previous message|message original|end of original message|replied message",
        "forwarded message|begin forwarded message|begin forwarded text|"
        "forwarded text|forwarded mail|forwarded email|forwarded e-mail|"
        "start of forwarded message|original message (forwarded)|fwd message|forwarded",
        "sent|get outlook|composed|written|sent with|download outlook",
    ),
    Phrases("de", "schrieb|schreibt|schrieben|hat geschrieben|geschrieben|schrieb folgendes", "von", "betreff",
        "gesendet|gesendet am|datum|an|kopie|cc|antwort an|anlagen|wichtigkeit|priorität|organisation|verschickt",
        "ursprüngliche nachricht|originalnachricht|original-nachricht|ursprüngliche mail|ursprüngliche e-mail|"
        "original nachricht|originale nachricht|urspr. nachricht|ursprünglicher termin",
        "weitergeleitete nachricht|anfang der weitergeleiteten nachricht|weitergeleitete e-mail|"
        "weitergeleitete mail|beginn der weitergeleiteten nachricht|weiterleitung",
        "gesendet|versendet|gesandt|verschickt|outlook für|laden sie outlook|von meinem|von meiner|geschrieben",
    ),
    Phrases("fr", "a écrit|à écrit|a ecrit|écrit|écrivait|a écrit ce qui suit", "de", "objet",
        "envoyé|envoyé le|envoyée le|date|à|a|cc|copie à|copie|répondre à|pièces jointes|importance|destinataire|"
        "sujet|pour|adressé le|transféré|expédié",
        "message d'origine|message d’origine|message original|courriel original|message initial|mail original|"
        "e-mail d'origine|message précédent",
        "message transféré|début du message transféré|message transmis|début du message réexpédié|"
        "courriel transféré|message réexpédié|mail transféré|message réacheminé",
        "envoyé|envoyée|envoyés|obtenir outlook|obtenez outlook|télécharger outlook|téléchargez outlook|provenance",
    ),
    Phrases("es", "escribió|escribio|ha escrito|escribe|escribía", "de", "asunto",
        "enviado|enviado el|enviada|enviada el|fecha|para|cc|cco|responder a|adjuntos|importancia|enviado a las|el día",
        "mensaje original|mensaje de origen|correo original|mail original|cita original",
        "mensaje reenviado|inicio del mensaje reenviado|mensaje enviado|correo reenviado|comienza el mensaje reenviado",
        "enviado|enviada|obtener outlook|obtén outlook|descargar outlook|descarga outlook",
    ),
    Phrases("it", "ha scritto|scrisse|scrive|ha scritto il seguente|scritto", "da", "oggetto",
        "inviato|inviato il|inviata|data|a|cc|ccn|per conto di|rispondi a|risposta|allegati|priorità|inoltrato",
        "messaggio originale|messaggio di origine|mail originale|email originale|messaggio precedente",
        "messaggio inoltrato|inizio messaggio inoltrato|mail inoltrata|inizio del messaggio inoltrato",
        "inviato|inviata|scarica outlook|ottieni outlook",
    ),
    Phrases("pt", "escreveu|escreveu o seguinte|escrevia|a escrito", "de", "assunto",
        "enviado|enviada|enviado em|enviada em|data|para|cc|cco|responder a|anexos|importância|enviada a",
        "mensagem original|email original|e-mail original|mensagem de origem",
        "mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|"
        "início da mensagem reencaminhada|e-mail encaminhado",
        "enviado|enviada|obter o outlook|obter outlook|obtenha o outlook|baixar o outlook",
    ),
    Phrases("nl", "schreef|schreef het volgende|heeft geschreven|geschreven|schrijft|geschreven door", "van",
        "onderwerp",
        "verzonden|verstuurd|datum|aan|cc|bcc|kopie|antwoord aan|bijlagen|urgentie|verzonden op",
        "oorspronkelijk bericht|originele bericht|origineel bericht|oorspronkelijke e-mail|oorspronkelijke bericht",
        "doorgestuurd bericht|begin doorgestuurd bericht|doorgezonden bericht|doorgestuurde mail|"
        "begin van doorgestuurd bericht",
        "verzonden|verstuurd|gestuurd|download outlook|outlook voor",
    ),
    Phrases("sv", "skrev|skrev följande|skriver", "från|fra", "ämne",
        "skickat|skickades|datum|till|kopia|svar till|bilagor|prioritet|skickat den",
        "ursprungligt meddelande|originalmeddelande|ursprungligt mail|ursprungligt brev",
        "vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mejl|vidarebefordrat mail|"
        "början på vidarebefordrat meddelande",
        "skickat|skickades|skickad|hämta outlook",
    ),
    Phrases("da", "skrev|skrev følgende|skriver", "fra", "emne",
        "sendt|dato|til|kopi|cc|svar til|vedhæftede filer|prioritet|afsendt",
        "oprindelig meddelelse|oprindelig besked|original meddelelse|original besked|oprindelig mail",
        "videresendt meddelelse|videresendt besked|start på videresendt besked|videresendt mail|"
        "start på videresendt meddelelse",
        "sendt|afsendt|hent outlook|skrevet",
    ),
    Phrases("no", "skrev|skrev følgende|skreiv", "fra|frå", "emne",
        "sendt|dato|til|kopi|svar til|vedlegg|prioritet",
        "opprinnelig melding|original melding|opprinnelig e-post|opprinnelig avtale",
        "videresendt melding|start på videresendt melding|videresendt e-post|begynnelse på videresendt melding",
        "sendt|last ned outlook|skaff deg outlook",
    ),
    Phrases("fi", "kirjoitti|kirjoittaa|kirjoitti seuraavasti", "lähettäjä", "aihe",
        "lähetetty|päivämäärä|päiväys|pvm|vastaanottaja|kopio|vastausosoite|liitteet|tärkeys",
        "alkuperäinen viesti|alkuperäinen sähköposti",
        "välitetty viesti|välitetty viesti alkaa|edelleenlähetetty viesti|lähetetty edelleen",
        "lähetetty|hanki outlook|hae outlook",
    ),
    Phrases("is", "skrifaði", "frá", "efni", "sent|dagsetning|til|afrit",
        "upprunaleg skilaboð", "framsend skilaboð", "sent úr",
    ),
    Phrases("pl", "napisał(a)|napisał|napisała|napisal|napisała/napisał|pisze|napisał/a", "od", "temat",
        "wysłano|wysłane|data|do|dw|udw|kopia|odpowiedź do|załączniki|ważność|adresat",
        "wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej wiadomości|treść oryginalna|"
        "pierwotna wiadomość|wiadomość pierwotna",
        "wiadomość przekazana|treść przekazanej wiadomości|przekazana wiadomość|przesłana wiadomość|"
        "początek przekazywanej wiadomości|początek wiadomości przekazanej|wiadomość przesłana dalej|"
        "treść przekazana",
        "wysłano|wysłane|wysłana|pobierz outlook|pobierz program outlook|uzyskaj outlook",
    ),
    Phrases("cs", "napsal(a)|napsal|napsala|píše|napsal/a|napsal/napsala", "od|odesílatel", "předmět",
        "odesláno|datum|komu|kopie|skrytá|přílohy|důležitost|odpověď komu|příjemce|kdy",
        "původní zpráva|původní e-mail|původní email|originální zpráva|původní schůzka",
        "přeposlaná zpráva|přeposlaný e-mail|začátek přeposlané zprávy|předaná zpráva",
        "odesláno|odeslano|posláno|získat outlook|stáhnout outlook|získejte outlook",
    ),
    Phrases("sk", "napísal(a)|napísal|napísala|píše|napísal/a", "od|odosielateľ", "predmet",
        "odoslané|dátum|komu|kópia|prílohy|dôležitosť", "pôvodná správa|pôvodný e-mail",
        "preposlaná správa|začiatok preposlanej správy", "odoslané|odoslaná|získať outlook",
    ),
    Phrases("hu", "írta|ezt írta|a következőt írta|írt", "feladó", "tárgy",
        "elküldve|küldve|dátum|címzett|másolat|másolatot kap|melléklet|válaszcím",
        "eredeti üzenet|eredeti levél|eredeti e-mail",
        "továbbított üzenet|továbbított levél|továbbított üzenet kezdete",
        "küldve|elküldve|az outlook",
    ),
    Phrases("ro", "a scris|a scris următoarele|scrie", "de la", "subiect",
        "trimis|trimisă|data|dată|către|cc|răspunde la|atașări",
        "mesaj original|mesajul original|mesaj inițial", "mesaj redirecționat|mesaj redirectionat|mesaj transmis",
        "trimis|obțineți outlook",
    ),
    Phrases("hr", "je napisao/la|je napisao|je napisala|napisao je|napisala je|napisao|napisala|piše|napisao(la)",
        "od|šalje",
        "predmet|naslov", "poslano|poslato|datum|za|kome|prima|kopija|kp",
        "izvorna poruka|originalna poruka|originalno sporočilo|izvirno sporočilo",
        "proslijeđena poruka|prosleđena poruka|posredovano sporočilo", "poslano|poslato|preuzmite outlook",
    ),
    Phrases("sl", "je napisal(a)|je napisal|je napisala|napisal|piše|je oseba", "od|pošiljatelj", "zadeva",
        "poslano|datum|za|kp|prejemnik", "izvirno sporočilo|prvotno sporočilo", "posredovano sporočilo", "poslano",
    ),
    Phrases("tr", "yazdı|şunu yazdı|şunları yazdı|şöyle yazdı|yazmış|tarihinde yazdı", "kimden|gönderen", "konu",
        "gönderildi|gönderme tarihi|gönderim tarihi|tarih|kime|alıcı|bilgi|gizli|ekler|önem|yanıtla",
        "özgün ileti|orijinal ileti|orijinal mesaj|asıl ileti|özgün mesaj|original mesaj",
        "iletilen ileti|yönlendirilen ileti|iletilmiş mesaj|iletilen mesaj|başlangıç yönlendirilen ileti|"
        "yönlendirilmiş mesaj",
        "gönderildi|gönderilmiştir|outlook'u edinin|outlook'u indirin|indirin|edinin",
    ),
    Phrases("ru", "написал(а)|написал|написала|пишет|писал|писала|писал(а)|написали|сообщил|написал (а)", "от|от кого",
        "тема|предмет",
        "отправлено|отправлен|отправлена|дата|кому|копия|вложения|важность|обратный адрес|получатель|когда",
        "исходное сообщение|первоначальное сообщение|исходное письмо|оригинальное сообщение|конец исходного сообщения",
        "пересылаемое сообщение|пересланное сообщение|начало переадресованного сообщения|переадресованное сообщение|"
        "пересылаемое письмо|начало пересылаемого сообщения|пересланное письмо|начало пересланного сообщения",
        "отправлено|отправлен|отправлена|скачать outlook|получить outlook|послано",
    ),
    Phrases("uk", "написав(ла)|написав|написала|пише|писав|писала|написав(-ла)|написав/ла|пише наступне",
        "від|від кого",
        "тема", "надіслано|відправлено|дата|кому|копія|вкладення|важливість",
        "вихідне повідомлення|оригінальне повідомлення|початкове повідомлення|вихідний лист",
        "переслане повідомлення|пересланий лист|початок пересланого повідомлення|повідомлення, що пересилається|"
        "переадресоване повідомлення",
        "надіслано|відправлено|отримати outlook|завантажити outlook",
    ),
    Phrases("bg", "написа|написал|пише", "от", "относно", "изпратено|дата|до|копие|тема",
        "оригинално съобщение|първоначално съобщение", "препратено съобщение", "изпратено",
    ),
    Phrases("sr", "је написао/ла|је написао|је написала|написао је|написао|пише", "од|шаље", "наслов|предмет",
        "послато|датум|за|коме|копија", "оригинална порука|изворна порука", "прослеђена порука", "послато",
    ),
    Phrases("el", "έγραψε|έγραψαν|γράφει", "από", "θέμα", "στάλθηκε|εστάλη|ημερομηνία|προς|κοιν|κοινοποίηση",
        "αρχικό μήνυμα|πρωτότυπο μήνυμα", "προωθημένο μήνυμα|μήνυμα που προωθήθηκε", "στάλθηκε|εστάλη|αποκτήστε",
    ),
    Phrases("ca", "va escriure|ha escrit|escrigué", "de", "assumpte", "enviat|enviat el|data|per a|a|cc",
        "missatge original", "missatge reenviat", "enviat",
    ),
    Phrases("eu", "idatzi du|hau idatzi du|igorleak hau idatzi du", "nork", "gaia", "noiz|nori", "jatorrizko mezua",
        "birbidalitako mezua", "bidalita",
    ),
    Phrases("gl", "escribiu", "de", "asunto", "enviado|data|para", "mensaxe orixinal", "mensaxe reenviada", "enviado"),
    Phrases("cy", "ysgrifennodd", "oddi wrth", "pwnc", "anfonwyd|dyddiad|at", "neges wreiddiol", "", "anfonwyd"),
    Phrases("af", "het geskryf|skryf", "van", "onderwerp", "gestuur|datum|aan", "oorspronklike boodskap", "",
    "gestuur"),
    Phrases("lt", "rašė|parašė", "nuo|siuntėjas", "tema", "išsiųsta|data|kam|gavėjas", "pradinis pranešimas",
            "persiųstas pranešimas", "siųsta|išsiųsta"),
    Phrases("lv", "rakstīja|raksta", "no|sūtītājs", "tēma|temats", "nosūtīts|datums|kam|adresāts",
            "sākotnējais ziņojums", "pārsūtīts ziņojums", "nosūtīts|sūtīts"),
    Phrases("et", "kirjutas|kirjutas järgmist", "saatja|kellelt", "teema", "saadetud|kuupäev|saaja|kellele|koopia",
            "algne kiri|algne sõnum|originaalkiri", "edastatud kiri|edastatud sõnum", "saadetud"),
    Phrases("eo", "skribis", "de", "temo", "dato|al", "originala mesaĝo", "plusendita mesaĝo", "sendita"),
    Phrases("id", "menulis|menulis:", "dari", "perihal|subjek", "dikirim|tanggal|kepada|ke", "pesan asli",
            "pesan diteruskan|pesan yang diteruskan", "dikirim|terkirim"),
    Phrases("ms", "menulis|telah menulis", "daripada|dari", "subjek", "dihantar|tarikh|kepada", "mesej asal",
            "mesej yang dimajukan", "dihantar"),
    Phrases("vi", "đã viết|viết", "từ", "chủ đề|tiêu đề", "đã gửi|ngày|tới|đến", "thư gốc|tin nhắn gốc",
            "thư được chuyển tiếp|thư đã chuyển tiếp|tin nhắn được chuyển tiếp", "gửi từ|được gửi"),
    Phrases("th", "เขียนว่า|เขียน", "จาก", "เรื่อง", "ส่ง|วันที่|ถึง", "ข้อความต้นฉบับ|ต้นฉบับ", "ข้อความที่ส่งต่อ",
    "ส่งจาก"),
    Phrases("hi", "ने लिखा|लिखा", "प्रेषक|से", "विषय", "भेजा गया|दिनांक|प्रति", "मूल संदेश", "अग्रेषित संदेश", "भेजा"),
    Phrases("he", "כתב|כתבה|כתב/ה|כתב(ה)|‏כתב", "מאת", "נושא", "נשלח|תאריך|אל|עותק", "הודעה מקורית",
            "הודעה שהועברה|הודעה מועברת", "נשלח"),
    Phrases("ar", "كتب|كتبت|كتب/ت", "من", "الموضوع", "تاريخ الإرسال|أُرسلت|التاريخ|إلى|نسخة",
            "الرسالة الأصلية|رسالة أصلية", "رسالة معاد توجيهها|رسالة محولة|الرسالة المعاد توجيهها", "أرسل|أُرسل|مرسل"),
    Phrases("fa", "نوشت|نوشته است|نوشته", "از", "موضوع", "ارسال|تاریخ|به", "پیام اصلی", "پیام هدایت‌شده", "ارسال"),
    Phrases("ja", "のメール|書きました|さんは書きました|のメッセージ|wrote|さんが書きました|は書きました",
        "差出人|送信者|発信者|from", "件名|題名", "送信日時|日時|日付|宛先|送信|to|cc|返信先|添付ファイル",
        "元のメッセージ|元のメール|original message|オリジナルメッセージ|返信元メッセージ|転送元メッセージ",
        "転送メッセージ|転送されたメッセージ|forwarded message|転送メール|以下転送",
        "送信|outlook を入手|から取得|outlook for",
    ),
    Phrases("zh", "写道|寫道|写到|写了|寫了|写道了|來信|来信", "发件人|發件人|寄件者|寄件人|发信人|送件人",
        "主题|主題|主旨|标题",
        "发送时间|發送時間|传送时间|傳送時間|发送日期|寄件日期|寄件時間|日期|时间|時間|收件人|收件者|抄送|副本|附件|"
        "优先级",
        "原始邮件|原始郵件|邮件原件|原邮件|原郵件|原始邮件信息|原始訊息|原始消息|回复的原邮件|原信|回复的原件",
        "转发的邮件|轉寄郵件|转发邮件|已轉寄的郵件|转发邮件信息|轉寄的訊息|转发的邮件信息|被转发邮件信息|已转发的邮件|"
        "轉寄的郵件|"
        "以下是转发的邮件|開始轉寄信件|以下是轉寄的郵件",
        "发自|發自|发送|發送|傳送|传送|来自|來自|获取|取得|下載|下载",
    ),
    Phrases("ko", "작성|님이 작성|님이 쓴 글|이(가) 작성|작성함|님의 말|님이 작성함", "보낸 사람|보낸사람|발신자|발신",
        "제목",
        "보낸 날짜|보낸날짜|날짜|받는 사람|받는사람|수신|참조|일시|보낸 시간|첨부",
        "원본 메시지|원본 메일|원본메일|원본 이메일|원래 메시지", "전달된 메시지|전달된 메일|전달된 이메일|전달 메시지",
        "보냄|보낸|발송|다운로드|에서 보낸",
    ),
)  # fmt: skip


def spoken(field: str) -> frozenset[str]:
    """All alternatives of one field over all languages, in lower case."""
    found = (one for phrases in PHRASES for one in getattr(phrases, field).split("|"))
    return frozenset(one.replace("İ", "i").casefold() for one in found if one)
