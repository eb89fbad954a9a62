"""Roles carry permissions, and no unknown word widens a right."""

import pytest

from app.domain.access import ROLE_PERMISSIONS, Permission, Principal, Role, principal_of

ADMIN_ONLY = {
    Permission.INTERACTIONS_IMPORT_ALL,
    Permission.DATASET_WRITE,
    Permission.FEEDBACK_IMPORT_ALL,
    Permission.DIMENSIONS_WRITE,
    Permission.MODELS_WRITE,
    Permission.EVENTS_READ,
    Permission.JOBS_READ_ALL,
    Permission.JOBS_WRITE,
    Permission.VALIDATION_POLICIES,
    Permission.VALIDATION_DECIDE,
    Permission.VALIDATION_GOLD,
    Permission.PRIVACY_POLICIES,
    Permission.PERSONAL_DATA_READ_ALL,
    Permission.PERSONAL_DATA_ERASE_ALL,
    Permission.PEOPLE_READ,
    Permission.PEOPLE_WRITE,
}
VALIDATOR_TOO = {
    Permission.INTERACTIONS_READ_ALL,
    Permission.FEEDBACK_READ_ALL,
    Permission.VALIDATION_READ,
    Permission.VALIDATION_WRITE,
    Permission.INSIGHTS_READ,
    Permission.DATASET_READ,
}


def test_roles_and_permissions_have_the_words_that_tokens_and_scopes_carry():
    assert {role.value for role in Role} == {"user", "validator", "admin"}
    nouns = {
        "interactions": {"read", "write", "read_all", "import_all"},
        "feedback": {"read", "write", "read_all", "import_all"},
        "dimensions": {"read", "write"},
        "validation": {"read", "write", "policies_read", "policies", "decide", "gold"},
        "models": {"read", "write"},
        "insights": {"read"},
        "dataset": {"read", "write"},
        "progress": {"read"},
        "events": {"read"},
        "jobs": {"read", "read_all", "write"},
        "privacy": {"policies"},
        "personal_data": {"read", "read_all", "erase", "erase_all"},
        "people": {"read", "write"},
    }
    words = {f"{noun}:{verb}" for noun, verbs in nouns.items() for verb in verbs}
    assert words <= {permission.value for permission in Permission}


def test_every_validator_is_a_user_and_every_admin_is_both():
    user, validator, admin = (ROLE_PERMISSIONS[role] for role in Role)
    assert user < validator < admin


def test_an_admin_may_do_everything():
    assert ROLE_PERMISSIONS[Role.ADMIN] == set(Permission)


def test_a_validator_may_read_all_and_judge_but_not_administrate():
    assert ROLE_PERMISSIONS[Role.VALIDATOR] == set(Permission) - ADMIN_ONLY


def test_a_user_may_neither_judge_nor_see_what_is_of_others():
    assert ROLE_PERMISSIONS[Role.USER] == set(Permission) - ADMIN_ONLY - VALIDATOR_TOO


def test_a_principal_has_the_permissions_of_all_its_roles():
    principal = principal_of(subject="kim", roles=["user", "validator"])
    assert principal.id == "kim"
    assert principal.roles == {Role.USER, Role.VALIDATOR}
    assert principal.permissions == ROLE_PERMISSIONS[Role.VALIDATOR]


def test_extra_permissions_add_to_those_of_the_roles():
    principal = principal_of(subject="kim", roles=["user"], extra=["dataset:read"])
    assert principal.permissions == ROLE_PERMISSIONS[Role.USER] | {Permission.DATASET_READ}


def test_whoever_sets_the_policies_may_read_them():
    principal = principal_of(subject="bot", roles=[], extra=["validation:policies"])
    assert principal.can(Permission.VALIDATION_POLICIES_READ)


@pytest.mark.parametrize("word", ["root", "Admin", "ADMIN", "superuser", "", "dataset:read"])
def test_an_unknown_role_gives_nothing(word):
    principal = principal_of(subject="kim", roles=[word])
    assert (principal.roles, principal.permissions) == (frozenset(), frozenset())


@pytest.mark.parametrize("word", ["*", "dataset:*", "dataset", "admin", "", "Dataset:Read"])
def test_an_unknown_permission_gives_nothing(word):
    principal = principal_of(subject="kim", roles=[], extra=[word])
    assert principal.permissions == frozenset()


def test_a_principal_can_what_it_holds_and_nothing_else():
    principal = principal_of(subject="bot", roles=[], extra=["events:read"])
    assert [one for one in Permission if principal.can(one)] == [Permission.EVENTS_READ]


def test_a_principal_without_anything_can_nothing():
    assert not any(Principal("nobody").can(one) for one in Permission)


def test_a_principal_cannot_be_changed_once_it_is_made():
    principal = principal_of(subject="kim", roles=["user"])
    with pytest.raises(AttributeError):
        principal.permissions = frozenset(Permission)
