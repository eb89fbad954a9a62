"""Nobody forgets a place: every table and column has a rule for when somebody is erased."""

import pytest
from sqlalchemy import ARRAY, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB

import app.models
from app.db import Base
from app.models.event import TransactionId
from app.services.erasure.fates import CONVERSATION, FEEDBACK, VERDICT, Keep, Person, Turn
from app.services.erasure.rules import RULES

# What can hold words, or the id of a person.
TELLING = (ARRAY, JSONB, LargeBinary, String, TransactionId)
TABLES = Base.metadata.tables


def test_every_table_has_a_rule():
    assert app.models
    missing = set(TABLES) - set(RULES)
    assert missing == set(), "say in app/services/erasure/rules.py what becomes of their rows"
    assert set(RULES) - set(TABLES) == set()


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_column_that_can_hold_a_text_or_a_person_has_a_fate(name):
    rule = RULES[name]
    if rule.nobodys or (rule.vanishes and not rule.columns):
        return
    telling = {column.name for column in TABLES[name].columns if isinstance(column.type, TELLING)}
    assert telling - set(rule.columns) == set(), "a fate each, in app/services/erasure/rules.py"
    assert set(rule.columns) <= set(TABLES[name].columns.keys())


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_is_one_that_can_be_followed(name):
    rule = RULES[name]
    assert set(rule.reach) <= {CONVERSATION, FEEDBACK, VERDICT}
    for column, fate in rule.columns.items():
        if isinstance(fate, Keep):
            assert fate.why
        if isinstance(fate, Turn):
            assert rule.reach or any(
                isinstance(other, Person) and other.owns for other in rule.columns.values()
            ), f"nothing leads to {column}"
        if isinstance(fate, Person) and fate.root:
            assert fate.root in rule.reach


@pytest.mark.parametrize("name", sorted(RULES))
def test_whatever_is_called_after_a_person_gives_way_to_a_pseudonym(name):
    people = {"user_id", "owner_id", "author_id", "validator_id", "actor", "caller", "importer"}
    rule = RULES[name]
    if rule.nobodys:
        return
    named = people & set(TABLES[name].columns.keys())
    kept = {column for column in named if not isinstance(rule.columns[column], Person)}
    assert kept <= ({"validator_id"} if name == "validations" else set())
