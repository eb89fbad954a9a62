"""Signals: odd behaviour is told to administrators with its evidence, and changes nothing."""

import pytest

from tests.model_side import Reply
from tests.world import Person, problem

COPIED = "This answer is exactly what I was looking for, thank you so much for it"


@pytest.fixture
def look(defer, work):
    def run():
        defer("signals.look", timestamp=0)
        work()

    return run


def found(adam, **query):
    pages = adam.walk("/validation/signals", limit=100, **query)
    return [signal for page in pages for signal in page]


def the_one(adam, kind):
    (signal,) = found(adam, kind=kind)
    return signal


def dismiss(adam, signal):
    path = f"/validation/signals/{signal['id']}/dismiss"
    assert adam.post(path, {"note": "A template of theirs."}).status_code == 200


@pytest.fixture
def comes_back_with(adam, look):
    """Dismiss a signal, and have it come back with as much as ``more`` adds, and not before."""

    def check(signal, less, more):
        dismiss(adam, signal)
        less()
        look()
        assert found(adam, kind=signal["kind"], status="open") == []
        more()
        look()
        (again,) = found(adam, kind=signal["kind"], status="open")
        assert again["id"] == signal["id"]

    return check


def scores(**given):
    return [{"dimension_id": name, "score": score} for name, score in given.items()]


def test_verdicts_faster_than_one_reads_are_told_of(
    alice, vera, adam, look, model_side, comes_back_with
):
    model_side.query_reply = lambda _: Reply([{"generated_text": "A long answer. " * 100}])
    given = [alice.feedback(rating="like")["id"] for _ in range(22)]
    verdicts = [vera.verdict(one)["id"] for one in given]
    look()
    signal = the_one(adam, "too_fast")
    assert signal["people"] == ["vera"]
    evidence = signal["evidence"]
    assert evidence["judged"] == evidence["hasty"] == 21
    assert evidence["median_share"] < evidence["limit"] == 0.25
    assert evidence["threshold"] == {"verdicts": 20, "hasty_share": 0.5}
    assert set(evidence["validation_ids"]) < set(verdicts)
    assert len(evidence["validation_ids"]) == 20

    def judge(number):
        for _ in range(number):
            vera.verdict(alice.feedback(rating="like")["id"])

    comes_back_with(signal, lambda: judge(9), lambda: judge(1))


def test_verdicts_that_took_their_time_are_not(alice, vera, adam, look, sql, model_side):
    model_side.query_reply = lambda _: Reply([{"generated_text": "A long answer. " * 100}])
    for _ in range(22):
        vera.verdict(alice.feedback(rating="like")["id"])
    sql(
        "UPDATE validations v SET created_at = now() - interval '2 minutes' * n FROM ("
        " SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM validations) o"
        " WHERE o.id = v.id"
    )
    look()
    assert found(adam, kind="too_fast") == []


def test_who_gives_the_same_score_always_is_told_of(alice, bob, adam, look, comes_back_with):
    names = ("accuracy", "clarity", "relevance", "helpfulness", "completeness")

    def rate(number):
        for _ in range(number):
            alice.feedback(dimension_ratings=scores(**dict.fromkeys(names, 5)))

    rate(6)
    for number in range(6):
        varied = {name: 1 + (number + place) % 5 for place, name in enumerate(names)}
        bob.feedback(dimension_ratings=scores(**varied))
    look()
    signal = the_one(adam, "straight_lining")
    assert signal["people"] == ["alice"]
    assert (
        signal["evidence"].items()
        >= {
            "scores": 30,
            "distinct": 1,
            "entropy": 0.0,
            "common": 5.0,
            "longest_run": 30,
            "threshold": {"scores": 30, "common_share": 0.95},
        }.items()
    )
    assert len(signal["evidence"]["feedback_ids"]) == 6
    comes_back_with(signal, lambda: rate(5), lambda: rate(1))


def test_texts_that_are_copies_are_told_of_by_whom(alice, bob, adam, look):
    texts = [COPIED, f"{COPIED}!", COPIED.upper()]
    people = (alice, bob, alice)
    copied = [
        person.feedback(overall_comment=said)["id"]
        for person, said in zip(people, texts, strict=True)
    ]
    for person in (alice, bob):
        # Two alike are no crowd.
        person.feedback(correction="Something else that hardly anybody has said of anything.")
    look()
    signal = the_one(adam, "near_duplicates")
    assert signal["people"] == ["alice", "bob"]
    evidence = signal["evidence"]
    assert evidence["feedback_ids"] == sorted(copied)
    assert (evidence["texts"], evidence["feedbacks"]) == (3, 3)
    assert evidence["least_resemblance"] >= evidence["threshold"]["resemblance"]


def test_many_at_once_of_one_person_are_told_of(app, alice, adam, look, comes_back_with):
    for number in range(5):
        Person(app.test_client(), f"rare-{number}", "user").feedback(rating="like")

    def rush(number):
        for _ in range(number):
            alice.feedback(rating="like")

    rush(20)
    look()
    signal = the_one(adam, "burst")
    assert signal["people"] == ["alice"]
    assert signal["evidence"].items() >= {"count": 20, "usual": 1.0, "ratio": 20.0}.items()
    assert signal["evidence"]["threshold"] == {"seconds": 3600, "count": 20, "ratio": 5.0}
    assert len(signal["evidence"]["feedback_ids"]) == 20
    comes_back_with(signal, lambda: rush(19), lambda: rush(1))


def test_many_people_on_one_conversation_are_told_of(app, alice, adam, look, comes_back_with):
    response = alice.response()

    def come(numbers):
        for number in numbers:
            Person(app.test_client(), f"comer-{number}", "validator").feedback(response["id"])

    come(range(8))
    look()
    signal = the_one(adam, "crowd")
    assert signal["people"] == [f"comer-{number}" for number in range(8)]
    assert signal["evidence"]["count"] == 8
    assert [signal["evidence"]["interaction_id"]] == [
        one["id"] for one in alice.read("/interactions")["items"]
    ]
    comes_back_with(signal, lambda: come(range(8, 15)), lambda: come([15]))


def test_as_many_over_many_hours_are_not(app, alice, adam, look, sql):
    response = alice.response()
    for number in range(8):
        Person(app.test_client(), f"comer-{number}", "validator").feedback(response["id"])
    sql(
        "UPDATE feedback f SET created_at = now() - interval '3 hours' * n FROM ("
        " SELECT id, row_number() OVER (ORDER BY id) AS n FROM feedback) o WHERE o.id = f.id"
    )
    look()
    assert found(adam) == []


def test_two_who_always_approve_each_other_are_told_of(
    app, alice, vera, adam, look, comes_back_with
):
    vic = Person(app.test_client(), "vic", "validator")

    def approve(number):
        for author, judge in ((vera, vic), (vic, vera)):
            for _ in range(number):
                judge.verdict(author.feedback(rating="like")["id"])

    approve(10)
    vic.verdict(alice.feedback()["id"], is_valid=False)
    look()
    signal = the_one(adam, "approval_pair")
    assert signal["people"] == ["vera", "vic"]
    evidence = signal["evidence"]
    assert evidence["is_mutual"] is True
    ways = {way["validator"]: (way["approved"], way["judged"]) for way in evidence["ways"]}
    assert ways == {"vera": (10, 10), "vic": (10, 10)}
    assert len(evidence["validation_ids"]) == 20
    comes_back_with(signal, lambda: approve(2), lambda: approve(1))


def test_one_who_is_approved_far_more_by_one_than_by_others_is_told_of(app, vera, adam, look):
    friend = Person(app.test_client(), "friend", "user")
    others = [Person(app.test_client(), f"other-{number}", "user") for number in range(3)]
    vic = Person(app.test_client(), "vic", "validator")
    for _ in range(8):
        vera.verdict(friend.feedback()["id"])
        vic.verdict(friend.feedback()["id"], is_valid=False)
        for other in others:
            vera.verdict(other.feedback()["id"], is_valid=False)
    look()
    signal = the_one(adam, "approval_pair")
    assert signal["people"] == ["friend", "vera"]
    (way,) = signal["evidence"]["ways"]
    assert (way["approved"], way["judged"]) == (8, 8)
    assert way["false_discovery"] <= signal["evidence"]["threshold"]["false_discovery"]
    assert signal["evidence"]["is_mutual"] is False


@pytest.fixture
def seen(alice, bob, adam, look):
    """Let there be one signal."""
    for person in (alice, alice, bob):
        person.feedback(overall_comment=COPIED)
    look()
    return found(adam)[0]


def test_seen_again_it_is_the_same_with_new_evidence(bob, adam, seen, look):
    look()
    (again,) = found(adam)
    assert again == {**seen, "last_seen": again["last_seen"]}
    assert again["last_seen"] > seen["last_seen"]
    bob.feedback(overall_comment=COPIED)
    look()
    (grown,) = found(adam)
    assert (grown["id"], grown["first_seen"]) == (seen["id"], seen["first_seen"])
    assert grown["evidence"]["feedbacks"] == 4


def test_dismissed_it_stays_so_though_it_is_seen_again(adam, seen, look):
    path = f"/validation/signals/{seen['id']}/dismiss"
    answer = adam.post(path, {"note": "A template of theirs."})
    assert answer.status_code == 200
    assert (
        answer.json.items()
        >= {
            "id": seen["id"],
            "status": "dismissed",
            "dismissed_by": "adam",
            "note": "A template of theirs.",
        }.items()
    )
    assert answer.json["dismissed_at"]
    problem(adam.post(path, {"note": "Again."}), 409, "signal_dismissed")
    look()
    assert found(adam, status="open") == []
    (kept,) = found(adam, status="dismissed")
    assert kept["note"] == "A template of theirs."
    (event,) = adam.read("/events", type="signal.dismissed")["items"]
    assert event["data"] == {"signal_id": seen["id"], "kind": "near_duplicates"}


def test_dismissed_it_is_not_new_when_the_oldest_of_it_is_gone(alice, bob, adam, look):
    oldest = alice.feedback(overall_comment=COPIED)["id"]
    for person in (alice, bob, bob):
        person.feedback(overall_comment=COPIED)
    look()
    (seen,) = found(adam)
    dismiss(adam, seen)
    other = {"overall_comment": "On a second look this is about something else altogether."}
    assert alice.patch(f"/feedback/{oldest}", other).status_code == 200
    look()
    (kept,) = found(adam)
    assert (kept["id"], kept["status"]) == (seen["id"], "dismissed")
    assert kept["evidence"] == seen["evidence"], "the reason was about this"
    assert kept["last_seen"] > seen["last_seen"]


def test_dismissed_it_is_open_again_when_as_much_has_come_since(bob, adam, seen, look):
    dismiss(adam, seen)
    for _ in range(2):
        bob.feedback(overall_comment=COPIED)
    look()
    assert found(adam, status="open") == []
    bob.feedback(overall_comment=COPIED)
    look()
    (again,) = found(adam)
    assert (again["id"], again["status"]) == (seen["id"], "open")
    assert again["evidence"]["feedbacks"] == 6
    assert again["note"] == "A template of theirs.", "what was said of it is not forgotten"
    dismiss(adam, again)
    look()
    assert found(adam, status="open") == []


def test_nothing_follows_from_it(alice, vera, adam, look, sql):
    for _ in range(3):
        alice.feedback(overall_comment=COPIED)
    before = alice.read("/feedback/user")
    tables = "SELECT (SELECT count(*) FROM points_entries), (SELECT count(*) FROM feedback)"
    counted = sql(tables)
    look()
    assert alice.read("/feedback/user") == before
    assert sql(tables) == counted
    judged = vera.verdict(before["items"][0]["id"])
    assert judged["feedback_status"] == "validated"
    assert judged["dataset_entry_id"]


def test_only_administrators_see_it(alice, vera, seen):
    for person in (alice, vera):
        problem(person.get("/validation/signals"), 403)
        problem(person.post(f"/validation/signals/{seen['id']}/dismiss", {"note": "x"}), 403)


def test_nobody_dismisses_what_is_about_themselves(app, adam, look):
    for _ in range(3):
        adam.feedback(overall_comment=COPIED)
    look()
    (one,) = found(adam)
    path = f"/validation/signals/{one['id']}/dismiss"
    problem(adam.post(path, {"note": "It is nothing."}), 403, "own_signal")
    assert [shown["status"] for shown in found(adam)] == ["open"]
    other = Person(app.test_client(), "ada", "admin")
    assert other.post(path, {"note": "A template."}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": 1}, {"note": "x", "y": 1}])
def test_a_dismissal_has_a_reason(adam, seen, body):
    problem(adam.post(f"/validation/signals/{seen['id']}/dismiss", body), 422)


def test_what_is_not_there_is_not_dismissed(adam):
    unknown = "0199c0de-0000-7000-8000-000000000099"
    problem(adam.post(f"/validation/signals/{unknown}/dismiss", {"note": "x"}), 404)


def test_they_are_listed_by_kind_and_status_page_by_page(app, alice, adam, seen, look):
    response = alice.response()
    for number in range(8):
        Person(app.test_client(), f"comer-{number}", "validator").feedback(response["id"])
    look()
    assert [one["kind"] for one in found(adam)] == ["crowd", "near_duplicates"]
    assert [one["id"] for one in found(adam, kind="near_duplicates", status="open")] == [seen["id"]]
    pages = list(adam.walk("/validation/signals", limit=1))
    assert [[one["kind"] for one in page] for page in pages] == [["crowd"], ["near_duplicates"]]
    for query in ({"kind": "x"}, {"status": "x"}):
        problem(adam.get("/validation/signals", query_string=query), 422)
