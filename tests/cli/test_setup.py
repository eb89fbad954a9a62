"""flask setup-initial-data: what a new installation starts with, any number of times."""

from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.world import created

FIVE = "accuracy, helpfulness, relevance, clarity, completeness"


def names(person):
    return [item["name"] for item in person.read(f"/dimensions/model/{MODEL}")["items"]]


def lines(result):
    return result.stdout.splitlines()


def test_it_makes_what_is_not_there_and_nothing_twice(app, alice, flask):
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM dimension_versions"))
        session.execute(text("DELETE FROM dimensions"))
    assert names(alice) == []
    first, second = (flask("setup-initial-data") for _ in range(2))
    assert (first.exit_code, lines(first)[0]) == (0, f"dimensions made: {FIVE}")
    assert (second.exit_code, lines(second)[0]) == (0, "dimensions made: none, all were there")
    assert names(alice) == FIVE.split(", ")


def test_it_makes_the_one_that_is_missing(app, alice, flask):
    with app.app_context(), transaction() as session:
        session.execute(
            text(
                "DELETE FROM dimension_versions WHERE dimension_id IN"
                " (SELECT id FROM dimensions WHERE name = 'clarity')"
            )
        )
        session.execute(text("DELETE FROM dimensions WHERE name = 'clarity'"))
    assert lines(flask("setup-initial-data"))[0] == "dimensions made: clarity"
    assert names(alice) == FIVE.split(", ")


def test_it_leaves_what_people_have_changed(alice, adam, flask):
    item = alice.read(f"/dimensions/model/{MODEL}")["items"][0]
    adam.put(f"/dimensions/{item['id']}", {"scale": {"type": "boolean"}})
    created(adam.post("/dimensions", {"name": "tone"}))
    before = alice.read(f"/dimensions/model/{MODEL}")
    flask("setup-initial-data")
    assert alice.read(f"/dimensions/model/{MODEL}") == before


def test_a_database_that_does_not_answer_ends_it_with_one_line(flask_with):
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    refused = flask_with("setup-initial-data", database_url=nowhere)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: the database does not answer")
    assert len(refused.output.splitlines()) == 1


def test_it_lists_what_the_model_service_serves_once(alice, flask, model_side):
    model_side.models["acme/other-2"] = "acme--other-2-0a1b2c3d-202611210900"
    told = [lines(flask("setup-initial-data"))[1] for _ in range(2)]
    assert told == [f"models made: {MODEL}, acme/other-2", "models made: none, all were there"]
    items = alice.read("/models")["items"]
    assert [(item["model_id"], item["provider"], item["version"]) for item in items] == [
        (MODEL, "model_service", 1),
        ("acme/other-2", "model_service", 1),
    ]


def test_it_leaves_the_route_that_an_admin_wrote(adam, flask):
    created(
        adam.post(
            "/models",
            {"model_id": MODEL, "provider": "openai", "settings": {"url": "http://far"}},
        )
    )
    before = adam.read(f"/models/{MODEL}")
    flask("setup-initial-data")
    assert adam.read(f"/models/{MODEL}") == before


def test_without_a_model_service_it_does_the_rest(app, alice, flask_with):
    result = flask_with("setup-initial-data", model_service_url="http://127.0.0.1:1")
    assert result.exit_code == 0
    assert lines(result)[1] == "models made: none, the Model Service did not tell which it serves"
    assert alice.read("/models")["items"] == []
