"""flask setup-initial-data: what a new installation starts with, any number of times."""

from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.world import created

FIVE = "accuracy, helpfulness, relevance, clarity, completeness"


def names(person):
    return [item["name"] for item in person.read(f"/dimensions/model/{MODEL}")["items"]]


def test_it_makes_what_is_not_there_and_nothing_twice(app, alice, flask):
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM dimension_versions"))
        session.execute(text("DELETE FROM dimensions"))
    assert names(alice) == []
    first, second = (flask("setup-initial-data") for _ in range(2))
    assert (first.exit_code, first.stdout) == (0, f"dimensions made: {FIVE}\n")
    assert (second.exit_code, second.stdout) == (0, "dimensions made: none, all were there\n")
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
    assert flask("setup-initial-data").stdout == "dimensions made: clarity\n"
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
