"""The large model that sorts, as a terminal and the settings file know it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.configuration import load_settings
from models.errors import ConfigurationError
from tests.cli.terminal import Terminal
from tests.openai_server import says_json
from tests.tasks.consulting import ENOUGH, Mailroom, mailroom

COMPANY = """
data = "."

[company]
name = "Kestrel Grove"

[mailboxes.support]
address = "support@kestrelgrove.example"
imap = { host = "127.0.0.1", port = 1, tls = "none" }
smtp = { host = "127.0.0.1", port = 1, tls = "none" }

[[categories]]
name = "delivery"
description = "About delivery."

[[categories]]
name = "billing"
description = "About billing."

[[categories]]
name = "repair"
description = "About repair."
threshold = 0.8

[[categories]]
name = "legal"
description = "A claim."
risk = "high"

[[providers]]
name = "local"
kind = "openai_compatible"
model = "test"
base_url = "http://127.0.0.1:1/v1"
"""
NAMED = '\n[sorting]\nlarge_model = "local"\n'


@pytest.fixture
def mailstage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    monkeypatch.chdir(tmp_path)
    Path("mailstage.toml").write_text(COMPANY + NAMED, encoding="utf-8")
    return Terminal(capsys, monkeypatch)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    """In the current folder, with a record of 72 right answers."""
    with mailroom(tmp_path, says_json({"category": "repair"}), earned=True) as opened:
        yield opened


def test_its_record(room: Mailroom, mailstage: Terminal) -> None:
    """For each mailbox and stratum, and for each category with a threshold of its own."""
    lines = mailstage.json("model", "large")
    (model,) = (line for line in lines if line["what"] == "model")
    assert model == {
        "what": "model",
        "model": room.model,
        "local": False,
        "asked": ENOUGH,
        "cost": 0,
        "by_people": ["legal"],
    }
    assert {line["mailbox"] for line in lines if line["what"] == "record"} == {"support"}
    records = {(line["stratum"], line["category"]): line for line in lines if line["what"] == "record"}
    assert records.keys() == {(a, b) for a in ("agrees", "differs") for b in (None, "repair")}
    agrees = {name: records["agrees", None][name] for name in ("n", "right", "lower", "needed", "answers", "next_look")}
    assert agrees == {"n": 72, "right": 72, "lower": 0.9501, "needed": 0.95, "answers": True, "next_look": None}
    assert (records["differs", None]["answers"], records["differs", None]["next_look"]) == (False, 72)
    assert records["agrees", "repair"]["needed"] == 0.8
    assert [line for line in lines if line["what"] == "calls"] == [
        {"what": "calls", "mailbox": "support", "asked": 0, "per_day": 200}
    ]
    assert mailstage("model", "large") == 0
    for words in (room.model, "72", "95.0%", "answers", "looked at again at 72", "legal", "leaves your premises"):
        assert words in mailstage.out, words


def test_what_it_says_stands_beside_the_question(room: Mailroom, mailstage: Terminal) -> None:
    """And says from which model it is."""
    case = room.waits()
    room.consult()
    review = room.question(case)
    assert review is not None
    assert mailstage("show", review.id) == 0
    assert f"A large model says: repair ({room.model})" in mailstage.out
    (told,) = mailstage.json("show", review.id)
    assert told["review"]["payload"]["opinion"] == {"category": "repair", "model": room.model}  # type: ignore[index]


def test_doctor_has_a_line(room: Mailroom, mailstage: Terminal) -> None:
    """What it has earned; a broken prompt is named before a customer waits."""
    mailstage("doctor", "--json")
    assert (
        f'"message": "{room.model}; support: agreeing with the small model it answers (72 of 72 right), '
        in mailstage.out
    )
    Path("prompts").mkdir()
    Path("prompts/categorize.j2").write_text("{{ no_such_name }}", encoding="utf-8")
    Path("mailstage.toml").write_text(f'templates = "."\n{COMPANY}{NAMED}', encoding="utf-8")
    mailstage("doctor")
    assert "categorize.j2, line 1" in mailstage.out
    Path("mailstage.toml").write_text(COMPANY, encoding="utf-8")
    mailstage("doctor")
    assert "large model" not in mailstage.out


def test_without_one_there_is_no_record(mailstage: Terminal) -> None:
    """One line says how to name one."""
    Path("mailstage.toml").write_text(COMPANY, encoding="utf-8")
    assert "name a provider as `large_model` under [sorting]" in mailstage.refused("model", "large")


@pytest.mark.parametrize(
    ("sorting", "said"),
    [
        ('large_model = "gpt"', "sorting.large_model is 'gpt', which [[providers]] lacks"),
        (
            'large_model = "local"\nlarge_per_day = -1',
            "sorting.large_per_day: Input should be greater than or equal to 0",
        ),
        ("large_per_day = 1_000_000", "sorting.large_per_day: Input should be less than or equal to 100000"),
        ("large_model = 7", "sorting.large_model: Input should be a valid string"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(mailstage: Terminal, sorting: str, said: str) -> None:
    """Which names its place."""
    Path("mailstage.toml").write_text(f"{COMPANY}\n[sorting]\n{sorting}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert said in str(caught.value)
    assert said in mailstage.refused("model", "large")
