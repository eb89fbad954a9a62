"""Let the name on a verdict follow that of its place, for the pseudonym of who is erased.

Revision: 0021, after 0020. The rows keep the rule already: the new key need not read them, and
holds for every row from now on.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NAME = "fk_validations_feedback_id_round_validator_id"
_PERSON = ["feedback_id", "round", "validator_id"]


def upgrade() -> None:
    """Replace the key."""
    _replace(onupdate="CASCADE")


def downgrade() -> None:
    """Put it back."""
    _replace(onupdate=None)


def _replace(*, onupdate: str | None) -> None:
    # The new one is there before anybody else can write.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE validations DROP CONSTRAINT {_NAME}"
    )
    op.create_foreign_key(
        _NAME,
        "validations",
        "validation_places",
        _PERSON,
        _PERSON,
        onupdate=onupdate,
        postgresql_not_valid=True,
    )
