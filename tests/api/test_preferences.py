"""Preferences: which of several answers to a prompt is better."""

from concurrent.futures import wait
from uuid import uuid4

import pytest

from tests.model_side import Reply
from tests.world import Person, created, problem

PATH = "/feedback/preferences"


def answers_to(person, number):
    """Ask once, and again; return the prompt and its answers."""
    asked = person.exchange()
    prompt_id = asked["prompt"]["id"]
    path = f"/prompts/{prompt_id}/responses"
    others = [created(person.post(path, {}))["id"] for _ in range(number - 1)]
    return prompt_id, [asked["response"]["id"], *others]


@pytest.fixture
def three(alice):
    return answers_to(alice, 3)


def rank(person, prompt_id, *ranking):
    return person.post(PATH, {"prompt_id": prompt_id, "ranking": [*ranking]})


def compare(person, prompt_id, chosen, rejected, verdict="better"):
    body = {"chosen_response_id": chosen, "rejected_response_id": rejected, "verdict": verdict}
    return person.post(PATH, {"prompt_id": prompt_id, **body})


def test_a_ranking_is_kept_with_its_ties(alice, three):
    prompt_id, (first, second, third) = three
    given = created(rank(alice, prompt_id, [third, first], [second]))
    assert given["ranking"] == [[third, first], [second]]
    assert (given["prompt_id"], given["user_id"], given["verdict"]) == (prompt_id, "alice", None)
    assert alice.read(PATH)["items"] == [given]


@pytest.mark.parametrize(("verdict", "groups"), [("better", 2), ("tie", 1), ("both_bad", 1)])
def test_two_are_compared(alice, three, verdict, groups):
    prompt_id, (first, second, _) = three
    given = created(compare(alice, prompt_id, first, second, verdict))
    assert given["verdict"] == verdict
    assert given["ranking"] == ([[first], [second]] if groups == 2 else [[first, second]])
    assert alice.read(PATH, prompt_id=prompt_id)["items"] == [given]


def test_of_two_answers_the_other_one_goes_without_saying(alice, model_side):
    prompt_id, (first, second) = answers_to(alice, 2)
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    assert alice.post(f"/prompts/{prompt_id}/responses", {}).status_code == 502
    given = created(compare(alice, prompt_id, None, second, "both_bad"))
    assert given["ranking"] == [[first, second]]


def test_of_three_it_does_not(alice, three):
    prompt_id, (first, *_) = three
    told = problem(compare(alice, prompt_id, None, first, "tie"), 422, "invalid")
    assert "2 other answers" in told["errors"]["chosen_response_id"][0]


def test_a_second_one_names_the_first(alice, vera, three):
    prompt_id, (first, second, third) = three
    ranking = created(rank(alice, prompt_id, [first], [second]))
    told = problem(rank(alice, prompt_id, [third], [second]), 409, "preference_exists")
    assert told["preference_id"] == ranking["id"]
    pair = created(compare(alice, prompt_id, first, second))
    told = problem(compare(alice, prompt_id, second, first, "tie"), 409, "preference_exists")
    assert told["preference_id"] == pair["id"]
    created(compare(alice, prompt_id, first, third))
    created(compare(vera, prompt_id, second, first))
    assert len(alice.read(PATH)["items"]) == 3


def test_of_several_at_once_one_is_first(app, three, background):
    prompt_id, (first, second, _) = three
    people = [Person(app.test_client(), "alice", "user") for _ in range(4)]
    sent = [background(rank, person, prompt_id, [first], [second]) for person in people]
    wait(sent)
    assert sorted(one.result().status_code for one in sent) == [201, 409, 409, 409]


def test_who_may_rate_may_compare(alice, bob, vera, adam, three):
    prompt_id, (first, second, _) = three
    for person in (alice, vera, adam):
        assert created(rank(person, prompt_id, [first], [second]))["user_id"] == person.name
    problem(rank(bob, prompt_id, [first], [second]), 404, "not_found")
    problem(rank(bob, str(uuid4()), [first], [second]), 404, "not_found")


def test_one_reads_ones_own_and_validators_all(alice, bob, vera, three):
    prompt_id, (first, second, third) = three
    own = created(rank(alice, prompt_id, [first], [second]))
    hers = created(rank(vera, prompt_id, [second], [first, third]))
    elsewhere, (one, two) = answers_to(alice, 2)
    newest = created(rank(alice, elsewhere, [one, two]))
    assert vera.read(PATH)["items"] == [newest, hers, own]
    assert vera.read(PATH, prompt_id=prompt_id)["items"] == [hers, own]
    assert alice.read(PATH)["items"] == [newest, own]
    assert bob.read(PATH, prompt_id=prompt_id)["items"] == []
    assert [page[0] for page in vera.walk(PATH, limit=1)] == [newest, hers, own]


def test_answers_without_content_cannot_be_compared(alice, three, model_side):
    prompt_id, (first, *_) = three
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    failed = alice.post(f"/prompts/{prompt_id}/responses", {}).json["response_id"]
    problem(rank(alice, prompt_id, [first], [failed]), 409, "nothing_to_rate")


def test_answers_are_different_ones_to_the_prompt(alice, three):
    prompt_id, (first, second, _) = three
    other = alice.response()["id"]
    for ranking in (
        [[first], [first]],
        [[first, first]],
        [[first], [other]],
        [[str(uuid4())], [first]],
    ):
        told = problem(rank(alice, prompt_id, *ranking), 422, "invalid")
        assert told["errors"].keys() == {"ranking"}
    for rejected in (first, other):
        told = problem(compare(alice, prompt_id, first, rejected), 422, "invalid")
        assert told["errors"].keys() == {"rejected_response_id"}
    assert alice.read(PATH)["items"] == []
    created(compare(alice, prompt_id, first, second))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"rejected_response_id", "verdict"}),
        ({"ranking": []}, {"ranking"}),
        ({"ranking": [[]]}, {"ranking.0"}),
        ({"ranking": [[str(uuid4())]]}, {"ranking"}),
        ({"ranking": [[str(uuid4())] * 60] * 2}, {"ranking"}),
        ({"ranking": [["first"]]}, {"ranking.0.0"}),
        ({"ranking": [[str(uuid4())] * 2], "verdict": "tie"}, {"verdict"}),
        ({"rejected_response_id": str(uuid4())}, {"verdict"}),
        ({"rejected_response_id": str(uuid4()), "verdict": "better"}, {"chosen_response_id"}),
        ({"rejected_response_id": str(uuid4()), "verdict": "worse"}, {"verdict"}),
        ({"ranking": [[str(uuid4())] * 2], "user_id": "bob"}, {"user_id"}),
    ],
)
def test_what_does_not_fit_is_refused_by_field(alice, three, body, fields):
    answer = alice.post(PATH, {"prompt_id": three[0], **body})
    assert problem(answer, 422, "invalid")["errors"].keys() == fields


def test_the_log_tells_of_it_by_ids(alice, adam, three):
    prompt_id, (first, second, _) = three
    given = created(rank(alice, prompt_id, [first], [second]))
    (event,) = adam.read("/events", type="preference.given")["items"]
    assert event["data"] == {"id": given["id"], "prompt_id": prompt_id}
    assert (event["actor"], event["subject"]) == ("alice", f"preference:{given['id']}")
