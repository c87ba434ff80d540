"""Texts become tokens in whatever process they are read."""

import subprocess
import sys

FORKED = """
import os, signal, sys
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from ml.small.encoder.embedding import read_tokenizer, token_ids

before = dict(os.environ)
made = Tokenizer(WordLevel({"bill": 0, "[UNK]": 1}, unk_token="[UNK]"))
made.pre_tokenizer = Whitespace()
tokenizer = read_tokenizer(made.to_str().encode(), 8)
texts = ["my bill"] * 1000
first = token_ids(tokenizer, texts, 8)
assert dict(os.environ) == before
child = os.fork()
if child == 0:
    signal.alarm(30)
    os._exit(0 if token_ids(tokenizer, texts, 8) == first else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_can_go_on_tokenising() -> None:
    """Whoever forks after a batch was read on all cores does not wait for threads that are gone."""
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
