"""Who may do what: roles, the permissions they carry, and the principal that has them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The three roles; every validator is a user, every admin is both."""

    USER = "user"
    VALIDATOR = "validator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route demands; API keys carry these as their scopes."""

    INTERACTIONS_READ = "interactions:read"
    INTERACTIONS_WRITE = "interactions:write"
    INTERACTIONS_READ_ALL = "interactions:read_all"
    INTERACTIONS_IMPORT_ALL = "interactions:import_all"
    FEEDBACK_READ = "feedback:read"
    FEEDBACK_WRITE = "feedback:write"
    FEEDBACK_READ_ALL = "feedback:read_all"
    FEEDBACK_IMPORT_ALL = "feedback:import_all"
    DIMENSIONS_READ = "dimensions:read"
    DIMENSIONS_WRITE = "dimensions:write"
    VALIDATION_READ = "validation:read"
    VALIDATION_WRITE = "validation:write"
    VALIDATION_DECIDE = "validation:decide"
    VALIDATION_POLICIES_READ = "validation:policies_read"
    VALIDATION_POLICIES = "validation:policies"
    VALIDATION_GOLD = "validation:gold"
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    INSIGHTS_READ = "insights:read"
    DATASET_READ = "dataset:read"
    DATASET_WRITE = "dataset:write"
    PROGRESS_READ = "progress:read"
    EVENTS_READ = "events:read"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    JOBS_READ = "jobs:read"
    JOBS_READ_ALL = "jobs:read_all"
    JOBS_WRITE = "jobs:write"
    PRIVACY_POLICIES = "privacy:policies"
    PERSONAL_DATA_READ = "personal_data:read"
    PERSONAL_DATA_READ_ALL = "personal_data:read_all"
    PERSONAL_DATA_ERASE = "personal_data:erase"
    PERSONAL_DATA_ERASE_ALL = "personal_data:erase_all"


_USER = frozenset(
    {
        Permission.INTERACTIONS_READ,
        Permission.INTERACTIONS_WRITE,
        Permission.FEEDBACK_READ,
        Permission.FEEDBACK_WRITE,
        Permission.DIMENSIONS_READ,
        Permission.VALIDATION_POLICIES_READ,
        Permission.MODELS_READ,
        Permission.PROGRESS_READ,
        Permission.JOBS_READ,
        Permission.PERSONAL_DATA_READ,
        Permission.PERSONAL_DATA_ERASE,
    }
)
_VALIDATOR = _USER | {
    Permission.INTERACTIONS_READ_ALL,
    Permission.FEEDBACK_READ_ALL,
    Permission.VALIDATION_READ,
    Permission.VALIDATION_WRITE,
    Permission.INSIGHTS_READ,
    Permission.DATASET_READ,
}
_ALL = frozenset(Permission)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.USER: _USER,
    Role.VALIDATOR: _VALIDATOR,
    Role.ADMIN: _ALL,
}
# Whoever says how feedback is validated may read it, as before others could.
_IMPLIED = {Permission.VALIDATION_POLICIES: Permission.VALIDATION_POLICIES_READ}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is acting; passed explicitly to every use case."""

    id: str
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[Permission] = field(default_factory=frozenset)

    def can(self, permission: Permission) -> bool:
        """Say whether this principal holds ``permission``."""
        return permission in self.permissions


def principal_of(*, subject: str, roles: Iterable[str], extra: Iterable[str] = ()) -> Principal:
    """Return the principal with every permission of its known roles and the extra ones.

    Unknown role and permission names give nothing: a new word never widens a right.
    """
    known = frozenset(Role(role) for role in roles if role in frozenset(Role))
    granted = frozenset(Permission(name) for name in extra if name in _ALL)
    for role in known:
        granted |= ROLE_PERMISSIONS[role]
    granted |= {_IMPLIED[one] for one in granted & _IMPLIED.keys()}
    return Principal(id=subject, roles=known, permissions=granted)
