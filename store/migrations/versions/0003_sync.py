"""What others did to mail on its server, how far a folder was compared, and how far old mail was brought in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("cursors") as cursors:
        cursors.add_column(sa.Column("modseq", sa.BigInteger(), nullable=False, server_default="0"))
        cursors.add_column(sa.Column("trouble", sa.Text(), nullable=False, server_default=""))
    # not in a batch, which would build the table anew for the default of a Boolean, and cases point to its rows
    op.add_column("messages", sa.Column("email_id", sa.String(100), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("answered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("absence", sa.String(10), nullable=True))
    op.create_index("messages_by_email_id", "messages", ["mailbox", "email_id"])
    op.create_index("messages_by_absence", "messages", ["mailbox", "absence"])
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("left_stage", sa.String(30), nullable=True))
        cases.add_column(sa.Column("left_version", sa.Integer(), nullable=True))
    _make_backfills()


def downgrade() -> None:
    raise NotImplementedError(
        "what was learned about mail elsewhere has no place in the older tables: restore a backup"
    )


def _make_backfills() -> None:
    op.create_table(
        "backfills",
        sa.Column("mailbox", sa.String(100), nullable=False),
        sa.Column("folder", sa.String(500), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("drafts", sa.Boolean(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("below", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("sorted", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.Column("finished", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("mailbox", "folder"),
    )
