"""Chat templates: on record by their names, and used once more to show what was sent."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session

from app.clients.inference.base import InferenceError
from app.clients.inference.sagemaker_settings import settings_of
from app.clients.inference.template_settings import template_name, template_of
from app.domain.chat_templates import TEMPLATES
from app.domain.chat_text import PLAIN, as_text
from app.errors import Invalid
from app.models import ServedModel
from app.services.budgets import MemoryRules
from app.services.served_models import Target


def names(targets: Sequence[Target], *, rules: MemoryRules) -> dict[str, str]:
    """Return the template of each target that is told a conversation as one text."""
    found = {target.model_id: _name(target, rules) for target in targets}
    return {model_id: name for model_id, name in found.items() if name}


def text(
    session: Session, *, model_id: str, name: str, messages: Sequence[Mapping[str, Any]]
) -> str | None:
    """Return the text that messages became, None where the template has changed since."""
    if name in TEMPLATES:
        return as_text(messages, template=name)
    served = session.get(ServedModel, model_id)
    template = served.settings.get("chat_template") if served else None
    if not template or template_name(template) != name:
        return None
    try:
        return as_text(messages, template=template_of(template))
    except InferenceError:
        # It could not write them then, either.
        return None


def _name(target: Target, rules: MemoryRules) -> str | None:
    template = target.settings.get("chat_template")
    if template:
        return template_name(template)
    is_text = False
    if target.provider == "model_service":
        is_text = target.settings.get("chat_by_query", rules.chat_by_query)
    if target.provider == "sagemaker":
        # A route that is not allowed any more is refused when it is taken.
        with suppress(Invalid):
            is_text = settings_of(target.settings).writes_text
    return PLAIN if is_text else None
