"""Model ids contain slashes; trailing slashes are stripped before anything is routed."""

import json

import pytest

from tests.model_side import MODEL
from tests.world import created, problem

ENCODED = MODEL.replace("/", "%2F")
ROUTES = {
    "entries": "/dataset/model/{}",
    "export": "/dataset/model/{}/export",
    "dimensions": "/dimensions/model/{}",
}


@pytest.fixture
def entry(alice, vera):
    return vera.verdict(alice.feedback()["id"])["dataset_entry_id"]


@pytest.mark.parametrize("model_id", [MODEL, ENCODED, ENCODED.lower(), MODEL + "/", ENCODED + "/"])
def test_plain_or_encoded_a_model_id_is_the_same(vera, adam, entry, model_id):
    created(adam.post("/dimensions", {"name": "tone", "model_id": MODEL}))
    items = vera.read(f"/dataset/model/{model_id}")["items"]
    assert [item["id"] for item in items] == [entry]
    names = [item["name"] for item in vera.read(f"/dimensions/model/{model_id}")["items"]]
    assert names[-1] == "tone"


@pytest.mark.parametrize("model_id", [MODEL, ENCODED])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_export_finds_its_model_either_way(vera, entry, model_id, slash):
    exported = vera.get(f"/dataset/model/{model_id}/export{slash}?format=json")
    assert [item["id"] for item in json.loads(exported.data)] == [entry]


@pytest.mark.parametrize("model_id", ["gpt2", "a/b/c/d", "a b/c", "ünï/cödé", "100%25", "a%3Fb"])
def test_other_names_are_model_ids_too(alice, model_id):
    assert alice.get(f"/dimensions/model/{model_id}").status_code == 200


@pytest.mark.parametrize("path", ROUTES.values(), ids=ROUTES.keys())
@pytest.mark.parametrize(
    "model_id",
    ["a//b", "a%2F%2Fb", "a/%20/b", "a/%09", "x" * 256, "a%00b", "a%0A", "%0Aa/b", "/a", "%2Fa"],
)
def test_a_model_id_that_can_be_none_is_refused(vera, path, model_id):
    answer = vera.get(path.format(model_id))
    assert problem(answer, 422, "invalid")["errors"].keys() == {"model_id"}


@pytest.mark.parametrize("word", ["export", "versions"])
def test_a_model_id_does_not_end_in_a_word_of_ours(vera, word):
    problem(vera.get(f"/dimensions/model/acme/{word}"), 422, "invalid")
    problem(vera.get(f"/dataset/model/acme/{word}/export"), 422, "invalid")


@pytest.mark.parametrize("word", ["export", "versions"])
def test_a_word_of_ours_may_stand_elsewhere(alice, word):
    assert alice.get(f"/dimensions/model/{word}/model").status_code == 200


def test_with_and_without_a_trailing_slash_it_is_the_same_resource(alice):
    made = created(alice.post("/interactions/", {"model_id": MODEL}))
    path = f"/interactions/{made['id']}"
    assert alice.read(f"{path}/") == alice.read(path) == alice.read(f"{path}///")
    assert alice.read("/interactions/") == alice.read("/interactions")
    assert alice.put(f"{path}/", {"title": "x"}).status_code == 200
    assert alice.get("/health/").status_code == 200


def test_the_root_has_any_number_of_slashes(alice):
    assert alice.get("//").json == alice.get("/").json
