"""The dataset: entries made of validated feedback, and where they come from."""

from uuid import UUID, uuid4

import pytest

from tests.model_side import ENDPOINT, MODEL, Reply
from tests.world import created, problem

WRONG_YEAR = {
    "dimension_id": "accuracy",
    "score": 2,
    "justification": "Wrong year.",
    "correct_response": "1789",
}


def chat(person, path, message, **more):
    return created(person.post(f"{path}/chat", {"message": message, **more}))


def entry_for(alice, vera, exchange, **feedback):
    """Give feedback on the exchange's response, validate it, and return the entry."""
    given = alice.feedback(exchange["response"]["id"], **feedback)
    verdict = vera.verdict(given["id"])
    return vera.read(f"/dataset/entry/{verdict['dataset_entry_id']}")


def said(context):
    return [(message["role"], message["content"]) for message in context]


def test_an_entry_holds_the_question_the_answer_and_how_good_it_was(alice, vera):
    exchange = alice.exchange("What is machine learning?")
    ratings = [
        {"dimension_id": "accuracy", "score": 4},
        {"dimension_id": "helpfulness", "score": 5},
    ]
    given = alice.feedback(exchange["response"]["id"], dimension_ratings=ratings)
    verdict = vera.verdict(given["id"])
    (entry,) = vera.read(f"/dataset/model/{MODEL}")["items"]
    assert entry == {
        "id": verdict["dataset_entry_id"],
        "model_id": MODEL,
        "prompt": "What is machine learning?",
        "response": "You said: What is machine learning?",
        "original_response": "You said: What is machine learning?",
        "context": [],
        "quality_ratings": {"accuracy": 4, "helpfulness": 5},
        "source": {
            "type": "feedback",
            "feedback_id": given["id"],
            "response_id": exchange["response"]["id"],
            "interaction_id": exchange["prompt"]["interaction_id"],
        },
        "created_at": entry["created_at"],
    }
    assert UUID(entry["id"]).version == 7


def test_where_there_is_a_correction_it_is_what_should_be_learned(alice, vera):
    entry = entry_for(alice, vera, alice.exchange("Capital of France?"), correction="Paris.")
    assert entry["response"] == "Paris."
    assert entry["original_response"] == "You said: Capital of France?"
    assert entry["quality_ratings"] == {}


def test_scores_keep_their_kind(alice, vera, adam):
    scale = {"type": "categorical", "categories": ["rude", "kind"]}
    created(adam.post("/dimensions", {"name": "tone", "scale": scale}))
    created(adam.post("/dimensions", {"name": "safe", "scale": {"type": "boolean"}}))
    ratings = [
        {"dimension_id": "tone", "score": "kind"},
        {"dimension_id": "safe", "score": True},
        {"dimension_id": "accuracy", "score": 5},
    ]
    entry = entry_for(alice, vera, alice.exchange(), dimension_ratings=ratings)
    assert entry["quality_ratings"] == {"tone": "kind", "safe": True, "accuracy": 5}


def test_the_context_of_a_prompt_comes_first(alice, vera):
    path = f"/interactions/{alice.interaction()['id']}/prompts"
    body = {"content": "Who?", "context": "It was the butler."}
    entry = entry_for(alice, vera, created(alice.post(path, body)), rating="like")
    assert said(entry["context"]) == [("system", "It was the butler.")]


def test_the_context_of_a_chat_is_what_the_model_was_told_again(alice, vera):
    path = f"/interactions/{alice.interaction()['id']}"
    chat(alice, path, "one")
    chat(alice, path, "two")
    third = chat(alice, path, "three")
    chat(alice, path, "four")
    entry = entry_for(alice, vera, third, rating="like")
    assert said(entry["context"]) == [
        ("user", "one"),
        ("assistant", "You said: one"),
        ("user", "two"),
        ("assistant", "You said: two"),
    ]
    assert (entry["prompt"], entry["response"]) == ("three", "You said: three")


def test_a_single_prompt_has_no_conversation_for_a_context(alice, vera):
    path = f"/interactions/{alice.interaction()['id']}"
    chat(alice, path, "one")
    alone = created(alice.post(f"{path}/prompts", {"content": "two"}))
    assert entry_for(alice, vera, alone, rating="like")["context"] == []


def test_a_question_that_got_no_answer_is_not_in_the_context(alice, vera, model_side):
    path = f"/interactions/{alice.interaction()['id']}"
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(alice.post(f"{path}/chat", {"message": "lost"}), 502)
    model_side.chat_reply = None
    entry = entry_for(alice, vera, chat(alice, path, "again"), rating="like")
    assert entry["context"] == []


def test_what_the_model_had_been_made_to_forget_is_not_in_the_context(alice, vera):
    path = f"/interactions/{alice.interaction()['id']}"
    chat(alice, path, "before")
    second = chat(alice, path, "still remembered")
    alice.delete(f"{path}/memory")
    chat(alice, path, "after")
    fourth = chat(alice, path, "later")
    remembered = entry_for(alice, vera, second, rating="like")
    assert said(remembered["context"])[0] == ("user", "before")
    forgotten = entry_for(alice, vera, fourth, rating="like")
    assert said(forgotten["context"]) == [("user", "after"), ("assistant", "You said: after")]


