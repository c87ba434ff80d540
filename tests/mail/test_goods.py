"""A parcel that could not be delivered is no mail that could not be delivered, in every language of the signs."""

import pytest

from mail.reading import read_message
from models.message import Kind

PARCELS = {
    "en": ("Delivery failed: parcel 7731", "We were unable to deliver your parcel today. Nobody was at home."),
    "en returned": ("Your parcel will be returned to sender today", "Follow it here. This is an automatic message."),
    "en delayed": ("Delivery delayed", "Your order 4711 is delayed. We will send you an e-mail when it ships."),
    "en order": ("Delivery notification for order #4711", "The driver comes between 10:15 and 12:15."),
    "de": ("Zustellung fehlgeschlagen", "Ihr Paket konnte nicht zugestellt werden. Wir versuchen es morgen wieder."),
    "de email": ("Sendung 7731 nicht zugestellt", "Ihre Sendung wurde nicht zugestellt. Diese E-Mail ist automatisch."),
    "fr": ("Échec de la remise de votre colis", "Votre colis n'a pas pu être livré : le livreur n'a trouvé personne."),
    "es": ("Entrega fallida de su pedido", "El repartidor no pudo entregar el paquete. Lo intentará mañana."),
    "it": ("Mancata consegna della spedizione 7731", "Il corriere non ha trovato nessuno. Il pacco torna in deposito."),
    "pt": ("Falha na entrega da sua encomenda", "A encomenda não foi entregue porque ninguém estava em casa."),
    "nl": ("Uw pakket is niet bezorgd", "Het pakket kon niet worden bezorgd. U kunt het morgen ophalen."),
    "sv": ("Paketet kunde inte levereras", "Ditt paket finns hos ombudet. Försändelsen kan hämtas i morgon."),
    "da": ("Pakken kunne ikke leveres", "Din pakke ligger nu i pakkeshoppen."),
    "nb": ("Sendingen kan ikke leveres i dag", "Pakken din er forsinket."),
    "fi": ("Pakettia ei voi toimittaa", "Pakettia ei voitu toimittaa kotiosoitteeseen. Lähetys odottaa noutoa."),
    "pl": ("Nie można dostarczyć przesyłki 7731", "Kurier nie zastał nikogo. Paczka czeka w punkcie odbioru."),
    "cs": ("Zásilka nebyla doručena: nedoručená zásilka", "Balík nebylo možné doručit. Kurýr to zkusí zítra."),
    "sk": ("Nedoručená zásielka 7731", "Kuriér vás nezastihol. Balík je na pobočke."),
    "hu": ("Sikertelen kézbesítés", "A csomagját a futár nem tudta átadni."),
    "ro": ("Colet nelivrat", "Coletul nu a putut fi livrat deoarece nimeni nu era acasă."),
    "tr": ("Kargonuz teslim edilemedi", "Siparişiniz bugün teslim edilemedi."),
    "ru": ("Не удалось доставить посылку", "Курьер не застал вас дома. Заказ не доставлен."),
    "uk": ("Посилку не доставлено: не вдалося доставити", "Ваше замовлення повернеться завтра."),
    "el": ("Το δέμα δεν παραδόθηκε", "Η παραγγελία σας θα παραδοθεί αύριο."),
    "zh": ("包裹投递失败", "您的快递无法送达，请联系我们。"),
    "ja": ("お荷物の配送不能のお知らせ", "ご注文の商品を配送できませんでした。"),
    "ko": ("택배 배달 실패", "고객님의 택배가 배달되지 않았습니다."),
}


def kind_of(sender: str, subject: str, body: str, field: str = "X-Loop: no") -> Kind:
    head = f"From: {sender}\r\nSubject: {subject}\r\n{field}\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return read_message(f"{head}\r\n{body}\r\n".encode()).kind


@pytest.mark.parametrize(("subject", "body"), PARCELS.values(), ids=PARCELS)
def test_a_parcel_that_was_not_delivered_is_no_bounce(subject: str, body: str) -> None:
    """Whether the carrier writes as no-reply or with an empty return path; it is a notification all the same."""
    assert kind_of("Parcelhop <no-reply@parcelhop.example>", subject, body) is Kind.NOTIFICATION
    assert kind_of("Parcelhop <track@parcelhop.example>", subject, body, "Return-Path: <>") is Kind.NOTIFICATION


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Undeliverable: your order 4711", "Your message did not reach the following recipient: bo@example.org"),
        ("Undeliverable: your parcel", "bo@example.org\n550 5.1.1 user unknown"),
        ("Delivery failed", "Your message about order 4711 could not be delivered.\nIt could not be delivered to "
         "bo@example.org."),
        ("Unzustellbar: Ihre Bestellung 4711", "Ihre Nachricht wurde nicht zugestellt. Das Postfach ist voll."),
        ("Non remis : votre commande", "Votre message n'a pas pu être remis à bo@example.org."),
        ("No se puede entregar: su pedido", "Su mensaje no se pudo entregar a los destinatarios."),
        ("Onbestelbaar: uw bestelling", "Uw bericht kon niet worden afgeleverd."),
        ("Недоставлено: ваш заказ", "Ваше сообщение не доставлено."),
        ("配信不能: ご注文", "メールを配信できませんでした。配信できません: メッセージ"),
        ("Returned mail: see transcript for details", "The parcel list that you sent came back."),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_mail_about_a_parcel_that_came_back_is_a_bounce(subject: str, body: str) -> None:
    """A bounce repeats the subject of the mail that it is about."""
    assert kind_of("Mail System <no-reply@mx.example.net>", subject, body) is Kind.BOUNCE
    assert kind_of("postmaster@mx.example.net", subject, body, "Return-Path: <>") is Kind.BOUNCE
