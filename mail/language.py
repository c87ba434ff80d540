"""Which language a text is written in; the classifier is loaded once and knows only languages of real mail."""

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
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d_]+")
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def language_of(text: str) -> str:
    """ISO 639-1 code, or "und" for fewer than three words."""
    sample = _NOISE.sub(" ", text[:MAX_CHARS])
    if len(_WORD.findall(sample)) < 3 and len(_UNSPACED.findall(sample)) < 4:
        return UNDETERMINED
    return str(_classifier().classify(sample)[0])


@cache
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier
