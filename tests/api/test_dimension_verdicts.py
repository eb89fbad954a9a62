"""Verdicts on single dimensions, corrections by validators, and what comes of them."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.world import Person, created, problem

POLICY = f"/validation/policies/{MODEL}"
RATINGS = [
    {"dimension_id": "accuracy", "score": 4},
    {"dimension_id": "clarity", "score": 2},
]


@pytest.fixture
def rated(alice):
    return alice.feedback(dimension_ratings=RATINGS)


def judge(person, feedback_id, *, is_valid=True, **said):
    return person.post(f"/validation/feedback/{feedback_id}", {"is_valid": is_valid, **said})


def on(dimension, *, is_valid, **said):
    return {"dimension_id": dimension, "is_valid": is_valid, **said}


def entry(person):
    (found,) = person.read(f"/dataset/model/{MODEL}")["items"]
    return found


def test_a_verdict_may_speak_of_single_dimensions(rated, vera):
    accuracy, clarity = rated["dimension_ratings"]
    said = [
        on("clarity", is_valid=False, notes="It is plain.", correct_score=5),
        on(accuracy["dimension_id"], is_valid=True),
    ]
    verdict = created(judge(vera, rated["id"], dimension_verdicts=said))
    assert verdict["feedback_version"] == rated["version"]
    assert verdict["dimension_verdicts"] == [
        {
            "dimension_id": clarity["dimension_id"],
            "dimension_name": "clarity",
            "dimension_version": 1,
            "is_valid": False,
            "notes": "It is plain.",
            "correct_score": 5,
        },
        {
            "dimension_id": accuracy["dimension_id"],
            "dimension_name": "accuracy",
            "dimension_version": 1,
            "is_valid": True,
            "notes": None,
            "correct_score": None,
        },
    ]


def test_what_a_dimension_is_judged_by_stands_in_the_provenance(rated, vera):
    said = [on("clarity", is_valid=False, correct_score=5)]
    verdict = created(judge(vera, rated["id"], dimension_verdicts=said, correction="So."))
    provenance = vera.read(f"/dataset/entry/{verdict['dataset_entry_id']}")["provenance"]
    (shown,) = provenance["validations"]
    assert shown["correction"] == "So."
    assert shown["dimension_verdicts"] == [
        {
            "dimension": "clarity",
            "dimension_version": 1,
            "is_valid": False,
            "notes": None,
            "correct_score": 5,
        }
    ]
    refuted = {rating["dimension"]: rating["refuted"] for rating in provenance["ratings"]}
    assert refuted == {"accuracy": False, "clarity": True}
    assert provenance["correction_id"] == verdict["id"]


def test_a_rating_that_was_refuted_does_not_count(rated, vera):
    judge(vera, rated["id"], dimension_verdicts=[on("clarity", is_valid=False)])
    assert entry(vera)["quality_ratings"] == {"accuracy": 4}
    assert vera.read(f"/feedback/{rated['id']}")["dimension_ratings"] == rated["dimension_ratings"]
    assert "clarity" not in vera.read("/validation/stats")["agreement"]


@pytest.mark.parametrize(
    ("against", "silent", "quorum", "counts"),
    [
        (1, 0, 0.5, True),
        (2, 0, 0.5, False),
        (2, 0, 0.7, True),
        # Only those who speak of the dimension are asked.
        (1, 2, 0.5, False),
        (3, 0, 1, True),
    ],
)
def test_the_quorum_says_how_many_must_be_against_a_dimension(
    rated, alice, vera, policy, judges, against, silent, quorum, counts
):
    policy(validators=3, quorum=quorum)
    # Its round began before that policy.
    judge(vera, rated["id"], is_valid=False)
    given = alice.feedback(dimension_ratings=RATINGS)
    for place, person in enumerate(judges[:3]):
        said = [on("clarity", is_valid=place >= against)] if place < 3 - silent else []
        body = {"dimension_verdicts": said} if said else {}
        last = created(judge(person, given["id"], **body))
    if quorum == 1:
        assert last["feedback_status"] == "tied"
        body = {"is_valid": True, "notes": "It is."}
        admin = Person(alice.client, "adam", "admin")
        created(admin.post(f"/feedback/{given['id']}/decision", body))
    assert ("clarity" in entry(vera)["quality_ratings"]) == counts


def test_an_admins_decision_leaves_refuted_what_the_round_refuted(rated, adam, vera):
    judge(vera, rated["id"], is_valid=False, dimension_verdicts=[on("clarity", is_valid=False)])
    body = {"is_valid": True, "notes": "It is."}
    created(adam.post(f"/feedback/{rated['id']}/decision", body))
    assert entry(vera)["quality_ratings"] == {"accuracy": 4}


def test_verdicts_of_an_earlier_round_refute_nothing(rated, alice, vera, judges):
    said = {
        "verdict": "returned",
        "notes": "Look at clarity again.",
        "dimension_verdicts": [on("clarity", is_valid=False, correct_score=4)],
        "correction": "Not this.",
    }
    created(vera.post(f"/validation/feedback/{rated['id']}", said))
    path = f"/feedback/{rated['id']}"
    changed = {"dimension_ratings": [{"dimension_id": "clarity", "score": 4}]}
    assert alice.patch(path, changed).status_code == 200
    assert alice.post(f"{path}/resubmit").status_code == 200
    created(judge(judges[0], rated["id"]))
    found = entry(vera)
    assert found["quality_ratings"] == {"accuracy": 4, "clarity": 4}
    assert found["response"] == found["original_response"]


def test_a_correction_of_who_agrees_is_the_answer_to_learn(rated, vera):
    created(judge(vera, rated["id"], correction="Rather this."))
    assert entry(vera)["response"] == "Rather this."
    assert vera.read("/dataset/stats")["total_corrections"] == 1
    assert vera.read(f"/feedback/{rated['id']}")["correction"] is None


def test_the_authors_correction_goes_before_a_validators(alice, vera):
    given = alice.feedback(correction="As I say.")
    verdict = created(judge(vera, given["id"], correction="As she says."))
    assert entry(vera)["response"] == "As I say."
    provenance = vera.read(f"/dataset/entry/{verdict['dataset_entry_id']}")["provenance"]
    assert provenance["correction_id"] == verdict["id"]
    assert provenance["validations"][0]["correction"] == "As she says."


def test_of_several_corrections_the_first_of_those_who_agree_is_taken(alice, policy, judges):
    policy(validators=3)
    given = alice.feedback()
    judge(judges[0], given["id"], is_valid=False, correction="Against it.")
    judge(judges[1], given["id"], correction="First.")
    judge(judges[2], given["id"], correction="Second.")
    assert entry(judges[0])["response"] == "First."


def test_what_nobody_can_judge_teaches_nothing_though_it_is_valid(alice, adam, vera):
    given = alice.feedback(cannot_judge=True, cannot_judge_reason="No doctor.")
    verdict = created(judge(vera, given["id"]))
    assert (verdict["feedback_status"], verdict["dataset_entry_id"]) == ("validated", None)
    body = {"is_valid": False, "notes": "She can."}
    assert created(adam.post(f"/feedback/{given['id']}/decision", body))["dataset_entry_id"] is None
    assert vera.read(f"/dataset/model/{MODEL}")["items"] == []


def test_a_rating_of_which_nobody_can_judge_may_be_judged(alice, vera):
    rating = {"dimension_id": "accuracy", "score": None, "cannot_judge": True}
    given = alice.feedback(dimension_ratings=[rating, RATINGS[1]])
    said = [on("accuracy", is_valid=False, correct_score=3)]
    assert created(judge(vera, given["id"], dimension_verdicts=said))["dimension_verdicts"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (on("helpfulness", is_valid=True), "dimension_id"),
        (on("nothing", is_valid=True), "dimension_id"),
        (on(str(UUID(int=1)), is_valid=True), "dimension_id"),
        (on("accuracy", is_valid=False, correct_score=6), "correct_score"),
        (on("accuracy", is_valid=False, correct_score=True), "correct_score"),
        (on("accuracy", is_valid=True, correct_score=5), "correct_score"),
        (on("accuracy", is_valid=None), "is_valid"),
        (on("accuracy", is_valid=True, notes=" "), "notes"),
        (on("accuracy", is_valid=True, score=1), "score"),
        ({"dimension_id": "accuracy"}, "is_valid"),
        ({"is_valid": True}, "dimension_id"),
    ],
)
def test_what_does_not_fit_a_dimension_judges_nothing(rated, vera, said, field):
    answer = judge(vera, rated["id"], dimension_verdicts=[said])
    errors = problem(answer, 422, "invalid")["errors"]
    assert errors.keys() == {f"dimension_verdicts.0.{field}"}
    assert vera.read(f"/feedback/{rated['id']}")["status"] == "pending"


def test_a_dimension_is_judged_once(rated, vera):
    by_id = on(rated["dimension_ratings"][0]["dimension_id"], is_valid=True)
    answer = judge(vera, rated["id"], dimension_verdicts=[on("accuracy", is_valid=True), by_id])
    assert problem(answer, 422)["errors"].keys() == {"dimension_verdicts.1.dimension_id"}
    many = [on("accuracy", is_valid=True)] * 51
    problem(judge(vera, rated["id"], dimension_verdicts=many), 422)


def test_a_correct_score_goes_by_the_scale_that_the_rating_was_given_on(rated, adam, vera):
    dimension_id = rated["dimension_ratings"][0]["dimension_id"]
    scale = {"type": "numeric", "min": 0, "max": 10}
    assert adam.put(f"/dimensions/{dimension_id}", {"scale": scale}).status_code == 200
    for score, status in ((9, 422), (1, 201)):
        said = [on("accuracy", is_valid=False, correct_score=score)]
        assert judge(vera, rated["id"], dimension_verdicts=said).status_code == status


def test_a_verdict_is_about_the_version_that_was_seen(alice, rated, vera):
    path = f"/feedback/{rated['id']}"
    assert alice.patch(path, {"overall_comment": "And slow."}).json["version"] == 2
    told = problem(judge(vera, rated["id"], feedback_version=1), 409, "feedback_changed")
    assert told["version"] == 2
    assert created(judge(vera, rated["id"], feedback_version=2))["feedback_version"] == 2


def test_if_match_says_which_version_was_seen_as_well(alice, rated, vera):
    alice.patch(f"/feedback/{rated['id']}", {"overall_comment": "And slow."})
    path, body = f"/validation/feedback/{rated['id']}", {"is_valid": True}
    for tag in ('"1"', '"x"'):
        problem(vera.post(path, body, headers={"If-Match": tag}), 412, "stale")
    created(vera.post(path, body, headers={"If-Match": '"2"'}))


def test_a_lease_is_about_the_version_that_it_came_with(alice, rated, vera):
    lease = vera.post("/validation/next", {}).json["lease"]
    alice.patch(f"/feedback/{rated['id']}", {"overall_comment": "And slow."})
    # Whether she shows the token or not: this is what she was handed out.
    for token in ({"lease_token": lease["token"]}, {}):
        problem(judge(vera, rated["id"], **token), 409, "feedback_changed")
    again = vera.post("/validation/next", {}).json
    assert (again["lease"]["token"], again["feedback"]["version"]) == (lease["token"], 2)
    verdict = created(judge(vera, rated["id"], lease_token=lease["token"]))
    assert verdict["feedback_version"] == 2


def test_who_has_read_anew_says_so_beside_the_lease(alice, rated, vera):
    token = vera.post("/validation/next", {}).json["lease"]["token"]
    alice.patch(f"/feedback/{rated['id']}", {"overall_comment": "And slow."})
    created(judge(vera, rated["id"], lease_token=token, feedback_version=2))


def test_a_change_leaves_leases_their_places(alice, rated, vera, judges):
    vera.post("/validation/next", {})
    alice.patch(f"/feedback/{rated['id']}", {"overall_comment": "And slow."})
    problem(judge(judges[0], rated["id"]), 409, "no_place_left")


def test_what_has_a_verdict_changes_no_more(alice, vera, policy):
    policy(validators=2)
    given = alice.feedback()
    created(judge(vera, given["id"]))
    answer = alice.patch(f"/feedback/{given['id']}", {"overall_comment": "And slow."})
    problem(answer, 409, "feedback_judged")


def test_an_answer_to_gold_takes_and_shows_what_a_verdict_does(alice, adam, vera, judges):
    rated = [alice.feedback(dimension_ratings=RATINGS)["id"] for _ in range(2)]
    adam.put(POLICY, {"validators": 3, "gold_share": 0})
    assert adam.put(f"/validation/gold/{rated[0]}", {"is_valid": True}).status_code == 200
    adam.put(POLICY, {"validators": 1})
    shown = []
    for feedback_id in rated:
        stale = judge(vera, feedback_id, feedback_version=7)
        assert problem(stale, 409, "feedback_changed")["version"] == 1
        path = f"/validation/feedback/{feedback_id}"
        problem(vera.post(path, {"is_valid": True}, headers={"If-Match": '"7"'}), 412, "stale")
        wrong = [on("helpfulness", is_valid=True)]
        problem(judge(vera, feedback_id, dimension_verdicts=wrong), 422, "invalid")
        said = [on("clarity", is_valid=False, notes="It is plain.", correct_score=5)]
        more = {"dimension_verdicts": said, "correction": "So.", "feedback_version": 1}
        shown.append(created(judge(vera, feedback_id, **more)))
    own = {"id", "feedback_id", "created_at", "feedback_status", "dataset_entry_id"}
    gold, verdict = ({name: one[name] for name in one.keys() - own} for one in shown)
    assert gold == verdict


def test_the_log_keeps_ids_and_what_was_said_is_joined_when_it_is_read(app, rated, adam, vera):
    said = [on("clarity", is_valid=False, notes="It is plain.", correct_score=5)]
    body = {"dimension_verdicts": said, "notes": "Else yes.", "correction": "So."}
    verdict = created(judge(vera, rated["id"], **body))
    (event,) = adam.read("/events", type="feedback.validated")["items"]
    assert event["data"]["verdict"] == {
        name: verdict[name] for name in ("is_valid", "notes", "correction", "dimension_verdicts")
    }
    with app.app_context(), transaction() as session:
        stored = str(session.execute(text("SELECT data FROM events")).all())
    assert not [told for told in ("plain", "Else", "So.") if told in stored]
