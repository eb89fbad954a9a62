"""What the Model Service serves is found out, in either variant's words, as far as it tells."""

import pytest

from app.clients.inference.base import InferenceError
from app.clients.inference.catalogue import ListedModel, models_of

A = {"endpoints": [{"endpointName": "one", "status": "InService"}]}
B = {"status": "success", "endpoints": [{"EndpointName": "one", "EndpointStatus": "InService"}]}


def ask(**bodies):
    def answer(path):
        body = bodies[path.strip("/").replace("config/", "")]
        if isinstance(body, InferenceError):
            raise body
        return body

    return answer


def listed(*states):
    names = ["one", "two", "three", "four"]
    return {
        "endpoints": [
            {"EndpointName": name, "EndpointStatus": state}
            for name, state in zip(names, states, strict=False)
        ]
    }


def config(*ids, **more):
    return {"deployment": {}, "models": [{"id": one, "task": "x", **more} for one in ids]}


@pytest.mark.parametrize("endpoints", [A, B], ids=["a", "b"])
def test_models_have_their_true_ids(endpoints):
    found = models_of(ask(endpoints=endpoints, one=config("google-bert/bert_base")))
    assert found == [ListedModel("google-bert/bert_base", None)]


@pytest.mark.parametrize("name", ["context_tokens", "context_length", "max_model_len", "n_ctx"])
def test_the_length_of_a_context_is_known_where_it_is_told(name):
    found = models_of(ask(endpoints=B, one=config("a/b", **{name: 2048})))
    assert found == [ListedModel("a/b", 2048)]


@pytest.mark.parametrize("length", ["2048", True, 0, -1, None, 1.5])
def test_what_is_no_length_is_none(length):
    assert models_of(ask(endpoints=B, one=config("a/b", n_ctx=length)))[0].context_tokens is None


def test_models_that_are_coming_are_listed_and_those_that_went_are_not():
    endpoints = listed("InService", "Creating", "Failed", "Deleting")
    found = models_of(ask(endpoints=endpoints, one=config("a/1"), two=config("a/2")))
    assert [model.model_id for model in found] == ["a/1", "a/2"]


def test_a_model_with_two_endpoints_is_listed_once():
    endpoints = listed("InService", "InService")
    found = models_of(ask(endpoints=endpoints, one=config("a/1"), two=config("a/1", "a/2")))
    assert [model.model_id for model in found] == ["a/1", "a/2"]


@pytest.mark.parametrize(
    "body",
    [
        InferenceError("model_failed", "no"),
        [],
        {},
        {"models": "none"},
        {"models": ["a/b", {"id": 5}]},
    ],
)
def test_an_endpoint_that_does_not_tell_is_left_out(body):
    found = models_of(ask(endpoints=listed("InService", "InService"), one=body, two=config("a/2")))
    assert [model.model_id for model in found] == ["a/2"]


def test_a_name_that_leaves_its_path_is_left_out():
    endpoints = {"endpoints": [{"endpointName": "..", "status": "InService"}]}
    assert models_of(ask(endpoints=endpoints)) == []


def test_no_list_is_a_failure():
    with pytest.raises(InferenceError):
        models_of(ask(endpoints={"error": "no"}))
