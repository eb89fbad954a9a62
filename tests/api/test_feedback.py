"""Feedback: rating, commenting, correcting and flagging a response."""

from concurrent.futures import wait
from uuid import UUID, uuid4

import pytest

from tests.model_side import MODEL, Reply
from tests.world import Person, created, problem

FIELDS = {
    "id",
    "response_id",
    "interaction_id",
    "user_id",
    "status",
    "rating",
    "dimension_ratings",
    "overall_comment",
    "correction",
    "flag",
    "cannot_judge",
    "cannot_judge_reason",
    "spans",
    "created_at",
    "updated_at",
    "version",
    "return_reason",
    "appeal",
    "provenance",
}


@pytest.fixture
def response_id(alice):
    return alice.response()["id"]


def rate(person, response_id, *ratings):
    """Send ratings as (dimension, score)."""
    listed = [{"dimension_id": name, "score": score} for name, score in ratings]
    return person.post("/feedback", {"response_id": response_id, "dimension_ratings": listed})


def dimension(adam, **body):
    return created(adam.post("/dimensions", body))


def test_the_founding_documents_body_is_taken_and_given_back(alice):
    exchange = alice.exchange()
    body = {
        "response_id": exchange["response"]["id"],
        "dimension_ratings": [
            {
                "dimension_id": "accuracy",
                "score": 4,
                "justification": "The response was accurate but missing some context.",
            },
            {
                "dimension_id": "helpfulness",
                "score": 5,
                "justification": "Very helpful explanation for beginners.",
            },
        ],
        "overall_comment": "Good response overall, just needed more depth.",
    }
    given = created(alice.post("/feedback", body))
    assert given.keys() == FIELDS
    assert UUID(given["id"]).version == 7
    ids = {item["name"]: item["id"] for item in alice.read(f"/dimensions/model/{MODEL}")["items"]}
    assert given["dimension_ratings"] == [
        {
            "dimension_id": ids[rating["dimension_id"]],
            "dimension_name": rating["dimension_id"],
            "dimension_version": 1,
            "score": rating["score"],
            "justification": rating["justification"],
            "correct_response": None,
            "cannot_judge": False,
            "cannot_judge_reason": None,
        }
        for rating in body["dimension_ratings"]
    ]
    assert given["overall_comment"] == body["overall_comment"]
    assert given["response_id"] == body["response_id"]
    assert given["interaction_id"] == exchange["prompt"]["interaction_id"]
    assert (given["user_id"], given["status"], given["version"]) == ("alice", "pending", 1)
    assert (given["rating"], given["correction"], given["flag"]) == (None, None, None)
    assert given["created_at"] == given["updated_at"]
    assert alice.read(f"/feedback/{given['id']}") == given


@pytest.mark.parametrize(
    "part",
    [
        {"rating": "like"},
        {"rating": "dislike"},
        {"overall_comment": "Nice."},
        {"correction": "A better answer."},
        {"flag": "This is dangerous."},
        {"dimension_ratings": [{"dimension_id": "clarity", "score": 1}]},
    ],
)
def test_one_part_is_enough(alice, response_id, part):
    given = alice.feedback(response_id, **part)
    (name,) = part
    if name != "dimension_ratings":
        assert given[name] == part[name]
    empty = {"rating", "overall_comment", "correction", "flag"} - {name}
    assert {given[other] for other in empty} == {None}
    assert alice.read(f"/feedback/{given['id']}") == given


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"dimension_ratings": []},
        {"rating": None, "overall_comment": None, "correction": None, "flag": None},
    ],
)
def test_nothing_at_all_is_no_feedback(alice, response_id, parts):
    answer = alice.post("/feedback", {"response_id": response_id, **parts})
    (message,) = problem(answer, 422, "invalid")["errors"]["_schema"]
    assert message.startswith("expected at least one of dimension_ratings")


def test_a_dimension_is_named_by_its_id_or_its_name(alice, response_id):
    items = alice.read(f"/dimensions/model/{MODEL}")["items"]
    accuracy = next(item for item in items if item["name"] == "accuracy")
    given = created(rate(alice, response_id, (accuracy["id"], 3), ("clarity", 2)))
    names = [rating["dimension_name"] for rating in given["dimension_ratings"]]
    assert names == ["accuracy", "clarity"]


def test_the_models_own_dimension_goes_before_the_one_for_all(alice, adam, response_id):
    own = dimension(adam, name="accuracy", model_id=MODEL, scale={"type": "boolean"})
    given = created(rate(alice, response_id, ("accuracy", True)))
    assert given["dimension_ratings"][0]["dimension_id"] == own["id"]


