"""What is known of feedback before it is judged: each measure named, with its number."""

from concurrent.futures import wait

import pytest
from sqlalchemy import text

from app.db import transaction
from app.domain.priority import uncertainty
from tests.model_side import MODEL
from tests.statements import statements
from tests.waiting import eventually
from tests.world import Person, created, problem

POLICY = f"/validation/policies/{MODEL}"
SAID = "The answer names the wrong year, and the source that it gives does not say so."
EVERYTHING = {
    "rating": "like",
    "overall_comment": SAID,
    "dimension_ratings": [{"dimension_id": "accuracy", "score": 4}],
}


@pytest.fixture
def judge(app):
    """Somebody who has nothing to do with anything that is rated."""
    return Person(app.test_client(), "judge", "validator")


@pytest.fixture
def reasons_of(judge):
    """Return the reasons of what waits, by feedback."""

    def read():
        items = judge.read("/feedback/pending", limit=100)["items"]
        for item in items:
            assert item["priority"] == pytest.approx(sum(item["reasons"].values()), abs=0.001)
        return {item["id"]: item["reasons"] for item in items}

    return read


def clarity(score):
    return [{"dimension_id": "clarity", "score": score}]


def test_who_disagrees_raises_both_who_wait(alice, vera, reasons_of):
    response_id = alice.response()["id"]
    first = alice.feedback(response_id, dimension_ratings=clarity(5))["id"]
    assert "disagreement" not in reasons_of()[first]
    second = vera.feedback(response_id, dimension_ratings=clarity(3))["id"]
    found = reasons_of()
    assert found[first]["disagreement"] == found[second]["disagreement"] == 1.0


def test_a_third_opinion_moves_all_of_them(app, alice, vera, reasons_of):
    response_id = alice.response()["id"]
    given = [
        alice.feedback(response_id, rating="like")["id"],
        vera.feedback(response_id, rating="dislike")["id"],
    ]
    assert {reasons_of()[one]["disagreement"] for one in given} == {2.0}
    third = Person(app.test_client(), "victor", "validator")
    given.append(third.feedback(response_id, rating="like")["id"])
    assert {reasons_of()[one]["disagreement"] for one in given} == {1.886}


def test_who_agrees_raises_nobody(alice, vera, reasons_of):
    response_id = alice.response()["id"]
    for person in (alice, vera):
        person.feedback(response_id, rating="like", dimension_ratings=clarity(4))
    assert all("disagreement" not in reasons for reasons in reasons_of().values())


def test_a_change_of_mind_moves_all_who_wait(alice, vera, reasons_of):
    response_id = alice.response()["id"]
    first = alice.feedback(response_id, rating="like")["id"]
    second = vera.feedback(response_id, rating="dislike", overall_comment=SAID)["id"]
    assert alice.patch(f"/feedback/{first}", {"rating": "dislike"}).status_code == 200
    found = reasons_of()
    assert "disagreement" not in found[first] | found[second]
    # What was measured when it was given stays.
    assert found[second]["novelty"] == found[second]["thin_evidence"] == 1.0
    assert vera.patch(f"/feedback/{second}", {"overall_comment": None}).status_code == 200
    assert reasons_of()[second]["novelty"] == 1.0
    assert vera.patch(f"/feedback/{second}", {"dimension_ratings": clarity(1)}).status_code == 200
    assert reasons_of()[second]["low_score"] == 2.0


def test_what_was_withdrawn_says_nothing_any_more(alice, vera, reasons_of):
    response_id = alice.response()["id"]
    first = alice.feedback(response_id, rating="like")["id"]
    assert alice.post(f"/feedback/{first}/withdraw").status_code == 200
    second = vera.feedback(response_id, rating="dislike")["id"]
    assert "disagreement" not in reasons_of()[second]


