"""Validation policies: how many verdicts feedback on a model needs, and how they are given."""

from dataclasses import asdict, dataclass, replace

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.access import Permission, Principal
from app.domain.priority import weights_of
from app.domain.quorum import Rules
from app.domain.states import ALL_MODELS
from app.models import ValidationPolicy
from app.services import policy_rows, reweighing

_RULES = tuple(Rules.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView(Rules):
    """The rules for a model; ``said_for`` is who they were made for, None where nobody did.

    ``version`` counts what was said for the model itself; 0: nothing yet. Who judges must not
    know how often they are held against known answers: ``tells_gold`` says who else is reading.
    """

    model_id: str
    said_for: str | None
    version: int
    tells_gold: bool = True

    @property
    def told_gold_share(self) -> float | None:
        """The share of gold, None for who must not know it."""
        return self.gold_share if self.tells_gold else None


def read(session: Session, *, principal: Principal, model_id: str) -> PolicyView:
    """Return the rules for a model as far as somebody may know them."""
    tells_gold = principal.can(Permission.VALIDATION_POLICIES)
    return replace(get(session, model_id=model_id), tells_gold=tells_gold)


def get(session: Session, *, model_id: str) -> PolicyView:
    """Return the rules for a model: its own, else the ones for all, else the defaults."""
    row = _in_force(session, model_id)
    return PolicyView(**policy_rows.origin(row, model_id=model_id), **asdict(_rules(row)))


def rules_for(session: Session, *, model_id: str) -> Rules:
    """Return the rules that a round which opens now goes by."""
    return _rules(_in_force(session, model_id))


def gold_share_of(model_id: SQLColumnExpression[str]) -> ColumnElement[float]:
    """Return the share of gold by the policy in force for the model in a column."""

    def said_for(name: SQLColumnExpression[str] | str) -> ColumnElement[float]:
        policy = select(ValidationPolicy.gold_share).where(ValidationPolicy.model_id == name)
        return policy.scalar_subquery()

    return func.coalesce(said_for(model_id), said_for(ALL_MODELS), 0.0)


def put(
    session: Session,
    *,
    principal: Principal,
    model_id: str,
    rules: Rules,
    queue: JobQueue,
    seen_version: int | None = None,
) -> PolicyView:
    """Set the rules for a model; rounds that are open keep theirs.

    Where weights change, what waits is weighed anew by a job on ``queue``. Raises
    PreconditionFailed where ``seen_version`` is not the present one.
    """
    before = get(session, model_id=model_id)
    version = policy_rows.put(
        session,
        principal=principal,
        table=ValidationPolicy,
        model_id=model_id,
        rules=asdict(rules),
        seen_version=seen_version,
    )
    if rules.priority != before.priority:
        reweighing.reweigh_later(session, queue=queue, principal=principal, model_id=model_id)
    return PolicyView(model_id=model_id, said_for=model_id, version=version, **asdict(rules))


def _in_force(session: Session, model_id: str) -> ValidationPolicy | None:
    found: ValidationPolicy | None = policy_rows.in_force(
        session, table=ValidationPolicy, model_id=model_id
    )
    return found


def _rules(row: ValidationPolicy | None) -> Rules:
    if row is None:
        return Rules()
    said = {name: getattr(row, name) for name in _RULES}
    return Rules(**{**said, "priority": asdict(weights_of(row.priority))})
