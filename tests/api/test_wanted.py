"""Which answers most deserve feedback: by whom, why, and in which order."""

import pytest
from sqlalchemy import text

from app.db import transaction
from app.domain.priority import uncertainty
from tests.crowd import fill
from tests.model_side import ENDPOINT, MODEL, Reply
from tests.world import Person, created, problem

WANTED = "/feedback/wanted"
SECOND = "acme/second-1"
# [5.0, an id, an id, the least number that a cursor may hold]
BEFORE_TIME = (
    "WzUuMCwiMDE5OWMwZGUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDA3IiwiMDE5OWMwZGUtMDAwMC03MDAwLTgwMDAt"
    "MDAwMDAwMDAwMDA3IiwtMjE0NzQ4MzY0N10"
)


@pytest.fixture
def rater(app):
    """Somebody who may rate everything, and has not."""
    return Person(app.test_client(), "rater", "validator")


def found(person, **query):
    return {item["response"]["id"]: item for item in person.read(WANTED, **query)["items"]}


def order(person, **query):
    return [item["response"]["id"] for item in person.read(WANTED, **query)["items"]]


def answers(person, number):
    return [person.exchange(f"Question {place}?")["response"]["id"] for place in range(number)]


def test_an_answer_nobody_rated_says_why_it_is_wanted(alice):
    exchange = alice.exchange()
    (item,) = alice.read(WANTED)["items"]
    assert item["response"] == exchange["response"]
    assert item["interaction_id"] == exchange["prompt"]["interaction_id"]
    assert item["raters"] == 0
    reasons = item["reasons"]
    assert reasons.pop("freshness") == pytest.approx(1, abs=0.01)
    assert reasons == {
        "uncertainty": 2.0,
        "thin_evidence": 1.0,
        "novelty": 1.0,
        "thin_evidence_of_model": 1.0,
    }
    assert item["priority"] == pytest.approx(sum(reasons.values()) + 1, abs=0.01)


def test_people_see_their_own_and_validators_all(alice, bob, vera):
    mine, theirs, third = (person.response()["id"] for person in (alice, bob, vera))
    assert order(alice) == [mine]
    assert order(bob) == [theirs]
    assert set(order(vera)) == {mine, theirs, third}


def test_what_one_has_rated_is_gone_even_when_it_was_withdrawn(alice, vera):
    first, second, third = answers(alice, 3)
    vera.feedback(first, rating="like")
    given = vera.feedback(second, rating="like")
    assert vera.post(f"/feedback/{given['id']}/withdraw").status_code == 200
    assert order(vera) == [third]
    assert len(order(alice)) == 3


def test_what_failed_or_is_empty_is_not_there(alice, model_side):
    model_side.query_reply = lambda _: Reply({"detail": "no memory"}, status=500)
    interaction = alice.interaction()
    assert (
        alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"}).status_code
        == 502
    )
    assert alice.read(WANTED) == {"items": [], "next_cursor": None}
    model_side.query_reply = lambda _: Reply([{"generated_text": ""}])
    alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"})
    assert alice.read(WANTED) == {"items": [], "next_cursor": None}


def test_what_people_disagree_on_or_complain_of_comes_first(app, alice, rater):
    split, liked, flagged, untouched = answers(alice, 4)
    vera, victor = (Person(app.test_client(), name, "validator") for name in ("vera", "victor"))
    alice.feedback(split, rating="like")
    vera.feedback(split, rating="dislike")
    for person in (alice, vera, victor):
        person.feedback(liked, rating="like")
    alice.feedback(flagged, flag="Look at this.")
    assert order(rater) == [flagged, split, untouched, liked]
    items = found(rater)
    assert items[split]["reasons"].items() >= {"disagreement": 2.0, "disliked": 1.0}.items()
    assert items[split]["reasons"]["uncertainty"] == 2.0
    assert items[split]["raters"] == 2
    assert items[flagged]["reasons"]["flagged"] == 3.0
    assert "disagreement" not in items[liked]["reasons"]
    assert items[liked]["reasons"]["uncertainty"] == round(2 * uncertainty(0.8), 3)
    assert items[liked]["reasons"]["thin_evidence"] == 0.25


def test_what_was_rejected_says_nothing_of_the_answer(alice, vera, rater):
    response_id = alice.response()["id"]
    vera.verdict(alice.feedback(response_id, rating="dislike")["id"], is_valid=False)
    (item,) = rater.read(WANTED)["items"]
    assert (item["raters"], "disliked" in item["reasons"]) == (0, False)