def test_people_who_rate_the_same_at_once_see_each_other(app, alice, background, reasons_of):
    response_id = alice.response()["id"]
    people = [Person(app.test_client(), f"rater-{number}", "validator") for number in range(8)]
    sent = [
        background(person.feedback, response_id, rating=rating)
        for person, rating in zip(people, ("like", "dislike") * 4, strict=True)
    ]
    wait(sent)
    given = [one.result()["id"] for one in sent]
    found = reasons_of()
    assert {found[one]["disagreement"] for one in given} == {2.0}


def test_who_changes_and_who_rates_take_turns(app, alice, vera, background, reasons_of):
    response_id = alice.response()["id"]
    alice.feedback(response_id, rating="like")
    first = vera.feedback(response_id, rating="like")["id"]
    people = [Person(app.test_client(), f"rater-{number}", "validator") for number in range(6)]
    changer = Person(app.test_client(), "vera", "validator")
    sent = [background(person.feedback, response_id, rating="like") for person in people]
    ratings = ("dislike", "like") * 3
    sent += [
        background(changer.patch, f"/feedback/{first}", {"rating": rating}) for rating in ratings
    ]
    wait(sent)
    assert {one.result().status_code for one in sent[6:]} == {200}
    assert vera.patch(f"/feedback/{first}", {"rating": "dislike"}).status_code == 200
    found = reasons_of()
    # One of eight.
    assert {reasons["disagreement"] for reasons in found.values()} == {1.323}
    assert len(found) == 8


def test_nobody_who_rates_and_judges_on_one_response_at_once_waits_for_themselves(
    app, alice, vera, background
):
    response_id = alice.response()["id"]
    given = alice.feedback(response_id, rating="like")["id"]
    again = Person(app.test_client(), "vera", "validator")
    with app.app_context(), transaction() as session:
        lock(session, given)
        judged = background(vera.verdict, given)
        eventually(lambda: waiting(session) == 1)
        rated = background(again.feedback, response_id, rating="dislike")
        eventually(lambda: waiting(session) == 2)
    assert judged.result()["feedback_status"] == "validated"
    assert rated.result()["status"] == "pending"
    checked = app.test_cli_runner().invoke(args=["points", "rebuild", "--check"])
    assert checked.exit_code == 0, checked.output


def test_who_changes_waits_in_the_order_of_ids_as_all_who_lock_several(
    app, alice, vera, background
):
    response_id = alice.response()["id"]
    first = alice.feedback(response_id, rating="like")["id"]
    second = vera.feedback(response_id, rating="like")["id"]
    with app.app_context(), transaction() as session:
        lock(session, first)
        changed = background(vera.patch, f"/feedback/{second}", {"rating": "dislike"})
        eventually(lambda: waiting(session) == 1)
        # As who weighs the queue anew does.
        lock(session, second)
    assert changed.result().status_code == 200


def lock(session, feedback_id):
    statement = text("SELECT 1 FROM feedback WHERE id = :id FOR NO KEY UPDATE")
    session.execute(statement, {"id": feedback_id})


def waiting(session):
    """Return how many wait for a lock."""
    return session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


def test_an_author_of_whom_more_was_validated_is_less_uncertain(alice, vera, reasons_of):
    def given():
        feedback_id = alice.feedback(rating="like")["id"]
        return reasons_of()[feedback_id]["uncertainty"]

    assert given() == 2.0
    for number in range(4):
        vera.verdict(alice.feedback()["id"], is_valid=number > 0)
    # Three of four, and a half that stands for all that is not known.
    assert given() == round(2 * uncertainty(4 / 6), 3)


def test_verdicts_that_leave_a_round_open_say_how_clear_it_is(app, alice, adam, reasons_of):
    adam.put(POLICY, {"validators": 4})
    given = alice.feedback()["id"]
    judges = [Person(app.test_client(), f"judge-{number}", "validator") for number in range(3)]
    told = []
    for person, is_valid in zip(judges, (True, True, False), strict=True):
        person.verdict(given, is_valid=is_valid)
        told.append(reasons_of()[given]["uncertainty"])
    assert told == [round(2 * uncertainty(share), 3) for share in (2 / 3, 3 / 4, 3 / 5)]


