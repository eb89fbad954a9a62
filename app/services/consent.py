"""Consent: whether a conversation may be trained on, by which policy, and since when."""

from sqlalchemy.orm import Session

from app.models import Interaction
from app.services import events
from app.utils import clock

# Why a row is dropped from training data that its conversation's owner never agreed to.
NO_CONSENT = "no_consent"


def may_be_trained_on(*, interaction: str = "i") -> str:
    """Return the SQL condition under which rows of a conversation may leave for training.

    ``interaction`` is the alias of the table. It is asked whenever rows are read: what somebody
    has taken back is gone from the next export.
    """
    return f"({interaction}.training_consent AND {interaction}.erased_at IS NULL)"


def change(
    session: Session, *, interaction: Interaction, given: bool, policy: str | None, actor: str
) -> bool:
    """Set a conversation's consent, say so in the log, and return whether it is another.

    Given once more under another policy it is another. The event holds what was before:
    together they are the whole history.
    """
    before = _said(interaction)
    if (interaction.training_consent, interaction.consent_policy) == (given, policy):
        return False
    interaction.training_consent = given
    interaction.consent_policy = policy
    interaction.consent_at = clock.now()
    events.record(
        session,
        type_="consent.given" if given else "consent.withdrawn",
        subject=f"interaction:{interaction.id}",
        actor=actor,
        interaction_id=interaction.id,
        data={"id": str(interaction.id), **_said(interaction), "before": before},
    )
    return True


def _said(interaction: Interaction) -> dict[str, object]:
    at = interaction.consent_at
    return {
        "training_consent": interaction.training_consent,
        "consent_policy": interaction.consent_policy,
        "consent_at": at.isoformat() if at else None,
    }