def test_answers_that_say_the_same_are_less_of_a_novelty(alice, model_side):
    model_side.query_reply = lambda _: Reply([{"generated_text": "Because."}])
    same = answers(alice, 2)
    model_side.query_reply = lambda _: Reply([{"generated_text": "For no reason at all."}])
    (other,) = answers(alice, 1)
    items = found(alice)
    assert [items[one]["reasons"]["novelty"] for one in same] == [0.5, 0.5]
    assert items[other]["reasons"]["novelty"] == 1.0


def test_a_model_that_is_little_known_is_wanted_more(alice, vera, rater, model_side):
    model_side.models[SECOND] = ENDPOINT.replace("echo-1", "second-1")
    for _ in range(3):
        vera.verdict(alice.feedback(rating="like")["id"])
    interaction = alice.interaction(model_id=SECOND)
    asked = alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"})
    there = created(asked)["response"]["id"]
    items = found(rater)
    assert items[there]["reasons"]["thin_evidence_of_model"] == 1.0
    del items[there]
    assert {one["reasons"]["thin_evidence_of_model"] for one in items.values()} == {0.25}
    for person in (alice, rater):
        assert order(person, model_id=SECOND) == [there]
        assert there not in order(person, model_id=MODEL)
        assert order(person, model_id="acme/none") == []


def test_weights_of_the_policy_count(alice, rater, adam):
    adam.put(f"/validation/policies/{MODEL}", {"priority": {"novelty": 0, "thin_evidence": 7}})
    alice.response()
    (item,) = rater.read(WANTED)["items"]
    assert "novelty" not in item["reasons"]
    assert item["reasons"]["thin_evidence"] == item["reasons"]["thin_evidence_of_model"] == 7.0


def test_what_is_old_is_not_fresh(app, alice):
    first, second = answers(alice, 2)
    with app.app_context(), transaction() as session:
        session.execute(
            text("UPDATE responses SET created_at = now() - interval '8 days' WHERE id = :id"),
            {"id": first},
        )
    assert order(alice) == [second, first]
    assert "freshness" not in found(alice)[first]["reasons"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_hold_everything_once_in_order(alice, rater, limit):
    ids = answers(alice, 5)
    alice.feedback(ids[2], flag="Look.")
    for person in (alice, rater):
        whole = order(person)
        pages = list(person.walk(WANTED, limit=limit))
        assert [item["response"]["id"] for page in pages for item in page] == whole


@pytest.mark.parametrize(("name", "role"), [("alice", "user"), ("rater", "validator")])
def test_a_walk_goes_through_all_windows(app, name, role):
    # Windows of 20 conversations, and of 200 answers.
    fill(app, 450, every=10)
    person = Person(app.test_client(), name, role)
    seen = [item for page in person.walk(WANTED, limit=100) for item in page]
    ids = [item["response"]["id"] for item in seen]
    assert len(ids) == len(set(ids))
    # Alice has rated all of her own answers in this crowd.
    assert len(ids) == (0 if name == "alice" else 450)


def test_answers_that_come_meanwhile_move_nothing(alice, rater):
    answers(alice, 6)
    whole = order(rater)
    page = rater.read(WANTED, limit=2)
    seen = [item["response"]["id"] for item in page["items"]]
    while page["next_cursor"]:
        alice.response()
        page = rater.read(WANTED, limit=2, cursor=page["next_cursor"])
        seen += [item["response"]["id"] for item in page["items"]]
    assert seen == whole


def test_a_conversation_without_answers_ends_nothing(alice):
    first = alice.response()["id"]
    for _ in range(25):
        alice.interaction()
    pages = list(alice.walk(WANTED))
    assert [item["response"]["id"] for page in pages for item in page] == [first]


def test_asking_a_model_takes_no_statement_more(alice):
    # It is counted in test_query_counts; here, that an answer is wanted at once.
    assert order(alice) == []
    response_id = alice.response()["id"]
    assert order(alice) == [response_id]


@pytest.mark.parametrize(
    "cursor",
    [
        "W10",
        "WzEuMF0",
        BEFORE_TIME.replace("N10", "OF0"),
    ],
)
def test_a_cursor_that_was_not_given_is_refused(alice, cursor):
    problem(alice.get(WANTED, query_string={"cursor": cursor}), 422)


def test_a_cursor_of_another_time_harms_nobody(alice):
    alice.response()
    assert alice.read(WANTED, cursor=BEFORE_TIME) == {"items": [], "next_cursor": None}


def test_bad_queries_are_refused(alice):
    problem(alice.get(WANTED, query_string={"model_id": "a//b"}), 422)
    problem(alice.get(WANTED, query_string={"limit": "0"}), 422)
