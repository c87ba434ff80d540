"""Which mails are set aside for comparing models."""

import random
from itertools import product
from pathlib import Path

from ml.small.encoder.tuned import TUNED, Tuned, hash_of
from ml.small.labelled import LabelledMail
from ml.small.learning.locked import SHARE, divided, evidence, is_locked, key_of, unseen
from tests.ml.small.factories import labelled

WORDS = ("parcel", "invoice", "pump", "beans", "grinder", "filter", "cup", "scale", "steam", "tray")
NAMES = ("Ada", "Bram", "Chiara", "Dirk", "Elif", "Femke")


def test_a_mail_stays_on_its_side() -> None:
    """Whatever comes before or after it, and whatever its label."""
    rows = labelled(60, foreign=60)
    assert [is_locked(row) for row in reversed(rows)] == [is_locked(row) for row in rows][::-1]
    relabelled = [row.model_copy(update={"label": "other"}) for row in rows]
    assert [is_locked(row) for row in relabelled] == [is_locked(row) for row in rows]


def test_copies_of_a_campaign_stay_together() -> None:
    """They differ in case, accents, white space and figures alone."""
    first = LabelledMail(label="a", subject="Invoice 1", body="Your café order 204518 is ready")
    copies = [
        first.model_copy(update={"body": f"your CAFE  order {number} is ready"}) for number in range(100_000, 100_050)
    ]
    assert {is_locked(copy) for copy in copies} == {is_locked(first)}


def test_a_wording_mostly_stays_on_one_side() -> None:
    """Mails of one campaign that differ in a name and a number: hardly one in twenty strays."""
    alone = strays = 0
    for campaign in range(40):
        dice = random.Random(campaign)
        words = ["".join(dice.choices("abcdefghij", k=6)) for _ in range(60)]
        bodies = [" ".join([*words[:30], name, *words[30:]]) for name in NAMES]
        sides = [is_locked(LabelledMail(label="a", subject="News", body=body)) for body in bodies]
        strays += min(sum(sides), len(sides) - sum(sides))
        alone += any(sides)
    assert alone, "some campaigns are locked"
    assert strays <= 0.05 * 40 * len(NAMES)


def campaign(number: int, size: int, label: str = "news") -> list[LabelledMail]:
    """Mails of one wording, each to somebody else."""
    dice = random.Random(number)
    words = ["".join(dice.choices("abcdefghij", k=6)) for _ in range(60)]
    who = ["".join(dice.choices("abcdefghij", k=6)) for _ in range(size)]
    return [LabelledMail(label=label, subject="News", body=" ".join([*words[:30], name, *words[30:]])) for name in who]


def test_copies_of_a_campaign_are_one_trial() -> None:
    """With the label that was given last."""
    copies, other = campaign(1, 20), campaign(2, 1)
    corrected = copies[-1].model_copy(update={"label": "spam"})
    assert evidence([*copies[:-1], corrected, *other], labelled(5)) == [corrected, *other]


def test_a_campaign_that_strays_is_no_trial() -> None:
    """A model that has learned two of its mails by heart knows the other thirty-eight."""
    copies, other = campaign(1, 40), campaign(2, 3)
    assert evidence([*copies[2:], *other], copies[:2]) == [other[-1]]


def test_different_mails_are_all_trials() -> None:
    rows = labelled(20)
    assert evidence(rows[:30], rows[30:]) == rows[:30]


def test_three_of_ten_are_locked() -> None:
    """Of different texts."""
    rows = [LabelledMail(label="a", text=" ".join(four)) for four in product(WORDS, repeat=4)]
    kept, locked = divided(rows)
    assert len(kept) + len(locked) == len(rows)
    assert abs(len(locked) / len(rows) - SHARE) < 0.02


def test_what_an_encoder_was_tuned_on_is_not_compared_on(tmp_path: Path) -> None:
    """It would look too easy to the model with that encoder; one that was never tuned has seen nothing."""
    rows = labelled(10)
    tuned, plain = tmp_path / "tuned", tmp_path / "plain"
    tuned.mkdir()
    known = tuple(hash_of(key_of(row)) for row in rows[:4])
    (tuned / TUNED).write_text(Tuned(base="tiny", rows=4, epochs=1, seed=0, seen=known).model_dump_json())
    left = unseen(rows, [plain, tuned])
    assert left == [row for row in rows if hash_of(key_of(row)) not in known]
    assert len(left) < len(rows)
    assert unseen(rows, [plain]) == unseen(rows, []) == list(rows)
