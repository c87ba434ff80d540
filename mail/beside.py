"""A process beside this one, for work on what strangers sent: it inherits none of our secrets."""

import os
import subprocess
import sys
import tempfile

_INHERITED = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


def start(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """`python -m module`, with pipes to its standard input and output, in no folder of ours."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    """One thread each: more would only reserve memory."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    ours = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}
    return kept | ours | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
