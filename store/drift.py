"""The mail that a model has sorted lately, and the alarms that were given about it."""

from datetime import datetime

from sqlalchemy import select

from models.classification import Classification, DecidedBy
from models.drift import Drift
from store import audit
from store.database import Store
from store.tables import audit as log
from store.tables import cases, classifications

SUBJECT, ALARM, OVER = "drift", "drift alarm", "drift is over"
_BY_MODEL = (DecidedBy.LINEAR, DecidedBy.ENCODER)


def recent_answers(
    store: Store, mailbox: str, version: str, limit: int, since: datetime, skip: int = 0
) -> list[Classification]:
    """What the model of `version` made of the newest mails of a mailbox; `skip` leaves out so many of the newest."""
    query = (
        select(classifications.c.record)
        .join(cases, cases.c.id == classifications.c.case_id)
        .where(cases.c.mailbox == mailbox, classifications.c.decided_by.in_(_BY_MODEL))
        .where(classifications.c.created >= since)
        .order_by(classifications.c.id.desc())
        .limit(limit)
        .offset(skip)
    )
    with store.read() as connection:
        found = [Classification.model_validate_json(record) for record in connection.execute(query).scalars()]
    return [one for one in found if one.model_version == version]


def standing_alarm(store: Store, mailbox: str) -> Drift | None:
    """The last alarm about a mailbox, unless it was called off."""
    query = select(log).where(log.c.subject == SUBJECT, log.c.mailbox == mailbox).order_by(log.c.id.desc()).limit(1)
    with store.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None or row["action"] != ALARM:
        return None
    return Drift(mailbox=mailbox, **row["detail"])


def note_drift(store: Store, found: Drift) -> bool:
    """Writes an alarm into the log, or that it is over; False where the log says so already."""
    standing = standing_alarm(store, found.mailbox)
    if found.why or (not found.alarm and standing is None):
        return False
    if standing and (standing.version, _names(standing)) == (found.version, _names(found)):
        return False
    with store.write() as connection:
        action = ALARM if found.alarm else OVER
        detail = found.model_dump(mode="json", exclude={"mailbox"})
        audit.record(connection, store.clock(), "mailstage", action, found.mailbox, SUBJECT, **detail)
    return True


def _names(found: Drift) -> set[str]:
    return {figure.name for figure in found.figures if figure.alarm}
