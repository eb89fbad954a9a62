"""Privacy policies: what becomes of personal data per model, and how long what is kept."""

from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.privacy import Pii, PrivacyRules
from app.models import PrivacyPolicy
from app.services import policy_rows

_RULES = tuple(PrivacyRules.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyView(PrivacyRules):
    """The rules for a model; ``said_for`` is who they were made for, None where nobody did.

    ``version`` counts what was said for the model itself; 0: nothing yet. ``reached`` says up to
    which moment each kind has been removed.
    """

    model_id: str
    said_for: str | None
    version: int
    reached: dict[str, Any] = field(default_factory=dict)


def get(session: Session, *, model_id: str) -> PrivacyView:
    """Return the rules for a model: its own, else the ones for all, else the defaults."""
    row = _in_force(session, model_id)
    reached = row.reached if row else {}
    origin = policy_rows.origin(row, model_id=model_id)
    return PrivacyView(**origin, reached=reached, **asdict(_rules(row)))


def pii_of(session: Session, *, model_id: str) -> Pii:
    """Return what becomes of a model's training rows with personal data in them."""
    return Pii(_rules(_in_force(session, model_id)).pii)


def put(
    session: Session,
    *,
    principal: Principal,
    model_id: str,
    rules: PrivacyRules,
    seen_version: int | None = None,
) -> PrivacyView:
    """Set the rules for a model; raises PreconditionFailed for another version."""
    version = policy_rows.put(
        session,
        principal=principal,
        table=PrivacyPolicy,
        model_id=model_id,
        rules=asdict(rules),
        seen_version=seen_version,
        reached={},
    )
    return PrivacyView(model_id=model_id, said_for=model_id, version=version, **asdict(rules))


def _in_force(session: Session, model_id: str) -> PrivacyPolicy | None:
    found: PrivacyPolicy | None = policy_rows.in_force(
        session, table=PrivacyPolicy, model_id=model_id
    )
    return found


def _rules(row: PrivacyPolicy | None) -> PrivacyRules:
    return PrivacyRules(**{name: getattr(row, name) for name in _RULES}) if row else PrivacyRules()
