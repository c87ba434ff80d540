"""Of how much old mail the model was not sure."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("backfills", sa.Column("unsure", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("backfills", "unsure")
