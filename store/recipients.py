"""What became of a reply, recipient by recipient: whoever has it is never sent to again (promise D)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from models.outbox import RecipientResult, RecipientState
from store.database import Store
from store.tables import outbox, recipients


def add_recipients(connection: Connection, outbox_id: int, addresses: Sequence[str]) -> None:
    rows = [_row(outbox_id, address) for address in dict.fromkeys(addresses)]
    connection.execute(insert(recipients), rows)


def _row(outbox_id: int, address: str) -> dict[str, object]:
    return {"outbox_id": outbox_id, "address": address, "state": RecipientState.WAITING, "status": "", "text": ""}


def results_in(connection: Connection, outbox_ids: Sequence[int]) -> dict[int, tuple[RecipientResult, ...]]:
    """Outbox id → the last word about each of its recipients, in the order in which they were added."""
    query = select(recipients).where(recipients.c.outbox_id.in_(outbox_ids)).order_by(recipients.c.id)
    found: defaultdict[int, list[RecipientResult]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        fields = {name: row[name] for name in RecipientResult.model_fields}
        found[row["outbox_id"]].append(RecipientResult(**fields))
    return {key: tuple(results) for key, results in found.items()}


def results_of_case(store: Store, case_id: int) -> tuple[RecipientResult, ...]:
    """What became of the reply to a case; empty when none was approved."""
    with store.read() as connection:
        ids = connection.execute(select(outbox.c.id).where(outbox.c.case_id == case_id)).scalars().all()
        return next(iter(results_in(connection, ids).values()), ())


def write_results(connection: Connection, now: datetime, outbox_id: int, results: Sequence[RecipientResult]) -> None:
    """Takes down what the server said; an `accepted` is never taken back."""
    for result in results:
        here = (recipients.c.outbox_id == outbox_id) & (recipients.c.address == result.address)
        values = result.model_dump(exclude={"address"}) | {"at": now}
        still_open = recipients.c.state != RecipientState.ACCEPTED
        connection.execute(update(recipients).where(here & still_open).values(values))


def turn(connection: Connection, now: datetime, outbox_id: int, before: RecipientState, after: RecipientState) -> None:
    """All recipients in one state get another, as when a person says that an unknown reply was sent."""
    here = (recipients.c.outbox_id == outbox_id) & (recipients.c.state == before)
    connection.execute(update(recipients).where(here).values(state=after, at=now))
