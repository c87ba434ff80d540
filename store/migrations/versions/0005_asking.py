"""Which questions come first, which mails are of one wording, and what an answer took."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("reviews", sa.Column("turn", sa.DateTime()))
    op.add_column("reviews", sa.Column("campaign", sa.BigInteger()))
    # what waits already keeps its place before what is asked from now on with the whole head start
    earlier = {
        "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', created, '-8 hours')",
        "postgresql": "created - interval '8 hours'",
    }[op.get_context().dialect.name]
    op.execute(f"UPDATE reviews SET turn = {earlier} WHERE outcome IS NULL")
    op.create_index("reviews_by_campaign", "reviews", ["campaign"])
    for name in ("milliseconds", "cost"):
        op.add_column("classifications", sa.Column(name, sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("mailbox", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.String(512), nullable=False),
        sa.Column("seen", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "campaign_bands",
        sa.Column("mailbox", sa.String(100), primary_key=True),
        sa.Column("band", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column(
            "campaign",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("campaigns.id"),
            primary_key=True,
        ),
    )


def downgrade() -> None:
    op.drop_table("campaign_bands")
    op.drop_table("campaigns")
    for name in ("cost", "milliseconds"):
        op.drop_column("classifications", name)
    op.drop_index("reviews_by_campaign", "reviews")
    op.drop_column("reviews", "campaign")
    op.drop_column("reviews", "turn")
