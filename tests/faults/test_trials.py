"""Promises L, D, A and R under faults: kills at every dangerous line, broken lines, servers that refuse or die.

The trials run in processes forked from a warm one, by the command that also runs thousands: see `trials.py`.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.bugs import BUGS
from tests.faults.trial import RECOVERY_SECONDS, Result, read_result

ROOT = Path(__file__).parents[2]
MANY_SECONDS = 600
KILLS = (
    "kill: save what was fetched, after",
    "kill: save a draft, after",
    "kill: approve by policy, after",
    "kill: approve by a person, commit",
    "kill: begin the transmission, after",
    "kill: smtp after the final dot",
    "kill: file the copy, before",
    "kill: file the copy, after",
)
AFTER_THE_WIRE = ("kill: begin the transmission, after", "kill: smtp after the final dot")
LINES = ("smtp says 4xx to RCPT", "smtp says die after the dot, kept")


def trials(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.trials", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=MANY_SECONDS, check=False)


@pytest.fixture(scope="module")
def results(learned_data: Path) -> dict[str, Result]:
    """One trial of each fault named here, and one of each known bug, on pymap: by fault, or by bug."""
    named = [option for fault in KILLS + LINES for option in ("--one", fault)]
    done = trials(*named, "--bugs", "--imap", "pymap", "--learned", str(learned_data), "--json")
    found = [read_result(line.encode()) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return {result.bug or result.name: result for result in found}


@pytest.mark.timeout(MANY_SECONDS)
@pytest.mark.parametrize("fault", KILLS + LINES)
def test_nothing_is_lost_doubled_or_unapproved(results: dict[str, Result], fault: str) -> None:
    """After the fault the next process carries on, and all is settled within a minute."""
    result = results[fault]
    assert result.strikes, "the fault must strike, or the test proves nothing"
    assert result.sent, "at least one reply goes out, or the test proves nothing"
    assert result.clean, (result.verdict, result.troubles)
    assert result.recovery <= RECOVERY_SECONDS
    if fault in AFTER_THE_WIRE:
        assert result.verdict.unknown == 1, "nobody saw the answer: a person is asked, nothing is sent again"


@pytest.mark.timeout(MANY_SECONDS)
@pytest.mark.parametrize("bug", BUGS)
def test_the_audit_catches_a_known_bug(results: dict[str, Result], bug: str) -> None:
    """A harness that cannot fail proves nothing."""
    assert getattr(results[bug].verdict, BUGS[bug].shows_as), results[bug]


@pytest.mark.dovecot
@pytest.mark.timeout(MANY_SECONDS)
def test_random_trials_on_dovecot(learned_data: Path) -> None:
    """Two dozen trials over all faults, two at once in a third of them."""
    done = trials("--trials", "24", "--imap", "dovecot", "--learned", str(learned_data))
    assert done.returncode == 0, done.stdout + done.stderr