def what_was_rated(given):
    """Return what an entry says of ``WRONG_YEAR``, alice's only rating."""
    of = {"dimension": "accuracy", "dimension_version": 1}
    said = {name: WRONG_YEAR[name] for name in ("score", "justification", "correct_response")}
    rating = {"score": 2, "place": 0.25, "justification": "Wrong year."}
    return {
        "ratings": [{**of, **said, "refuted": False}],
        "all_ratings": [{"rater": "alice", "feedback_id": given["id"], **of, **rating}],
        "aggregates": [{"dimension": "accuracy", "mean": 0.25, "raters": 1, "agreement": None}],
        "likes": 0,
        "dislikes": 0,
        "raters": 1,
        "agreement": None,
    }


def what_was_decided(verdict):
    """Return what an entry says of vera's only verdict."""
    said = {
        "id": verdict["id"],
        "validator_id": "vera",
        "is_valid": True,
        "notes": "Right.",
        "correction": None,
        "dimension_verdicts": [],
        "created_at": verdict["created_at"],
    }
    return {
        "feedback_status": "validated",
        "validation_id": verdict["id"],
        "validations": [said],
        "decisions": [],
        "correction_id": None,
        "withdrawn_at": None,
    }


def test_an_entry_names_everybody_and_everything_it_comes_from(alice, vera):
    exchange = alice.exchange()
    given = alice.feedback(exchange["response"]["id"], dimension_ratings=[WRONG_YEAR])
    verdict = vera.verdict(given["id"], notes="Right.")
    entry = vera.read(f"/dataset/entry/{verdict['dataset_entry_id']}")
    assert entry.pop("provenance") == {
        "author": "alice",
        "owner": "alice",
        "prompt_id": exchange["prompt"]["id"],
        "feedback_at": given["created_at"],
        "model_version": "1.0",
        "endpoint_name": ENDPOINT,
        "provider": "model_service",
        **what_was_rated(given),
        **what_was_decided(verdict),
    }
    assert [entry] == vera.read(f"/dataset/model/{MODEL}")["items"]


def test_an_entry_without_ratings_has_an_empty_list_of_them(alice, vera):
    entry = entry_for(alice, vera, alice.exchange(), rating="like")
    assert entry["provenance"]["ratings"] == []


def test_the_author_may_be_somebody_else_than_the_owner(alice, vera, adam):
    given = adam.feedback(alice.response()["id"], rating="like")
    verdict = vera.verdict(given["id"])
    entry = vera.read(f"/dataset/entry/{verdict['dataset_entry_id']}")
    assert (entry["provenance"]["author"], entry["provenance"]["owner"]) == ("adam", "alice")


def test_entries_come_newest_first_and_of_one_model(alice, vera, model_side):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    first = entry_for(alice, vera, alice.exchange("one"), rating="like")
    second = entry_for(alice, vera, alice.exchange("two"), rating="like")
    path = f"/interactions/{alice.interaction(model_id='acme/other')['id']}/prompts"
    other = entry_for(alice, vera, created(alice.post(path, {"content": "x"})), rating="like")

    def ids(model_id):
        return [item["id"] for item in vera.read(f"/dataset/model/{model_id}")["items"]]

    assert ids(MODEL) == [second["id"], first["id"]]
    assert ids("acme/other") == [other["id"]]
    assert ids("acme/none") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_hold_each_entry_once(alice, vera, limit):
    made = [entry_for(alice, vera, alice.exchange(), rating="like")["id"] for _ in range(3)]
    pages = vera.walk(f"/dataset/model/{MODEL}", limit=limit)
    assert [item["id"] for page in pages for item in page] == made[::-1]


def test_an_entry_that_is_not_there_is_not_found(vera):
    problem(vera.get(f"/dataset/entry/{uuid4()}"), 404, "not_found")
    problem(vera.get("/dataset/entry/1"), 404, "not_found")


def test_without_entries_there_is_nothing_to_count(vera):
    assert vera.read("/dataset/stats") == {
        "total_entries": 0,
        "total_corrections": 0,
        "models": [],
    }


def test_entries_are_counted_by_model(alice, vera, model_side):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    first = entry_for(alice, vera, alice.exchange(), rating="like")
    last = entry_for(alice, vera, alice.exchange(), correction="Better.")
    path = f"/interactions/{alice.interaction(model_id='acme/other')['id']}/prompts"
    other = entry_for(alice, vera, created(alice.post(path, {"content": "x"})), rating="like")
    assert vera.read("/dataset/stats") == {
        "total_entries": 3,
        "total_corrections": 1,
        "models": [
            {
                "model_id": MODEL,
                "entries": 2,
                "corrections": 1,
                "first_at": first["created_at"],
                "last_at": last["created_at"],
            },
            {
                "model_id": "acme/other",
                "entries": 1,
                "corrections": 0,
                "first_at": other["created_at"],
                "last_at": other["created_at"],
            },
        ],
    }


@pytest.mark.parametrize(
    "path",
    [
        f"/dataset/model/{MODEL}",
        f"/dataset/model/{MODEL}/export",
        "/dataset/entry/0199c0de-0000-7000-8000-000000000001",
        "/dataset/stats",
    ],
)
def test_end_users_do_not_read_it(alice, path):
    problem(alice.get(path), 403, "forbidden")
