"""The language of a mail, told by its alphabet, its little words, or the classifier."""

import pytest

from mail.text.language import language_of

TEXTS = {
    "en": "Where is my order? I have been waiting for two weeks and would like to know when it will arrive.",
    "de": "Guten Tag, meine Maschine ist noch nicht angekommen, und ich habe keine Nachricht von Ihnen.",
    "fr": "Bonjour, je voudrais savoir quand vous allez envoyer ma commande, merci.",
    "es": "Hola, mi pedido no ha llegado y me gustaría saber cuándo lo van a enviar, gracias.",
    "it": "Buongiorno, vorrei sapere quando arriva il mio ordine, che non è ancora qui, grazie.",
    "pt": "Olá, o meu pedido ainda não chegou e gostaria de saber quando vai ser enviado, obrigado.",
    "nl": "Hallo, mijn bestelling is nog niet aangekomen en ik wil graag weten wanneer deze komt.",
    "pl": "Dzień dobry, moje zamówienie jeszcze nie dotarło, proszę o informację, kiedy będzie wysłane.",
    "sv": "Hej, min beställning har inte kommit och jag vill gärna veta när den kommer.",
    "da": "Hej, min bestilling er ikke kommet endnu, og jeg vil gerne vide, hvornår den bliver sendt.",
    "fi": "Hei, tilaukseni ei ole vielä tullut, ja haluaisin tietää, milloin se on perillä.",
    "cs": "Dobrý den, moje objednávka ještě nedorazila, prosím o informaci, kdy bude odeslána.",
    "tr": "Merhaba, siparişim henüz gelmedi ve ne zaman geleceğini öğrenmek istiyorum.",
    "ru": "Здравствуйте, мой заказ ещё не пришёл, сообщите, пожалуйста, когда он был отправлен.",
    "uk": "Добрий день, моє замовлення ще не надійшло, коли його відправлять?",
    "el": "Καλημέρα, η παραγγελία μου δεν έχει φτάσει ακόμα.",
    "ja": "注文した商品がまだ届いていません。いつ届きますか。",
    "zh": "我的订单还没有到，请问什么时候发货？",
    "ko": "주문한 제품이 아직 도착하지 않았습니다. 언제 받을 수 있나요?",
    "he": "שלום, ההזמנה שלי עדיין לא הגיעה",
    "und": "KG-204518 ok",
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items(), ids=TEXTS)
def test_language_of_a_short_mail(code: str, text: str) -> None:
    """One or two sentences are enough."""
    assert language_of(text)[0] == code


def test_words_of_another_language_do_not_mislead() -> None:
    """A German product name in an English mail, an English one in a German mail."""
    assert language_of("Die Mühle arrived and I love it, but the lid is broken. Can you send a new one?")[0] == "en"
    assert (
        language_of("Ich habe den Kestrel Café Starter Kit bestellt, aber er ist noch nicht da. On the way?")[0] == "de"
    )


def test_the_probability_says_how_telling_a_text_is() -> None:
    """Two words that many languages share are a guess, a sentence of German is none."""
    _, sure = language_of("Ich habe die Rechnung nicht bekommen, bitte senden Sie sie mir noch einmal.")
    guessed, doubtful = language_of("Kestrel Mini K2 pump Barista Portafilter")
    assert guessed != "und"
    assert 0 < doubtful < 0.9 < sure < 1
    assert language_of("17") == ("und", 0.0)