def test_what_a_model_and_a_dimension_have_little_of_counts_more(alice, vera, reasons_of):
    def thin(**given):
        feedback_id = alice.feedback(**given)["id"]
        return reasons_of()[feedback_id].get("thin_evidence")

    for _ in range(3):
        vera.verdict(alice.feedback(rating="like", dimension_ratings=clarity(4))["id"])
    both = [*clarity(4), {"dimension_id": "accuracy", "score": 4}]
    assert thin(rating="like") == 0.25
    assert thin(dimension_ratings=clarity(4)) == 0.25
    assert thin(dimension_ratings=both) == 1.0


def test_a_text_like_others_is_less_of_a_novelty(alice, vera, reasons_of):
    response_id = alice.response()["id"]
    first = alice.feedback(response_id, overall_comment=SAID)["id"]
    second = alice.feedback(overall_comment=f"{SAID} Look.")["id"]
    third = vera.feedback(response_id, overall_comment=SAID.upper())["id"]
    other = alice.feedback(correction="Paris became the capital in the year 987, not in 1087.")
    silent = alice.feedback(rating="like", overall_comment="Good.")
    found = reasons_of()
    told = [found[one].get("novelty") for one in (first, second, third, other["id"], silent["id"])]
    assert told == [1.0, 0.5, 0.333, 1.0, None]


def test_weights_of_the_policy_count(alice, vera, adam, reasons_of):
    adam.put("/validation/policies/all", {"priority": {"uncertainty": 4}})
    adam.put(POLICY, {"priority": {"uncertainty": 0, "disagreement": 9, "flagged": 7}})
    response_id = alice.response()["id"]
    first = alice.feedback(response_id, rating="like", flag="Look.")["id"]
    vera.feedback(response_id, rating="dislike")
    reasons = reasons_of()[first]
    assert (reasons["disagreement"], reasons["flagged"]) == (9.0, 7.0)
    assert "uncertainty" not in reasons
    assert alice.patch(f"/feedback/{first}", {"flag": None, "correction": "No."}).status_code == 200
    reasons = reasons_of()[first]
    assert (reasons["disagreement"], reasons["has_correction"]) == (9.0, 2.0)


@pytest.mark.parametrize(("raters", "most"), [(0, 2), (1, 4), (5, 4)])
def test_giving_feedback_takes_two_statements_and_two_more_where_others_gave_some(
    app, alice, raters, most
):
    response_id = alice.response()["id"]
    for number in range(raters):
        person = Person(app.test_client(), f"rater-{number}", "validator")
        person.feedback(response_id, rating="dislike")
    with statements(app) as sent:
        created(alice.post("/feedback", {"response_id": response_id, **EVERYTHING}))
    assert len(sent) == most


def test_feedback_from_before_there_were_factors_is_none_the_worse(
    app, alice, vera, adam, reasons_of
):
    adam.put(POLICY, {"validators": 2})
    response_id = alice.response()["id"]
    given = alice.feedback(response_id, rating="dislike")["id"]
    with app.app_context(), transaction() as session:
        session.connection().exec_driver_sql(
            """UPDATE feedback SET factors = NULL, stances = NULL, reasons = '{"disliked": 1.0}'"""
        )
    vera.feedback(response_id, rating="like")
    assert "disagreement" not in reasons_of()[given]
    adam.verdict(given)
    assert reasons_of()[given] == {
        "disliked": 1.0,
        "uncertainty": round(2 * uncertainty(2 / 3), 3),
        "age": 0.0,
    }


def test_a_stranger_learns_nothing_and_changes_nothing(alice, bob, vera, reasons_of):
    response_id = alice.response()["id"]
    given = alice.feedback(response_id, rating="like")["id"]
    problem(bob.post("/feedback", {"response_id": response_id, "rating": "dislike"}), 404)
    problem(alice.post("/feedback", {"response_id": response_id, "rating": "dislike"}), 409)
    assert "disagreement" not in reasons_of()[given]
