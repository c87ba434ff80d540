"""Results by recipient, copies of drafts in the mailbox's own Drafts, and what a robot is recognised by."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KNOWN = {"sent": "accepted", "failed": "refused", "unknown": "unknown"}
"""What an outbox row of before says of its recipients; the rest still waits."""


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("first_attempt", sa.DateTime(), nullable=True))
        outbox.add_column(sa.Column("fingerprint", sa.String(64), nullable=False, server_default=""))
    op.create_index("outbox_by_fingerprint", "outbox", ["fingerprint", "created"])
    _make_recipients()
    _make_placed_drafts()
    _fill_recipients(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("results by recipient cannot be put back into one row: restore a backup instead")


def _make_recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("outbox_id", KEY, nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("outbox_id", "address", name="recipients_key"),
    )
    op.create_index("recipients_by_address", "recipients", ["address", "outbox_id"])


def _make_placed_drafts() -> None:
    op.create_table(
        "placed_drafts",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("mailbox", sa.String(100), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("review_id", KEY, nullable=False),
        sa.Column("message_id", sa.String(500), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id"),
    )
    op.create_index("placed_drafts_by_case", "placed_drafts", ["case_id"])
    op.create_index("placed_drafts_by_state", "placed_drafts", ["mailbox", "state"])


def _fill_recipients(connection: sa.Connection) -> None:
    """Every reply of before, recipient by recipient."""
    outbox = sa.table(
        "outbox",
        sa.column("id"),
        sa.column("recipients", sa.JSON()),
        sa.column("state"),
        sa.column("error"),
        sa.column("sent", sa.DateTime()),
    )
    names = ("outbox_id", "address", "state", "status", "text", "at")
    target = sa.table("recipients", *(sa.column(name) for name in names))
    rows = [
        dict(zip(names, (row.id, address, KNOWN.get(row.state, "waiting"), "", row.error, row.sent), strict=True))
        for row in connection.execute(sa.select(outbox).order_by(outbox.c.id))
        for address in dict.fromkeys(row.recipients)
    ]
    if rows:
        connection.execute(target.insert(), rows)
