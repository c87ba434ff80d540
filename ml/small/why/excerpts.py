"""A mail in one short line, to show a person which one is meant."""

from ml.small.labelled import MailText


def excerpt(mail: MailText, length: int = 120) -> str:
    """Subject and text, at most `length` characters, free of control characters and of lone surrogates."""
    # three times as much is looked at, since runs of white space shrink
    parts = [part[: length * 3].strip() for part in (mail.subject, mail.body)]
    line = " · ".join(part for part in parts if part)
    shown = " ".join("".join(one if one.isprintable() else " " for one in line).split())
    return shown if len(shown) <= length else f"{shown[: length - 1].rstrip()}…"
