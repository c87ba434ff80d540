"""Looks whether the mail of a mailbox is still what its model learned from, and gives the alarm."""

from datetime import timedelta

from ml.small.drift import LEAST, compare, mix_of, stream_of
from ml.small.manifest import read_manifest
from models.drift import Drift
from models.errors import ModelNotTrained
from store.drift import note_drift, recent_answers
from tasks.progress import log
from tasks.workplace import Workplace

WINDOW, LONGEST = 200, timedelta(days=30)
"""The newest mails that are looked at, and how old they may be: 200 tell a share of 20% from one of 10%."""
EARLIER, REMEMBERED = 2_000, timedelta(days=365)
"""Mails before those, which their mix of categories is compared with."""


def look_for_drift(place: Workplace, mailbox: str) -> Drift:
    """Without changing anything. Raises ModelError for a model that cannot be read."""
    place.mailbox(mailbox)
    try:
        manifest = read_manifest(place.settings.model_dir)
    except ModelNotTrained:
        return Drift(mailbox=mailbox, version="", n=0, why="no model sorts this mail yet: there is nothing to compare")
    nothing = Drift(mailbox=mailbox, version=manifest.version, n=0)
    if manifest.reference is None:
        why = "the model in use was trained before drift was measured: train it again"
        return nothing.model_copy(update={"why": why})
    since = place.store.clock() - LONGEST
    precision = place.settings.sorting.precision
    # by the model's own thresholds, as the reference is: a category's own of mailstage.toml is no drift
    cuts = manifest.thresholds.get(precision)
    stream = stream_of(recent_answers(place.store, mailbox, manifest.version, WINDOW, since), cuts)
    n = len(stream.said)
    if n < LEAST:
        why = f"{n} mails were sorted with this model in the last {LONGEST.days} days; {LEAST} are needed to compare"
        return nothing.model_copy(update={"n": n, "why": why})
    remembered = place.store.clock() - REMEMBERED
    earlier = recent_answers(place.store, mailbox, manifest.version, EARLIER, remembered, skip=WINDOW)
    figures = compare(manifest.reference, stream, precision, mix_of(stream_of(earlier)))
    return Drift(mailbox=mailbox, version=manifest.version, n=n, figures=figures)


def watch_drift(place: Workplace, mailbox: str) -> Drift:
    """The same, and the log is told of an alarm once, and of its end."""
    found = look_for_drift(place, mailbox)
    if note_drift(place.store, found) and found.alarm:
        log.warning("mailbox=%s step=drift %s", mailbox, found.sentence)
    return found
