"""Consent: what people agreed to, under which policy, and that exports heed it at once."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.model_side import MODEL


@pytest.fixture
def policy(app, monkeypatch):
    """Let another policy be in force from now on."""

    def choose(version):
        settings = replace(app.extensions["settings"], consent_policy_version=version)
        monkeypatch.setitem(app.extensions, "settings", settings)

    return choose


def told(adam, word):
    return adam.read("/events", type=f"consent.{word}")["items"]


def test_consent_is_kept_with_the_policy_it_was_given_under(alice, policy):
    policy("2026-11")
    made = alice.interaction()
    assert (made["training_consent"], made["consent_policy"]) == (True, "2026-11")
    assert datetime.fromisoformat(made["consent_at"]) <= datetime.fromisoformat(made["created_at"])


def test_taking_it_back_is_written_down_with_what_was_before(alice, adam, policy):
    made = alice.interaction()
    path = f"/interactions/{made['id']}"
    policy("2")
    changed = alice.put(path, {"training_consent": False}).json
    assert (changed["training_consent"], changed["consent_policy"]) == (False, "2")
    assert (changed["version"], changed["updated_at"]) != (made["version"], made["updated_at"])
    (event,) = told(adam, "withdrawn")
    assert (event["subject"], event["actor"]) == (f"interaction:{made['id']}", "alice")
    assert (event["data"]["training_consent"], event["data"]["consent_policy"]) == (False, "2")
    before = event["data"]["before"]
    assert (before["training_consent"], before["consent_policy"]) == (True, "1")
    assert datetime.fromisoformat(before["consent_at"]) == datetime.fromisoformat(
        made["consent_at"]
    )


def test_it_is_given_once_more_under_a_new_policy(alice, adam, policy):
    path = f"/interactions/{alice.interaction()['id']}"
    assert alice.put(path, {"training_consent": True}).json["version"] == 1
    policy("2")
    changed = alice.put(path, {"training_consent": True}).json
    assert (changed["consent_policy"], changed["version"]) == ("2", 2)
    assert len(told(adam, "given")) == 1


def exported(vera):
    path = f"/dataset/model/{MODEL}"
    rows = vera.get(f"{path}/export", query_string={"format": "json"}).json
    assert [row["id"] for row in vera.read(path)["items"]] == [row["id"] for row in rows]
    return [row["id"] for row in rows]


def test_entries_leave_the_exports_with_the_consent_and_come_back_with_it(alice, bob, vera):
    entries = {}
    for person in (alice, bob):
        exchange = person.exchange()
        given = person.feedback(exchange["response"]["id"])
        entry = vera.verdict(given["id"])["dataset_entry_id"]
        entries[person.name] = (exchange["prompt"]["interaction_id"], entry)
    own, entry = entries["alice"]
    assert set(exported(vera)) == {entry, entries["bob"][1]}
    assert alice.put(f"/interactions/{own}", {"training_consent": False}).status_code == 200
    assert exported(vera) == [entries["bob"][1]]
    assert alice.put(f"/interactions/{own}", {"training_consent": True}).status_code == 200
    assert set(exported(vera)) == {entry, entries["bob"][1]}


def test_conversations_by_openais_door_have_it_too(alice):
    said = {"model": MODEL, "messages": [{"role": "user", "content": "Hello?"}]}
    answer = alice.post("/v1/chat/completions", said).json
    made = alice.read(f"/interactions/{answer['interaction_id']}")
    assert (made["training_consent"], made["consent_policy"]) == (True, "1")
    assert made["consent_at"]


def test_what_was_agreed_elsewhere_names_no_policy_of_ours(alice):
    lines = b'{"messages":[{"role":"user","content":"Hello?"}],"training_consent":true}\n'
    headers = {**alice.headers, "Content-Type": "application/jsonl"}
    taken = alice.client.post(
        "/interactions/import", query_string={"model_id": MODEL}, data=lines, headers=headers
    )
    assert taken.status_code in {200, 201}
    (made,) = alice.read("/interactions")["items"]
    assert (made["training_consent"], made["consent_policy"]) == (True, None)
