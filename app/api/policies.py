"""Validation policies: what administrators say about how feedback is validated."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import principal, remotes
from app.api.examples.validation import POLICY, RULES
from app.api.model_path import checked_model_id
from app.api.schemas.validation_work import PolicyIn, PolicyOut
from app.api.versions import etag, seen_version
from app.db import transaction
from app.domain.access import Permission
from app.domain.quorum import Rules
from app.services import validation_policies

blueprint = Blueprint("policies", __name__, description="How many validate, and how")


@blueprint.operation(
    "GET",
    "/validation/policies/<path:model_id>",
    needs=Permission.VALIDATION_POLICIES_READ,
    errors=(422,),
)
@blueprint.response(200, PolicyOut, example=POLICY)
def get_policy(model_id: str) -> Any:
    """Show how feedback on a model is validated: by its own policy, that for `all`, or default.

    Everybody may know by which rules is judged; `gold_share` is only for who sets it.
    """
    model_id = checked_model_id(model_id)
    with transaction() as session:
        found = validation_policies.read(session, principal=principal(), model_id=model_id)
    return found, 200, etag(found)


@blueprint.operation(
    "PUT",
    "/validation/policies/<path:model_id>",
    needs=Permission.VALIDATION_POLICIES,
    errors=(412,),
)
@blueprint.arguments(PolicyIn, example=RULES)
@blueprint.response(200, PolicyOut, example=POLICY)
def put_policy(rules: Rules, model_id: str) -> Any:
    """Say how feedback on a model, or on `all`, is validated from now on.

    What is absent is as by default: one verdict decides. It is for rounds that open later, at
    submission or resubmission; a round that is open keeps its rules. Where weights change, a
    job (`priority.reweigh`) gives what waits its new place in the queue.
    """
    with transaction() as session:
        changed = validation_policies.put(
            session,
            principal=principal(),
            model_id=checked_model_id(model_id),
            rules=rules,
            queue=remotes().queue,
            seen_version=seen_version(),
        )
    return changed, 200, etag(changed)
