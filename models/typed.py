"""What a person typed, fit to be kept: PostgreSQL takes no NUL, and an escape sequence would act in a terminal."""

import unicodedata


def typed(text: str) -> str:
    """Without control characters (Unicode's Cc) and halves of surrogate pairs, but for tabs and the ends of lines, each
    of which is a line feed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
