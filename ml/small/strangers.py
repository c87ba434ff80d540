"""Mail of a category that nobody has named yet: how sure would the linear model be of it?

Such mail lies near to what is known, and there is none to measure on. So each third of the categories is left out of a
fit once, and its mail is read as a stranger's (as in the open-set protocols of Fei & Liu 2016).
"""

import numpy as np
from numpy.typing import NDArray

from ml.small.linear import fit_linear
from ml.small.ngrams import Counts
from ml.small.rows import Examples

Floats = NDArray[np.float64]

PARTS = 3
LEAST_CATEGORIES = 6
"""With fewer, what is left when a part is taken away is too little to stand for the model in use."""
MOST_ROWS = 20_000
_ABSENT = -100.0


def strange_margins(examples: Examples, counts: Counts, seed: int) -> Floats:
    """Margins (k, labels) of mails whose categories the model had not seen; no rows where categories are few."""
    labels, known = len(examples.labels), len(examples.categories)
    none = np.empty((0, labels))
    if known < LEAST_CATEGORIES:
        return none
    dice = np.random.default_rng(seed)
    part_of = np.append(dice.permutation(known) % PARTS, -1)  # what is out of scope is in no part
    rows = np.sort(dice.permutation(len(examples.mails))[:MOST_ROWS])
    counts, targets = counts.taken(rows), examples.targets[rows]
    found = [none]
    for part in range(PARTS):
        out = part_of[targets] == part
        held, learn = np.flatnonzero(out), np.flatnonzero(~out)
        if not len(held) or not len(learn):
            continue
        model = fit_linear(counts.taken(learn), targets[learn], labels, seed)
        margins = model.margins_of(counts.taken(held))
        margins[:, np.flatnonzero(part_of[:labels] == part)] = _ABSENT
        found.append(margins)
    return np.concatenate(found)
