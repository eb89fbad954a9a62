"""What people get of their own data: all of it, as files that a program can read."""

import io
import json
import zipfile

from tests.crowd import fill
from tests.world import created, problem


def fetched(person, user_id="me"):
    """Return the rows of each file of the zip."""
    answer = person.get(f"/users/{user_id}/data")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {
            name: [json.loads(line) for line in archive.read(name).decode().splitlines()]
            for name in archive.namelist()
        }


def test_everything_of_theirs_is_in_it_and_nothing_of_others(alice, bob, vera):
    exchange = alice.exchange("canary")
    given = alice.feedback(exchange["response"]["id"], overall_comment="mine")
    vera.verdict(given["id"], notes="well said")
    others = bob.exchange("parrot")
    bob.feedback(others["response"]["id"], overall_comment="parrot")
    created(vera.post("/feedback", {"response_id": exchange["response"]["id"], "rating": "like"}))
    files = fetched(alice)
    assert [row["content"] for row in files["conversations/prompts.jsonl"]] == ["canary"]
    assert [row["id"] for row in files["conversations/responses.jsonl"]] == [
        exchange["response"]["id"]
    ]
    assert [row["overall_comment"] for row in files["feedback/feedback.jsonl"]] == ["mine"]
    (verdict,) = files["feedback/validations.jsonl"]
    assert verdict["notes"] == "well said"
    assert "validator_id" not in verdict
    assert [row["user_id"] for row in files["own/contributors.jsonl"]] == ["alice"]
    assert "parrot" not in json.dumps(files)
    assert "vera" not in json.dumps(files).replace("overall", "")


def test_verdicts_that_somebody_gave_are_theirs(alice, vera, adam):
    theirs = alice.feedback()
    on_accuracy = {"dimension_id": "accuracy", "is_valid": False, "correct_score": 2}
    vera.verdict(theirs["id"], notes="well said", dimension_verdicts=[on_accuracy])
    adam.verdict(alice.feedback()["id"], notes="not hers")
    files = fetched(vera)
    (verdict,) = files["own/validations.jsonl"]
    assert (verdict["feedback_id"], verdict["notes"]) == (theirs["id"], "well said")
    assert [row["correct_score"] for row in files["own/validation_dimensions.jsonl"]] == [2]
    assert files["feedback/validations.jsonl"] == []


def test_authors_are_told_of_a_round_when_it_is_over(alice, vera, adam):
    adam.put("/validation/policies/all", {"validators": 2})
    given = alice.feedback()
    on_accuracy = {"dimension_id": "accuracy", "is_valid": False}
    vera.verdict(given["id"], dimension_verdicts=[on_accuracy])
    files = fetched(alice)
    assert files["feedback/validations.jsonl"] == []
    assert files["feedback/validation_dimensions.jsonl"] == []
    assert len(fetched(vera)["own/validations.jsonl"]) == 1
    adam.verdict(given["id"])
    files = fetched(alice)
    assert len(files["feedback/validations.jsonl"]) == 2
    assert len(files["feedback/validation_dimensions.jsonl"]) == 1


def test_authors_are_told_of_gold_when_it_is_gold_no_more(alice, vera, adam):
    given = alice.feedback()
    path = f"/validation/gold/{given['id']}"
    assert adam.put(path, {"is_valid": True}).status_code == 200
    vera.verdict(given["id"])
    files = fetched(alice)
    assert files["feedback/gold_items.jsonl"] == files["feedback/gold_answers.jsonl"] == []
    assert "gold_version" not in files["feedback/feedback.jsonl"][0]
    assert adam.delete(path).status_code == 204
    files = fetched(alice)
    assert len(files["feedback/gold_items.jsonl"]) == len(files["feedback/gold_answers.jsonl"]) == 1


def test_an_answer_to_gold_is_a_verdict_among_others_while_it_is_gold(alice, vera, adam):
    gold, before, after = (alice.feedback()["id"] for _ in range(3))
    path = f"/validation/gold/{gold}"
    assert adam.put(path, {"is_valid": True}).status_code == 200
    said = [{"dimension_id": "accuracy", "is_valid": False, "correct_score": 2, "notes": "No."}]
    for feedback_id in (before, gold, after):
        vera.verdict(feedback_id, notes="hers", correction="So.", dimension_verdicts=said)
    files = fetched(vera)
    verdicts = files["own/validations.jsonl"]
    assert [row["feedback_id"] for row in verdicts] == [before, gold, after]
    singles = files["own/validation_dimensions.jsonl"]
    assert [row["validation_id"] for row in singles] == [row["id"] for row in verdicts]
    for rows in (verdicts, singles):
        kinds = [[(name, type(value)) for name, value in row.items()] for row in rows]
        assert kinds[0] == kinds[1] == kinds[2]
    assert files["own/gold_answers.jsonl"] == []
    assert adam.delete(path).status_code == 204
    files = fetched(vera)
    assert [row["feedback_id"] for row in files["own/validations.jsonl"]] == [before, after]
    assert [row["notes"] for row in files["own/gold_answers.jsonl"]] == ["hers"]


def test_what_one_was_measured_by_does_not_tell_gold(app, alice, vera, adam):
    gold = alice.feedback()["id"]
    assert adam.put(f"/validation/gold/{gold}", {"is_valid": True}).status_code == 200
    vera.verdict(gold)
    assert app.test_cli_runner().invoke(args=["people", "measure"]).exit_code == 0
    rows = fetched(vera)["own/reliabilities.jsonl"]
    assert {row["answers"] for row in rows} == {1}
    assert all("reasons" not in row for row in rows)


def test_an_administrator_gets_it_for_somebody(alice, adam):
    alice.exchange("canary")
    assert fetched(adam, "alice") == fetched(alice)
    assert fetched(adam, "nobody").keys() == fetched(adam).keys()


def test_there_may_be_more_than_a_batch_of_it(app, alice, vera, monkeypatch):
    fill(app, 7)
    monkeypatch.setattr("app.services.personal_data._ROOTS", 2)
    monkeypatch.setattr("app.services.personal_data._BATCH", 2)
    for _ in range(5):
        vera.verdict(alice.feedback()["id"])
    files = fetched(alice)
    ids = [row["id"] for row in files["conversations/interactions.jsonl"]]
    assert len(ids) == len(set(ids)) >= 5
    assert len(files["feedback/feedback.jsonl"]) == 5
    earned = files["own/points_entries.jsonl"]
    assert len(earned) == len({(row["sequence"], row["position"]) for row in earned}) >= 5


def test_an_impossible_id_is_refused(adam):
    problem(adam.get("/users/%00/data"), 422)
