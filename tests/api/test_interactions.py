"""Interactions: starting, finding, changing and forgetting conversations."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.model_side import MODEL
from tests.world import created, problem

FIELDS = {
    "id",
    "user_id",
    "model_id",
    "model_version",
    "title",
    "status",
    "system_prompt",
    "settings",
    "metadata",
    "training_consent",
    "consent_policy",
    "consent_at",
    "version",
    "created_at",
    "updated_at",
    "ended_at",
}
SOMETHING = {
    "model_version": "1.0",
    "title": "About machines",
    "system_prompt": "Answer briefly.",
    "settings": {"theme": {"dark": True}, "n": [1, 2.5, None]},
    "metadata": {"project": "π"},
    "training_consent": False,
}


def test_a_model_id_is_enough_to_start_one(alice):
    made = alice.interaction()
    assert made.keys() == FIELDS
    assert UUID(made["id"]).version == 7
    assert {
        name: made[name] for name in FIELDS - {"id", "created_at", "updated_at", "consent_at"}
    } == {
        "user_id": "alice",
        "model_id": MODEL,
        "model_version": None,
        "title": None,
        "status": "active",
        "system_prompt": None,
        "settings": {},
        "metadata": {},
        "training_consent": True,
        "consent_policy": "1",
        "version": 1,
        "ended_at": None,
    }
    assert made["created_at"] == made["updated_at"]


def test_what_is_said_at_the_start_is_kept_as_it_was_said(alice):
    made = alice.interaction(**SOMETHING)
    assert {name: made[name] for name in SOMETHING} == SOMETHING
    kept = alice.read(f"/interactions/{made['id']}")
    assert kept == {**made, "message_count": 0}


def test_the_founding_documents_body_starts_one(alice):
    body = {"model_id": "google-bert/bert-base-uncased", "model_version": "1.0"}
    made = created(alice.post("/interactions", body))
    assert (made["model_id"], made["model_version"]) == tuple(body.values())


def test_the_model_side_is_not_asked(alice, model_side):
    assert alice.interaction(model_id="nobody/serves-this")["status"] == "active"
    assert model_side.calls == []


def test_older_clients_give_the_system_prompt_as_role_and_prompt(alice):
    made = alice.interaction(role="System", prompt="You are a pirate.")
    assert made["system_prompt"] == "You are a pirate."
    assert made.keys() == FIELDS


def test_the_newer_name_wins_over_the_older_one(alice):
    made = alice.interaction(prompt="older", system_prompt="newer")
    assert made["system_prompt"] == "newer"


def test_optional_texts_may_be_null(alice):
    made = alice.interaction(title=None, system_prompt=None, model_version=None, prompt=None)
    assert (made["title"], made["system_prompt"], made["model_version"]) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model_id": ...}, "model_id"),
        ({"model_id": None}, "model_id"),
        ({"model_id": ""}, "model_id"),
        ({"model_id": 5}, "model_id"),
        ({"model_id": "acme//x"}, "model_id"),
        ({"model_id": "acme/export"}, "model_id"),
        ({"model_id": "acme/versions"}, "model_id"),
        ({"model_id": "x" * 256}, "model_id"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"model_version": "x" * 101}, "model_version"),
        ({"training_consent": "true"}, "training_consent"),
        ({"training_consent": 1}, "training_consent"),
        ({"training_consent": None}, "training_consent"),
        ({"settings": []}, "settings"),
        ({"settings": "{}"}, "settings"),
        ({"metadata": {"x": "y" * 65_536}}, "metadata"),
        ({"metadata": {"x\x00": 1}}, "metadata"),
        ({"metadata": {"x": ["y\x00"]}}, "metadata.x.0"),
        ({"metadata": {"x": {"constructor": 1}}}, "metadata.x"),
        ({"status": "completed"}, "status"),
        ({"user_id": "bob"}, "user_id"),
        ({"id": str(uuid4())}, "id"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(alice, change, field):
    body = {
        name: value for name, value in {"model_id": MODEL, **change}.items() if value is not ...
    }
    assert problem(alice.post("/interactions", body), 422, "invalid")["errors"].keys() == {field}
    assert alice.read("/interactions")["items"] == []


def test_a_free_object_is_bounded_in_depth(alice):
    deep = {}
    for _ in range(31):
        deep = {"x": deep}
    assert alice.interaction(metadata=deep)["metadata"] == deep
    refused = problem(
        alice.post("/interactions", {"model_id": MODEL, "metadata": {"x": deep}}), 422
    )
    assert refused["errors"] == {"metadata": ["expected at most 32 levels"]}


def test_the_list_holds_ones_own_newest_first(alice, bob):
    first, second = alice.interaction(), alice.interaction()
    bob.interaction()
    page = alice.read("/interactions")
    assert [item["id"] for item in page["items"]] == [second["id"], first["id"]]
    assert page["items"][0] == second
    assert page["next_cursor"] is None


def test_even_an_admin_lists_only_own_ones(alice, adam):
    alice.interaction()
    assert adam.read("/interactions")["items"] == []


def test_the_list_can_be_cut_by_status_and_model(alice):
    one = alice.interaction(model_id="acme/one")
    done = alice.interaction(model_id="acme/one")
    alice.put(f"/interactions/{done['id']}", {"status": "completed"})
    other = alice.interaction(model_id="acme/other")

    def ids(**query):
        return [item["id"] for item in alice.read("/interactions", **query)["items"]]

    assert ids(model_id="acme/one") == [done["id"], one["id"]]
    assert ids(status="active") == [other["id"], one["id"]]
    assert ids(status="completed", model_id="acme/one") == [done["id"]]
    assert ids(status="abandoned") == []
    assert ids(model_id="acme") == []


@pytest.mark.parametrize(
    "query", [{"status": "open"}, {"model_id": "a//b"}, {"user_id": "bob"}, {"offset": "1"}]
)
def test_a_query_that_is_not_known_is_refused(alice, query):
    (name,) = query
    answer = alice.get("/interactions", query_string=query)
    assert problem(answer, 422)["errors"].keys() == {name}


def test_the_owner_validators_and_admins_see_one(alice, vera, adam):
    made = alice.interaction()
    path = f"/interactions/{made['id']}"
    assert alice.read(path) == vera.read(path) == adam.read(path) == {**made, "message_count": 0}


def test_for_others_it_does_not_exist(alice, bob):
    others = f"/interactions/{alice.interaction()['id']}"
    absent = f"/interactions/{uuid4()}"
    assert problem(bob.get(others), 404, "not_found")["title"] == "Not Found"
    assert problem(bob.get(absent), 404, "not_found")["title"] == "Not Found"
    assert problem(bob.put(others, {"title": "mine"}), 404)
    assert problem(bob.delete(f"{others}/memory"), 404)


def test_an_id_that_is_no_uuid_is_not_found(alice):
    assert problem(alice.get("/interactions/1"), 404)


def test_messages_are_counted_as_the_history_shows_them(alice):
    path = f"/interactions/{alice.interaction()['id']}"
    created(alice.post(f"{path}/prompts", {"content": "one"}))
    created(alice.post(f"{path}/chat", {"message": "two"}))
    assert alice.read(path)["message_count"] == 4
    assert len(alice.read(f"{path}/history")["messages"]) == 4


@pytest.mark.parametrize("status", ["completed", "abandoned"])
def test_ending_one_says_when(alice, status):
    made = alice.interaction()
    answer = alice.put(f"/interactions/{made['id']}", {"status": status})
    assert answer.status_code == 200
    ended = answer.json
    assert ended["status"] == status
    assert ended["ended_at"] == ended["updated_at"] > made["created_at"]
    assert ended["version"] == 2
    assert ended["message_count"] == 0
    assert alice.read(f"/interactions/{made['id']}") == ended


def test_however_much_is_changed_at_once_the_version_goes_up_by_one(alice):
    made = alice.interaction()
    body = {"status": "completed", "title": "Done", "metadata": {"a": 1}}
    assert alice.put(f"/interactions/{made['id']}", body).json["version"] == 2


@pytest.mark.parametrize("final", ["completed", "abandoned"])
@pytest.mark.parametrize("wanted", ["active", "completed", "abandoned"])
def test_there_is_no_way_back(alice, final, wanted):
    path = f"/interactions/{alice.interaction()['id']}"
    alice.put(path, {"status": final})
    answer = alice.put(path, {"status": wanted, "title": "changed"})
    if wanted == final:
        assert answer.json["status"] == final
        return
    assert final in problem(answer, 409, "interaction_ended")["detail"]
    assert alice.read(path)["title"] is None


def test_to_say_again_what_is_so_changes_nothing(alice):
    made = alice.interaction(title="same")
    path = f"/interactions/{made['id']}"
    answer = alice.put(path, {"status": "active", "title": "same"})
    assert answer.json == {**made, "message_count": 0}
    assert alice.put(path, {}).json == answer.json


def test_everything_one_said_at_the_start_can_be_changed(alice):
    path = f"/interactions/{alice.interaction()['id']}"
    changes = {name: value for name, value in SOMETHING.items() if name != "model_version"}
    changed = alice.put(path, changes).json
    assert {name: changed[name] for name in changes} == changes
    assert changed["version"] == 2
    assert changed["ended_at"] is None
    assert alice.read(path) == changed


def test_a_title_can_be_taken_away_and_what_is_absent_stays(alice):
    made = alice.interaction(title="old", system_prompt="Be kind.")
    changed = alice.put(f"/interactions/{made['id']}", {"title": None}).json
    assert (changed["title"], changed["system_prompt"]) == (None, "Be kind.")


@pytest.mark.parametrize(
    "body", [{"status": "ended"}, {"model_id": "a/b"}, {"status": None}, {"settings": None}]
)
def test_a_change_that_does_not_fit_is_refused(alice, body):
    path = f"/interactions/{alice.interaction()['id']}"
    assert problem(alice.put(path, body), 422)["errors"].keys() == body.keys()


def test_only_the_owner_changes_one(alice, adam, vera):
    path = f"/interactions/{alice.interaction()['id']}"
    for person in (adam, vera):
        problem(person.put(path, {"status": "abandoned"}), 403, "not_owner")
        problem(person.delete(f"{path}/memory"), 403, "not_owner")
        problem(person.put(f"/interactions/{uuid4()}", {"status": "abandoned"}), 404)


def test_forgetting_keeps_the_record(alice):
    exchange = alice.exchange("Remember me")
    path = f"/interactions/{exchange['prompt']['interaction_id']}"
    before = alice.read(f"{path}/history")
    answer = alice.delete(f"{path}/memory")
    assert (answer.status_code, answer.data) == (204, b"")
    assert alice.read(f"{path}/history") == before
    assert len(before["messages"]) == 2


def test_consent_that_is_not_given_is_what_the_installation_says(app, config, alice, monkeypatch):
    declined = replace(config, training_consent_default=False)
    monkeypatch.setitem(app.extensions, "settings", declined)
    assert alice.interaction()["training_consent"] is False
    assert alice.interaction(training_consent=True)["training_consent"] is True
