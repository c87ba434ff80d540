"""Parcels, orders and meals that could not be delivered: carriers write of them in the very words of a mail system."""

import re

from mail.kinds.bounce_signs import MAX_TEXT, holds_report, telling, text_proves

_GOODS = re.compile(
    # English
    r"\b(?:parcels?|packages?|shipments?|shipping|consignments?|couriers?|carrier|purchase|groceries|meal|furniture|"
    r"tracking (?:number|code|id|no)|delivery (?:driver|address|date|window|slot|attempt)|orders?(?=[ :]*(?:no\b|nr\b|"
    r"number|[#\d]))|(?:your|the|my|this|an?|of) (?:\w+ )?orders?)\b|"
    # German, Dutch, Swedish, Norwegian, Danish, Finnish, Icelandic
    r"\b(?:paket\w*|päckchen|sendung\w*(?!sfehler)|bestellung\w*|lieferung\w*|ware\b|warensendung|"
    r"pakket\w*|pakje|zending\w*|bestelling\w*|bezorger|försändelse\w*|beställning\w*|pakken?|pakke\w*|forsendelse\w*|"
    r"sending(?:en|er)|bestilling\w*|leveringen|ordren?|paketti\w*|paketin|lähetykse\w*|lähetys|tilaukse\w*|tilaus|"
    r"pakkinn|sendingin|pöntun\w*)|"
    # French, Spanish, Italian, Portuguese, Romanian
    r"\b(?:colis|livreur|commande\w*|expédition\w*|paquetes?|pedidos?|envíos?|repartidor|pacco|pacchi|spedizion\w+|"
    r"ordine\b|corriere|encomendas?|remessa|transportadora|colet\w*|comand[aăeă]\w*|expedi[eț]i\w*|livrator)|"
    # Polish, Czech, Slovak, Hungarian, Turkish, Greek
    r"\b(?:paczk\w+|przesyłk\w+|zamówieni\w+|kurier\w*|balí[kč]\w*|zásil\w+|zásiel\w+|objednáv\w+|csomag\w*|"
    r"küldemény\w*|rendelés\w*|futár\w*|kargo\w*|gönderi\w*|sipariş\w*|paketiniz|δέμα\w*|"
    r"αποστολή σας|παραγγελί\w+)|"
    # Russian, Ukrainian, Bulgarian
    r"\b(?:посылк\w+|посилк\w+|заказ\w*|замовленн\w+|відправленн\w+|отправлени\w+|груз\w*|курьер\w*|кур[’']?єр\w*|"
    r"пратк\w+|поръчк\w+)|"
    # Chinese, Japanese, Korean
    r"包裹|快递|快遞|快件|订单|訂單|运单|運單|お荷物|荷物|ご注文|注文|宅配|小包|택배|소포|배송|주문",
)
_MAILED = re.compile(
    r"mails?\b|\bmailbox|\bmessages?\b|\brecipients?\b|courriel|correos? electrónico|\bcorreio\b|\bmensajes?\b|"
    r"\bmensagem|\bmensagens|messaggi|nachricht|\bbericht(?:en)?\b|meddelande|\bbeskeden?\b|\bmeldingen?\b|\bviesti|"
    r"wiadomoś|zpráv|správ[ayu]\b|üzenet|\bmesaj|\bileti(?:niz|ler)?\b|postanız|μήνυμα|сообщени|письм|повідомленн|"
    r"\bлист[аи]?\b|съобщени|delivery status|failure notice|undeliverable:|undelivered|\b(?:dsn|ndr):|"
    r"邮件|郵件|信件|退信|メール|メッセージ|메일|메시지|\S@\S",
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]|\n\s*\n")


def speaks_of_goods(subject: str, text: str) -> bool:
    """Whether what is not delivered, or comes back, is a parcel and no mail.

    Only sentences that tell of a failure count, since a bounce may quote an order, and a carrier mentions its e-mail.
    """
    low = text[:MAX_TEXT].lower()
    sentences = [subject.lower(), *(" ".join(one.split()) for one in _SENTENCE_END.split(low))]
    if not any(_GOODS.search(one) for one in sentences) or text_proves(text) or holds_report(text):
        return False
    return not any(_MAILED.search(one) and not _GOODS.search(one) for one in sentences if telling(one))
