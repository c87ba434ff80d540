"""What out-of-office notes say, one record a language, so that a language is added in one place.

Every text is a regular expression over lower-case words. `[^.]` stays within one sentence.
"""

from typing import NamedTuple


class Note(NamedTuple):
    """The words of one language (ISO 639-1)."""

    language: str
    automatic: str
    """Subjects that only a program writes."""
    away: str
    """Subjects that a person might write as well, before "until" and a date."""
    keys: str
    """Stems, one of which stands in every such note; plain text, parted by blanks."""
    absent: str
    """Somebody says that they are away."""
    thanks: str
    """Thanks for a mail that nobody has read."""
    later: str
    """When it will be read."""
    instead: str
    """Whom to ask meanwhile."""


NOTES = (
    Note(
        "en",
        r"auto(?:mat(?:ic|ed))?(?:ally)?[- ]?(?:re(?:ply|sponse|spond(?:er|ing)?)|generated (?:reply|response))|"
        r"(?:i am |i'm )?(?:currently )?out[- ]of[- ](?:the[- ])?office|ooo\b ?[:\-]|"
        r"vacation (?:reply|response|message|note)|away from (?:the |my )?(?:office|desk|mail|e-?mail|computer)",
        r"on (?:vacation|holiday|annual leave|maternity leave|parental leave|leave)|absent|away",
        "office vacation holiday leave away",
        r"(?:i am|i'm|i will be|i'll be|we are|is) (?:\w+ ){0,3}(?:out of (?:the )?office|on (?:annual |maternity |"
        r"parental |sick )?leave|on (?:vacation|holiday)|away from (?:the |my )?(?:office|desk|mail)|not in the "
        r"office)|(?:out of|away from) (?:the |my )?office (?:until|from|with|and)",
        r"thank(?:s| you)[^.]{0,30} (?:e-?mail|message|mail|contacting)|automated response|automatic reply",
        r"(?:reply|respond|answer|get back to you|read)[^.]{0,40}(?:return|when i am back|as soon as)|(?:on|"
        r"after|upon) my "
        r"return|limited access|no access to (?:my )?e-?mail|(?:will|do|does|is|are) not (?:be )?(?:read|"
        r"forwarded|checked)|"
        r"back (?:in the office )?on",
        r"(?:in|for) (?:\w+ )?(?:urgent|emergency|immediate)|urgent(?:ly)?[^.]{0,30}(?:contact|matters?|call)|"
        r"please contact",
    ),
    Note(
        "de",
        r"automatische[rns]?[- ](?:antwort|beantwortung|abwesenheit\w*|e-?mail[- ]antwort)|"
        r"auto(?:matisches?)?[- ]?antwort|"
        r"abwesenheits\w*|abwesenheit ?[:!]|abwesend ?[:!]|abwesenheit$|nicht im (?:büro|haus)\b|ich bin "
        r"(?:derzeit |zur ?zeit |bis |"
        r"vom |leider )*(?:nicht im (?:büro|haus)|außer haus|abwesend|im urlaub)",
        r"abwesend|im urlaub",
        "büro urlaub abwesen außer erreichbar",
        r"(?:ich bin|bin ich|wir sind) [^.]{0,50}(?:nicht im (?:büro|haus)|außer haus|abwesend|im urlaub|nicht "
        r"erreichbar)",
        r"(?:danke|dank)[^.]{0,30}(?:nachricht|mail)|diese (?:nachricht|mail) wurde automatisch",
        r"nach meiner rückkehr|wieder (?:erreichbar|im büro|für sie da|zurück)|nicht (?:gelesen|weitergeleitet|"
        r"bearbeitet)",
        r"in dringenden|dringende[nr]? f[äa]ll|wenden sie sich|vertretung",
    ),
    Note(
        "fr",
        r"r[ée]ponse automatique|message automatique|(?:je suis )?absente? du bureau|message d'absence|"
        r"(?:notification|avis) d'absence|absence du bureau",
        r"absente?|en (?:cong[ée]s?|vacances)",
        "bureau congé absen vacances",
        r"je (?:suis|serai) [^.]{0,40}(?:absente?|en congés?|en vacances|hors du bureau)",
        r"merci[^.]{0,30}(?:message|mail|courriel)",
        r"(?:à|dès) mon retour|de retour (?:le|au)",
        r"en cas d'urgence|(?:veuillez|merci de|vous pouvez) contacter",
    ),
    Note(
        "es",
        r"respuesta (?:autom[áa]tica|de ausencia)|fuera de (?:la )?oficina|ausente de la oficina|aviso de ausencia",
        r"ausente|de vacaciones",
        "oficina vacaciones ausente",
        r"(?:estoy|estaré|me encuentro|me encontraré) [^.]{0,40}(?:fuera de (?:la )?oficina|ausente|de vacaciones)",
        r"gracias[^.]{0,30}(?:mensaje|correo|email)",
        r"(?:a|cuando) (?:mi regreso|regrese|vuelva)",
        r"urgencias?|(?:póngase en contacto|contacte) con|asuntos? urgentes?",
    ),
    Note(
        "it",
        r"risposta automatica|fuori (?:sede|ufficio)|assente dall'?\s?ufficio|avviso di assenza|messaggio automatico",
        r"assente|in ferie|in vacanza",
        "ufficio sede assente ferie vacanza",
        r"(?:sono|sarò) [^.]{0,40}(?:fuori (?:ufficio|sede)|assente|in ferie|in vacanza)",
        r"grazie[^.]{0,30}(?:messaggio|mail)",
        r"al mio (?:rientro|ritorno)",
        r"in caso di (?:urgenza|necessità)|per urgenze|contattare",
    ),
    Note(
        "pt",
        r"resposta autom[áa]tica|fora do escrit[óo]rio|ausente do escrit[óo]rio|aviso de aus[êe]ncia",
        r"ausente|de f[ée]rias",
        "escritório ausente férias",
        r"(?:estou|estarei) [^.]{0,40}(?:fora do escritório|ausente|de férias|em férias)",
        r"obrigad[oa][^.]{0,30}(?:mensagem|e-?mail)",
        r"(?:no|ao) meu (?:regresso|retorno)",
        r"em caso de urgência|assuntos? urgentes?|contacte",
    ),
    Note(
        "nl",
        r"automatische reactie|automatisch antwoord|niet op kantoor|afwezigheids?(?:bericht|melding|assistent)",
        r"afwezig|(?:met|op) vakantie",
        "kantoor afwezig aanwezig vakantie",
        r"(?:ik ben|ben ik) [^.]{0,50}(?:afwezig|niet op kantoor|niet aanwezig|(?:op|met) vakantie)",
        r"(?:bedankt|dank)[^.]{0,30}(?:bericht|mail)",
        r"(?:bij|na) (?:mijn )?terugkomst|ben ik weer",
        r"bij (?:spoed|dringende)|dringende (?:zaken|gevallen)|neem (?:dan )?contact",
    ),
    Note(
        "sv",
        r"auto(?:matiskt )?svar|frånvaro(?:meddelande|:)|inte på kontoret",
        r"på semester|bortrest|ledig",
        "kontoret semester frånvar bortrest ledig",
        r"jag är [^.]{0,40}(?:på semester|inte på kontoret|frånvarande|bortrest|ledig)",
        r"tack för[^.]{0,20}(?:mail|mejl|meddelande)",
        r"åter(?:kommer| på kontoret)|tillbaka (?:den|på)",
        r"vid brådskande|brådskande ärenden|kontakta",
    ),
    Note(
        "da",
        r"auto(?:matisk )?(?:svar|besvarelse)|fraværs?(?:besked|melding|assistent)|ikke på kontoret",
        r"på ferie",
        "ferie kontoret fravær bortrejst",
        r"jeg (?:er|holder) [^.]{0,40}(?:ferie|ikke på kontoret|fraværende|bortrejst|ute av kontoret)",
        r"takk? for[^.]{0,20}(?:mail|besked|e-?post|melding)",
        r"tilba[gk]e (?:den|på|igen)",
        r"haster|kontakt",
    ),
    Note(
        "fi",
        r"automaattinen vastaus|poissaoloviesti|poissa toimistosta",
        r"lomalla|poissa",
        "loma poissa",
        r"olen [^.]{0,40}(?:lomalla|poissa)",
        r"kiitos[^.]{0,20}(?:viesti|sähköposti)",
        r"palaan",
        r"kiireellis",
    ),
    Note(
        "pl",
        r"automatyczna odpowied[źz]|autoodpowied[źz]|odpowied[źz] automatyczna|poza biurem",
        r"nieobecn\w+|na urlopie|urlop",
        "biur urlop nieobecn",
        r"(?:jestem|będę|przebywam) [^.]{0,40}(?:nieobecn\w+|na urlopie|poza biurem)",
        r"dziękuj[^.]{0,30}(?:wiadomość|mail)",
        r"po (?:moim )?powrocie|wracam",
        r"w (?:pilnych|sprawach pilnych)|kontakt",
    ),
    Note(
        "cs",
        r"automatick[áa] odpov[ěe][ďd]|mimo kancel[áa][řr]|nep[řr]ítomnost\b",
        r"mimo kancelář|(?:na )?dovolen[áeé]\w?",
        "kancel dovolen nepřítom neprítom",
        r"(?:jsem|budu|som|budem) [^.]{0,40}(?:mimo kancelár|mimo kancelář|na dovolen|nepřítom|neprítom)",
        r"[dď]ěkuj[^.]{0,30}(?:zpráv|mail)|ďakuj[^.]{0,30}(?:správ|mail)",
        r"po (?:mém |mojom )?návratu?|vrátim? se",
        r"v nal[ée]hav|v naliehav|v případě|v prípade",
    ),
    Note(
        "hu",
        r"automatikus (?:válasz|üzenet)|irodán kívül|házon kívül",
        r"szabadság\w*",
        "szabadság kívül",
        r"(?:szabadságon|házon kívül|irodán kívül) [^.]{0,30}(?:vagyok|leszek)",
        r"köszön[^.]{0,30}(?:level|üzenet)",
        r"visszatér",
        r"sürgős",
    ),
    Note(
        "ro",
        r"r[ăa]spuns automat|în afara biroului",
        r"plecat|în concediu",
        "birou concediu plecat",
        r"(?:sunt|voi fi) [^.]{0,40}(?:în concediu|plecat|în afara biroului)",
        r"mulțum[^.]{0,30}(?:mesaj|mail)",
        r"la întoarcere|revin",
        r"în caz de urgență|urgent",
    ),
    Note(
        "tr",
        r"otomatik (?:yanıt|cevap)|ofis dışında",
        r"izinde\w*|tatilde",
        "izinde ofis tatilde",
        r"izindeyim|izinde olacağım|ofis dışındayım|ofiste (?:değilim|olmayacağım)|tatildeyim",
        r"(?:e-?posta|mesaj)[^.]{0,20}teşekkür",
        r"dönüşümde|döndüğümde",
        r"acil",
    ),
    Note(
        "ru",
        r"автоответ|автоматический ответ|нет на (?:рабочем )?месте|вне офиса",
        r"отсутств\w+|в отпуске",
        "отпуск отсутств офис месте",
        r"(?:я |меня )[^.]{0,40}(?:в отпуске|отсутств|нет на месте|вне офиса|не буд[уе]т? в офисе)|нахожусь в отпуске",
        r"спасибо за[^.]{0,20}(?:письмо|сообщение)",
        r"по возвращении|вернусь",
        r"срочн|обращайтесь",
    ),
    Note(
        "uk",
        r"автоматична відповідь|автовідповідь",
        r"у відпустці",
        "відпуст відсутн",
        r"(?:я |мене )[^.]{0,40}(?:у відпустці|відсутн)",
        r"дякую за[^.]{0,20}(?:лист|повідомлення)",
        r"після повернення|повернуся",
        r"термінов|звертайтесь",
    ),
    Note(
        "bg",
        r"автоматичен отговор|извън офиса",
        r"в отпуск(?:а)?",
        "отпуск офиса",
        r"съм [^.]{0,30}(?:в отпуск|извън офиса)",
        r"благодар[^.]{0,30}(?:писмо|съобщение|имейл)",
        r"след завръщане",
        r"спешн",
    ),
    Note(
        "el",
        r"αυτόματη απάντηση|εκτός γραφείου",
        r"σε άδεια",
        "άδεια γραφεί",
        r"(?:θα )?(?:είμαι|βρίσκομαι|λείπω) [^.]{0,40}(?:άδεια|εκτός γραφείου|γραφείο)",
        r"ευχαριστώ[^.]{0,20}μήνυμα",
        r"επιστρ[έο]",
        r"επείγ",
    ),
    Note(
        "hr",
        r"automatski odgovor|samodejni odgovor",
        r"na (?:godišnjem odmoru|dopustu)",
        "odmoru dopustu",
        r"na godišnjem odmoru|na dopustu",
        r"hvala [^.]{0,20}(?:poruci|sporočilo|mail)",
        r"po povratku|po vrnitvi",
        r"hitn|nujn",
    ),
    Note(
        "et",
        r"automaatvastus|automātiskā atbilde|automatinis atsakymas",
        r"puhkusel|atvaļinājumā|atostogose",
        "puhkus atvaļinājum atostog",
        r"puhkusel|atvaļinājumā|atostogauj|atostogose",
        r"(?:tänan|paldies|ačiū)[^.]{0,30}(?:kirja|vēstul|laišk)",
        r"tagasi|atgriez|grįš",
        r"kiire|steidzam|skub",
    ),
    Note(
        "zh",
        r"自动回复|自動回覆|自动答复",
        r"休假",
        "休假 办公室 辦公室",
        r"休假|不在办公室|不在辦公室",
        r"感谢[^.。]{0,10}邮件|謝謝[^.。]{0,10}郵件",
        r"回来后|回來後|日回来",
        r"紧急|緊急",
    ),
    Note(
        "ja",
        r"自動返信|自動応答|不在(?:通知|連絡|のお知らせ|$)|外出中",
        r"休暇",
        "不在 外出 休み 休暇",
        r"外出中|休暇(?:中|を)|不在(?:に|と|です)|お休みをいただ",
        r"メール[^.。]{0,20}ありがとう|ご連絡[^.。]{0,10}ありがとう",
        r"戻り(?:次第|ましたら)",
        r"お急ぎ|緊急",
    ),
    Note(
        "ko",
        r"자동 ?(?:회신|응답|답장)|부재중",
        r"휴가",
        "부재 휴가",
        r"부재중|휴가(?:중| 중|입니다)",
        r"메일[^.]{0,10}감사",
        r"복귀",
        r"긴급",
    ),
    Note("he", r"תשובה אוטומטית|מענה אוטומטי", r"בחופש", "חופש", r"בחופש", r"תודה", r"אחזור", r"דחוף"),
    Note("ar", r"رد تلقائي|الرد التلقائي", r"في إجازة", "إجازة", r"في إجازة", r"شكرا", r"عودتي", r"عاجل"),
)
