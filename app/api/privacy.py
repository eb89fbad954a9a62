"""Privacy policies: what administrators say about personal data and how long what is kept."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.privacy import POLICY, RULES
from app.api.model_path import checked_model_id
from app.api.schemas.privacy import PrivacyPolicyIn, PrivacyPolicyOut
from app.api.versions import etag, seen_version
from app.db import transaction
from app.domain.access import Permission
from app.domain.privacy import PrivacyRules
from app.services import privacy_policies

blueprint = Blueprint("privacy", __name__, description="Personal data, and how long what is kept")
_PATH = "/privacy/policies/<path:model_id>"


@blueprint.operation("GET", _PATH, needs=Permission.PRIVACY_POLICIES, errors=(422,))
@blueprint.response(200, PrivacyPolicyOut, example=POLICY)
def get_privacy_policy(model_id: str) -> Any:
    """Show the privacy policy for a model: its own, that for `all`, or the defaults."""
    with transaction() as session:
        found = privacy_policies.get(session, model_id=checked_model_id(model_id))
    return found, 200, etag(found)


@blueprint.operation("PUT", _PATH, needs=Permission.PRIVACY_POLICIES, errors=(412,))
@blueprint.arguments(PrivacyPolicyIn, example=RULES)
@blueprint.response(200, PrivacyPolicyOut, example=POLICY)
def put_privacy_policy(rules: PrivacyRules, model_id: str) -> Any:
    """Say what becomes of personal data in a model's training data, and how long what is kept.

    `pii` holds for exports from now on: `mask` puts `[EMAIL]` and the like in place of what is
    found (addresses, numbers of phones, cards and accounts; names of people are not found),
    `drop` leaves such rows out, `off` does neither. What is absent is as by default: `off`, and
    everything is kept. Old rows go once a day.
    """
    with transaction() as session:
        changed = privacy_policies.put(
            session,
            principal=principal(),
            model_id=checked_model_id(model_id),
            rules=rules,
            seen_version=seen_version(),
        )
    return changed, 200, etag(changed)
