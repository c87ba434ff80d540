"""What kind of answer a question expects: an amount, a time, a place to go; and whether a text gives one.

Words first, in each language: "how much" wants money or a measure, "how long" a time (after the answer types of Li and
Roth, COLING 2002, of which mail needs three).
"""

import re

from ml.large.words import fold, stem

AMOUNT = "amount"
TIME = "time"
PLACE = "place"

_WORDS = {
    "often": "how_often wie_oft a_quelle_frequence cada_cuanto hoe_vaak",
    "long": "how_long how_many_days wie_lange combien_de_temps combien_de_jours cuanto_tiempo cuanto_tarda hoe_lang",
    "when": "when wann quand cuando wanneer",
    "where": "where wo wohin ou donde waar",
    "which": "which welche welcher welches welchen quel quelle quels quelles cual que welk welke",
    "much": "how_much cost costs was_kostet wie_viel combien_coute combien cuanto_cuesta cuanto hoeveel kost kosten",
}

_ASKS = {
    AMOUNT: re.compile(
        r"\b(?:how (?:much|many|expensive)|what (?:does|do|would) (?:\w+ ){1,4}cost|price of|cost of|was kostet"
        r"|wie ?viele?|"
        r"wie teuer|preis|combien (?:coute|de|est)|quelle quantite|quel (?:est le )?prix|cuanto (?:cuesta|vale|es)"
        r"|cuant[ao]s|precio|hoeveel|wat kost)\b"
    ),
    TIME: re.compile(
        r"\b(?:when|how (?:long|often|soon|many days)|until what time|wann|wie (?:lange|oft|schnell)|bis wann|quand"
        r"|combien de (?:temps|jours)|en combien|a quelle frequence|cuando|cuanto (?:tiempo|tarda)|cada cuanto"
        r"|wanneer|hoe (?:lang|vaak|snel))\b"
    ),
    PLACE: re.compile(r"\b(?:where|wohin|wo|ou (?:puis|dois|se|est|trouve)|donde|adonde|waar|waarheen)\b"),
}
_GIVES = {
    AMOUNT: re.compile(r"\d"),
    TIME: re.compile(
        r"\d[^.]{0,20}?\b(?:second|minute|hour|day|week|month|year|sekunde|minute|stunde|tag|werktag|woche|monat|jahr"
        r"|jour|semaine|mois|an\b|ans\b|heure|dia|semana|mes|ano|hora|uur|dag|werkdag|week|weken|maand|jaar)"
        r"|\d{1,2}[:.]\d{2}|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch"
        r"|donnerstag|freitag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miercoles|jueves|viernes|maandag"
        r"|dinsdag|woensdag|donderdag|vrijdag|same day|selben tag|dezelfde dag|meme jour|mismo dia|at once|sofort"
        r"|always|any time|jederzeit|before|bis |jusqu|hasta|tot "
    ),
    PLACE: re.compile(
        r"@|https?:|\b(?:at|on|in|under|behind|im|am|an|auf|unter|hinter|bei|sur|dans|sous|derriere|a|en|bajo|detras|op|onder"
        r"|achter|bij)\b"
    ),
}


def expected(question: str) -> frozenset[str]:
    """The kinds of answer that the question asks for; mostly none."""
    folded = fold(question)
    return frozenset(kind for kind, pattern in _ASKS.items() if pattern.search(folded))


def gives(kinds: frozenset[str], text: str) -> bool:
    """Whether `text` has something of every kind."""
    folded = fold(text)
    return all(_GIVES[kind].search(folded) for kind in kinds)


ASKING_STEMS = frozenset(
    stem(fold(part)) for group in _WORDS.values() for word in group.split() for part in word.split("_")
)


def question_words(text: str) -> frozenset[str]:
    """Which question words the text holds, the same in every language."""
    folded = " ".join(("", *re.findall("[a-z'-]+", fold(text)), ""))
    found = set()
    for name, group in _WORDS.items():
        for word in group.split():
            if (phrase := f" {word.replace('_', ' ')} ") in folded:
                folded = folded.replace(phrase, " ")
                found.add(name)
    return frozenset(found)
