"""flask api-key: keys of other services, made, listed and revoked."""

import pytest

from app.db import transaction
from app.models import ApiKey


def use(client, key):
    return client.get("/events", headers={"X-API-Key": key}).status_code


def test_a_key_is_shown_once_and_opens_its_scope(client, flask):
    made = flask("api-key", "create", "reader", "--scope", "events:read")
    assert made.exit_code == 0
    (key,) = made.stdout.splitlines()
    assert use(client, key) == 200
    listed = flask("api-key", "list").stdout
    assert listed == "reader\tactive\tevents:read\n"
    assert key not in listed


def test_keys_are_listed_by_name_with_scopes_and_state(flask):
    for name in ("zoe", "amy"):
        flask("api-key", "create", name, "--scope", "jobs:read", "--scope", "dataset:read")
    flask("api-key", "revoke", "zoe")
    first, second = flask("api-key", "list").stdout.splitlines()
    assert first == "amy\tactive\tdataset:read jobs:read"
    name, state, _ = second.split("\t")
    assert name == "zoe"
    assert state.startswith("revoked 20")


def test_without_keys_the_list_is_empty(flask):
    listed = flask("api-key", "list")
    assert (listed.exit_code, listed.stdout) == (0, "")


def test_a_revoked_key_opens_nothing(client, flask):
    key = flask("api-key", "create", "reader", "--scope", "events:read").stdout.strip()
    revoked = flask("api-key", "revoke", "reader")
    assert (revoked.exit_code, revoked.stdout) == (0, "revoked reader\n")
    assert use(client, key) == 401
    assert flask("api-key", "revoke", "reader").exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("create", "x", "--scope", "everything"), "found everything"),
        (("create", "taken", "--scope", "events:read"), "named 'taken' already"),
        (("revoke", "nobody"), "no API key named 'nobody'"),
    ],
)
def test_what_cannot_be_ends_with_one_line(app, flask, words, message):
    flask("api-key", "create", "taken", "--scope", "events:read")
    refused = flask("api-key", *words)
    assert refused.exit_code == 1
    (line,) = refused.output.splitlines()
    assert line.startswith("Error: ")
    assert message in line
    with app.app_context(), transaction() as session:
        assert session.query(ApiKey).count() == 1


def test_a_key_without_a_scope_is_not_made(flask):
    assert flask("api-key", "create", "x").exit_code == 2


def test_a_database_that_does_not_answer_ends_it_with_one_line(flask_with):
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    for words in (("list",), ("revoke", "x"), ("create", "x", "--scope", "events:read")):
        refused = flask_with("api-key", *words, database_url=nowhere)
        assert refused.exit_code == 1
        assert refused.output == (
            "Error: the database does not answer, or is not migrated (flask db upgrade)\n"
        )