def test_dimensions_of_other_models_are_not_known(alice, adam, response_id):
    other = dimension(adam, name="tone", model_id="acme/other")
    for name in ("tone", other["id"]):
        told = problem(rate(alice, response_id, (name, 3)), 422)
        message = f"there is no dimension '{name}' for this model"
        assert told["errors"] == {"dimension_ratings.0.dimension_id": [message]}


@pytest.mark.parametrize("score", [0, 6, 2.5, "4", True, "four"])
def test_a_score_that_the_scale_does_not_have_is_refused_at_its_place(alice, response_id, score):
    told = problem(rate(alice, response_id, ("clarity", 3), ("accuracy", score)), 422, "invalid")
    assert told["errors"].keys() == {"dimension_ratings.1.score"}
    assert alice.read("/feedback/user")["items"] == []


@pytest.mark.parametrize(
    ("scale", "score"),
    [
        ({"type": "boolean"}, False),
        ({"type": "categorical", "categories": ["rude", "kind"]}, "kind"),
        ({"type": "numeric", "min": 0, "max": 1, "step": 0.1}, 0.3),
        ({"type": "numeric", "min": -5, "max": 5, "step": 0}, -1.25),
    ],
)
def test_a_score_is_what_its_scale_says(alice, adam, response_id, scale, score):
    dimension(adam, name="tone", scale=scale)
    given = created(rate(alice, response_id, ("tone", score)))
    assert given["dimension_ratings"][0]["score"] == score
    kept = alice.read(f"/feedback/{given['id']}")["dimension_ratings"][0]["score"]
    assert (kept, type(kept)) == (score, type(score))


def test_every_rating_that_does_not_fit_is_named_at_once(alice, response_id):
    ratings = [("accuracy", 9), ("charm", 3), ("clarity", 3), ("clarity", 4)]
    told = problem(rate(alice, response_id, *ratings), 422)
    assert told["errors"] == {
        "dimension_ratings.0.score": ["expected a number from 1 to 5, found 9"],
        "dimension_ratings.1.dimension_id": ["there is no dimension 'charm' for this model"],
        "dimension_ratings.3.dimension_id": ["'clarity' is rated twice"],
    }


def test_who_rates_has_to_rate_what_is_required(alice, adam, response_id):
    dimension(adam, name="safety", required=True)
    told = problem(rate(alice, response_id, ("accuracy", 4)), 422)
    assert told["errors"] == {"dimension_ratings._schema": ["'safety' must be rated"]}
    created(rate(alice, response_id, ("accuracy", 4), ("safety", 5)))


def test_who_only_comments_has_to_rate_nothing(alice, adam, response_id):
    dimension(adam, name="safety", required=True)
    assert alice.feedback(response_id, overall_comment="Fine.")["dimension_ratings"] == []


def test_a_score_keeps_the_version_of_the_scale_it_was_given_on(alice, adam, response_id):
    tone = dimension(adam, name="tone")
    before = created(rate(alice, response_id, ("tone", 5)))
    adam.put(f"/dimensions/{tone['id']}", {"scale": {"type": "boolean"}})
    after = created(rate(alice, alice.response()["id"], ("tone", True)))
    assert [
        alice.read(f"/feedback/{given['id']}")["dimension_ratings"][0]["dimension_version"]
        for given in (before, after)
    ] == [1, 2]


def test_the_owner_validators_and_admins_rate_and_strangers_see_nothing(
    alice, bob, vera, adam, response_id
):
    for person in (alice, vera, adam):
        assert person.feedback(response_id, rating="like")["user_id"] == person.name
    others = {"response_id": response_id, "rating": "like"}
    absent = {"response_id": str(uuid4()), "rating": "like"}
    for body in (others, absent):
        told = problem(bob.post("/feedback", body), 404, "not_found")
        assert told["detail"] == f"there is no response {body['response_id']} for you"


def test_a_second_one_names_the_first(alice, response_id):
    first = alice.feedback(response_id, rating="like")
    second = alice.post("/feedback", {"response_id": response_id, "rating": "dislike"})
    told = problem(second, 409, "feedback_exists")
    assert told["feedback_id"] == first["id"]
    assert first["id"] in told["detail"]
    assert alice.read(f"/feedback/{first['id']}") == first


def test_of_several_at_once_one_is_first(app, alice, response_id, background):
    people = [Person(app.test_client(), "alice", "user") for _ in range(4)]
    body = {"response_id": response_id, "rating": "like"}
    sent = [background(person.post, "/feedback", body) for person in people]
    wait(sent)
    answers = [one.result() for one in sent]
    (winner,) = [created(answer) for answer in answers if answer.status_code == 201]
    losers = [answer for answer in answers if answer.status_code != 201]
    assert {problem(one, 409, "feedback_exists")["feedback_id"] for one in losers} == {winner["id"]}
    assert len(losers) == 3


