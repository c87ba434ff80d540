"""Which language a text is written in.

Most mail gives itself away by its alphabet or by its little words, which costs microseconds to see; the rest goes to a
classifier, which is loaded once and knows only languages of real mail.
"""

import re
from functools import cache
from typing import Any

UNDETERMINED = "und"
"""ISO 639-2: the language is not known."""
LANGUAGES = (
    "en", "de", "fr", "es", "nl", "it", "pt", "pl", "sv", "da", "no", "fi", "cs", "sk", "hu", "ro", "bg", "el", "hr",
    "sl", "et", "lv", "lt", "tr", "ru", "uk", "ar", "he", "fa", "hi", "ja", "zh", "ko", "th", "vi", "id", "ca",
)  # fmt: skip
MAX_CHARS = 300
"""Characters looked at; more do not change the answer and cost time."""
_NOISE = re.compile(r"https?://\S+|(?<!\S)\S+@\S+|[\d_]+")
_WORD = re.compile(r"[^\W\d_]+")
_ASCII_WORD = re.compile("[A-Za-z]+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LITTLE_WORDS = {
    "en": "the and of to is you for that this with are have it not be was my your we can i would has from will "
    "please they been there what if which when do could did get but about any our",
    "de": "der die das und ist ich nicht sie mit auf für ein eine den dem zu von es wir haben bei wie auch noch aber "
    "oder bitte mir ihre meine kann wird sind habe",
    "fr": "le les des est et je vous pour une dans que pas sur avec votre mon ma nous ce cette mais bonjour ai au du "
    "sont qui merci",
    "es": "el los las es y que en por con para una mi su pero gracias está hola tengo del lo al como he nos más",
    "nl": "het een van ik en niet dat voor met zijn op mijn deze heb aan te er maar naar wij u bij ook graag kan wordt",
    "it": "il gli è e che di non per con una mio sono ho della del questo ma grazie buongiorno anche nel vorrei alla",
    "pt": "os é que não com para uma meu minha por mas obrigado está você em um ao foi tenho pelo isso",
    "sv": "och är jag att det som inte för på med har ni en ett av min kan hej den till från vi mitt",
    "da": "og er jeg at det som ikke for på med har af en et min kan hej til fra vi mit den der hvad",
    "pl": "i nie to jest się na w z że do proszę mam czy dla jak ale po już dzień moje",
    "fi": "ja on ei se että mutta kun olen oli voi tämä mitä niin hei kuin ovat myös minun",
    "tr": "ve bir bu için ile çok var değil ben ne merhaba olarak ama daha mi gibi",
}  # fmt: skip
_SPOKEN_BY: dict[str, tuple[str, ...]] = {
    word: tuple(code for code, words in _LITTLE_WORDS.items() if word in words.split())
    for words in _LITTLE_WORDS.values()
    for word in words.split()
}
_LEAST_HITS = 3
_MARGIN = 2.0
"""How many times more different little words than the next language a language must show to be taken unasked."""
_ALPHABETS = (
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("ja", re.compile("[\u3041-\u30fa]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("el", re.compile("[\u03b1-\u03c9\u0391-\u03a9]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ru", re.compile("[ыэёЫЭЁ]")),
)
"""Letters that only one of the languages has, the more telling first: Japanese also writes Chinese letters."""
_LEAST_LETTERS = 0.3
"""Share of the letters of a text that must be of an alphabet for it to decide."""
_CYRILLIC = re.compile("[\u0400-\u04ff]")


OBVIOUS = 0.998
"""None of 1,400 sentences in five languages that gave themselves away was of another one (Clopper & Pearson 1934, at
0.95). Of the others the classifier's own probability is kept: 0.94 of those it gave 0.6, all of those it gave 0.8."""


def language_of(text: str) -> tuple[str, float]:
    """ISO 639-1 code and its probability; "und" and 0 for fewer than three words."""
    sample = text[:MAX_CHARS]
    # numbers alone are no words anyway: then there is nothing to take out
    if "@" in sample or "://" in sample or not sample.isascii():
        sample = _NOISE.sub(" ", sample)
    words = (_ASCII_WORD if sample.isascii() else _WORD).findall(sample)
    if len(words) < 3 and (sample.isascii() or len(_UNSPACED.findall(sample)) < 4):
        return UNDETERMINED, 0.0
    if code := _obvious(sample, words):
        return code, OBVIOUS
    found, probability = _classifier().classify(_NOISE.sub(" ", sample))
    return str(found), round(min(1.0, float(probability)), 4)


def _obvious(sample: str, words: list[str]) -> str:
    """The language that nobody could doubt; empty when there is none."""
    if not sample.isascii() and (code := _by_alphabet(sample, sum(map(len, words)))):
        return code
    hits: dict[str, int] = {}
    for word in _SPOKEN_BY.keys() & set(map(str.lower, words)):
        for code in _SPOKEN_BY[word]:
            hits[code] = hits.get(code, 0) + 1
    best, second = [*sorted(hits.values(), reverse=True), 0, 0][:2]
    if best < _LEAST_HITS or best < _MARGIN * second:
        return ""
    return max(hits, key=lambda code: hits[code])


def _by_alphabet(sample: str, letters: int) -> str:
    cyrillic = len(_CYRILLIC.findall(sample)) >= _LEAST_LETTERS * letters
    for code, alphabet in _ALPHABETS:
        if code in ("uk", "ru"):
            if cyrillic and alphabet.search(sample):
                return code
        elif len(alphabet.findall(sample)) >= _LEAST_LETTERS * letters:
            return code
    return ""


@cache
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
