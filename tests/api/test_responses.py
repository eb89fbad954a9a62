"""Responses: looking at one, however it ended."""

from uuid import uuid4

from tests.world import created, problem


def test_the_owner_validators_and_admins_see_one(alice, vera, adam):
    response = alice.response()
    path = f"/responses/{response['id']}"
    assert alice.read(path) == vera.read(path) == adam.read(path) == response


def test_for_others_it_does_not_exist(alice, bob):
    others = problem(bob.get(f"/responses/{alice.response()['id']}"), 404, "not_found")
    absent = problem(bob.get(f"/responses/{uuid4()}"), 404, "not_found")
    assert others.keys() == absent.keys()


def test_a_prompt_is_no_response(alice):
    problem(alice.get(f"/responses/{alice.exchange()['prompt']['id']}"), 404)


def test_what_the_model_counted_is_shown(alice):
    path = f"/interactions/{alice.interaction()['id']}/chat"
    response = created(alice.post(path, {"message": "Hello"}))["response"]
    shown = alice.read(f"/responses/{response['id']}")
    assert shown["usage"] == {"prompt_tokens": 7, "completion_tokens": 3}
    assert shown["finish_reason"] == "stop"
    assert "raw" not in shown