def test_without_an_answer_there_is_nothing_to_rate(alice, model_side):
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    path = f"/interactions/{alice.interaction()['id']}/prompts"
    failed = problem(alice.post(path, {"content": "?"}), 502)["response_id"]
    answer = alice.post("/feedback", {"response_id": failed, "rating": "dislike"})
    assert "failed" in problem(answer, 409, "nothing_to_rate")["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"response_id": ...}, "response_id"),
        ({"response_id": "1"}, "response_id"),
        ({"response_id": None}, "response_id"),
        ({"rating": "love"}, "rating"),
        ({"rating": 1}, "rating"),
        ({"overall_comment": ""}, "overall_comment"),
        ({"overall_comment": "x" * 20_001}, "overall_comment"),
        ({"correction": " "}, "correction"),
        ({"flag": "x" * 2001}, "flag"),
        ({"flag": True}, "flag"),
        ({"status": "validated"}, "status"),
        ({"user_id": "bob"}, "user_id"),
        ({"dimension_ratings": {}}, "dimension_ratings"),
        ({"dimension_ratings": [{"score": 1}]}, "dimension_ratings.0.dimension_id"),
        ({"dimension_ratings": [{"dimension_id": "clarity"}]}, "dimension_ratings.0.score"),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": None}]},
            "dimension_ratings.0.score",
        ),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": []}]},
            "dimension_ratings.0.score",
        ),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": 2**53 + 1}]},
            "dimension_ratings.0.score",
        ),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": "x" * 201}]},
            "dimension_ratings.0.score",
        ),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": 1, "weight": 9}]},
            "dimension_ratings.0.weight",
        ),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": 1}] * 51},
            "dimension_ratings",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_field(alice, response_id, change, field):
    whole = {"response_id": response_id, "rating": "like", **change}
    body = {name: value for name, value in whole.items() if value is not ...}
    assert problem(alice.post("/feedback", body), 422, "invalid")["errors"].keys() == {field}
    assert alice.read("/feedback/user")["items"] == []


def test_its_author_validators_and_admins_read_it(alice, bob, vera, adam, response_id):
    given = alice.feedback(response_id)
    path = f"/feedback/{given['id']}"
    assert alice.read(path) == vera.read(path) == adam.read(path) == given
    problem(bob.get(path), 404, "not_found")
    problem(bob.get(f"/feedback/{uuid4()}"), 404, "not_found")


def test_the_owner_of_the_conversation_does_not_read_by_id_what_others_gave(alice, vera):
    given = vera.feedback(alice.response()["id"])
    problem(alice.get(f"/feedback/{given['id']}"), 404)


def test_ones_own_come_newest_first_and_by_status(alice, vera):
    first, second, third = (alice.feedback() for _ in range(3))
    vera.verdict(first["id"])
    vera.verdict(second["id"], is_valid=False)

    def ids(**query):
        return [item["id"] for item in alice.read("/feedback/user", **query)["items"]]

    assert ids() == [third["id"], second["id"], first["id"]]
    assert ids(status="pending") == [third["id"]]
    assert ids(status="validated") == [first["id"]]
    assert ids(status="rejected") == [second["id"]]
    assert ids(status="tied") == []
    assert alice.read("/feedback/user")["items"][0] == third
    assert vera.read("/feedback/user")["items"] == []


def test_an_unknown_status_is_refused(alice):
    answer = alice.get("/feedback/user", query_string={"status": "open"})
    assert problem(answer, 422)["errors"].keys() == {"status"}


def test_of_a_response_one_sees_all_as_its_owner_or_as_a_validator(alice, bob, vera, adam):
    response_id = alice.response()["id"]
    given = [person.feedback(response_id, rating="like") for person in (alice, vera, adam)]
    path = f"/feedback/response/{response_id}"
    for person in (alice, vera, adam):
        assert person.read(path)["items"] == given[::-1]
    problem(bob.get(path), 404, "not_found")
    problem(alice.get(f"/feedback/response/{uuid4()}"), 404, "not_found")


def test_who_may_read_conversations_but_not_all_feedback_sees_only_own(app, alice, vera):
    response_id = alice.response()["id"]
    vera.feedback(response_id, rating="like")
    reader = Person(app.test_client(), "rita", "user", permissions=["interactions:read_all"])
    assert reader.read(f"/feedback/response/{response_id}")["items"] == []
    own = reader.feedback(response_id, rating="dislike")
    assert reader.read(f"/feedback/response/{response_id}")["items"] == [own]
