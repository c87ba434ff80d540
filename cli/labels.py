"""Whether labelled mail fits what it is to be sorted into: labels and categories, languages and the encoder."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mail.text.language import UNDETERMINED, language_of
from ml.small.encoder.embedding import Encoder
from ml.small.labelled import LabelledMail
from models.errors import TrainingDataError
from models.settings import Settings

LOOKED_AT = 500
FOREIGN = 0.2
"""Share of mail in other languages from which an encoder for English alone is a loss."""
ENGLISH = ("MiniLM-L6-v2", "MiniLM-L12-v2", "bge-small-en", "bge-base-en", "mpnet-base-v2")
MULTILINGUAL = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"


def check_labels(settings: Settings, rows: Sequence[LabelledMail], out: Path) -> list[str]:
    """Warnings about categories without mail. Raises TrainingDataError for labels that mailstage.toml lacks, where the
    model would be the one in use: it would stop every mailbox."""
    counts = Counter(row.label for row in rows if row.label is not None)
    known = [category.name for category in settings.categories]
    lacking = sorted(counts.keys() - set(known))
    if lacking and out.resolve() == settings.model_dir.resolve():
        named = ", ".join(f"{label} ({counts[label]} rows)" for label in lacking[:10])
        more = f" and {len(lacking) - 10} more" if len(lacking) > 10 else ""
        raise TrainingDataError(
            f"mailstage.toml lacks labels of this mail: {named}{more}; add each under [[categories]] (name: small "
            "letters, digits and _), mend the labels, or train aside with --out FOLDER"
        )
    empty = [name for name in known if name not in counts]
    return [f"no mail is labelled {', '.join(empty)}: the model will never say so"] if empty and not lacking else []


def check_languages(rows: Sequence[LabelledMail], encoder: Encoder | None) -> list[str]:
    """A warning where much of the mail is in languages that the encoder never learned."""
    if encoder is None or not encoder.manifest.name.endswith(ENGLISH) or "multilingual" in encoder.manifest.name:
        return []
    step = max(1, len(rows) // LOOKED_AT)
    spoken = [language_of(row.text or row.body)[0] for row in rows[::step]]
    told = [one for one in spoken if one != UNDETERMINED]
    foreign = sum(one != "en" for one in told)
    if not told or foreign < FOREIGN * len(told):
        return []
    return [
        f"{foreign / len(told):.0%} of the mail is not English, all that the encoder {encoder.manifest.name} learned: "
        f"one for many languages is fetched with `mailstage encoder pull {MULTILINGUAL}` and named by [sorting] encoder"
    ]
