"""The validation policy in force for a model, and a round's rules by it, within statements."""

import json

from app.domain.quorum import Rules

# What a round goes by from its beginning on, whatever the policy says later.
ROUND = ("validators", "quorum", "blind", "trusted_weight", "leased_only")
_USUAL = Rules()


def in_force(columns: str, *, model_id: str) -> str:
    """Return the query for a policy: the model's own, else that for all; no row without either."""
    return (
        f"SELECT {columns} FROM validation_policies"  # noqa: S608  # Ours.
        f" WHERE model_id IN ({model_id}, 'all') ORDER BY model_id = 'all' LIMIT 1"
    )


def round_rules(policy: str) -> str:
    """Return columns with the rules of a round that begins now; ``policy`` may have no row."""
    return ", ".join(
        f"COALESCE({policy}.{name}, {json.dumps(getattr(_USUAL, name))}) AS {name}"
        for name in ROUND
    )
