"""Progress agrees with the verdicts at once, and every point says why it is there."""

from concurrent.futures import wait
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db import transaction
from app.utils import clock
from tests.model_side import MODEL
from tests.world import Person, created, problem

POLICY = f"/validation/policies/{MODEL}"
PROGRESS, POINTS = "/users/me/progress", "/users/me/points"
RICH = {
    "correction": "Better so.",
    "dimension_ratings": [
        {"dimension_id": "accuracy", "score": 4, "justification": "As the source has it."},
        {"dimension_id": "clarity", "score": 4},
        {"dimension_id": "relevance", "score": None, "cannot_judge": True},
    ],
}


def rows(person):
    """Return one's points, the first one first, without what differs from run to run."""
    items = [item for page in person.walk(POINTS, limit=2) for item in page]
    return [(item["rule"], item["amount"]) for item in reversed(items)]


def test_who_has_done_nothing_stands_at_the_beginning(alice):
    assert alice.read(PROGRESS) == {
        "points": 0,
        "level": "newcomer",
        "next_level": {"level": "contributor", "points": 50, "missing": 50},
        "rank": None,
        "feedback": dict.fromkeys(
            ("submitted", "pending", "validated", "rejected", "returned", "tied", "withdrawn"), 0
        ),
        "quality": None,
        "streak_days": 0,
    }
    assert alice.read(POINTS) == {"items": [], "next_cursor": None}
    assert alice.read(f"{POINTS}/summary")["rules"] == []
    assert alice.read("/users/leaderboard") == {"items": [], "next_cursor": None}


def test_a_verdict_shows_at_once_to_both(alice, vera):
    vera.verdict(alice.feedback()["id"])
    vera.verdict(alice.feedback(**RICH)["id"])
    vera.verdict(alice.feedback()["id"], is_valid=False)
    alice.feedback()
    found = alice.read(PROGRESS)
    assert (found["points"], found["level"], found["rank"]) == (32, "newcomer", 1)
    assert found["next_level"]["missing"] == 18
    counted = {name: number for name, number in found["feedback"].items() if number}
    assert counted == {"submitted": 4, "validated": 2, "rejected": 1, "pending": 1}
    assert found["quality"] == pytest.approx(0.2077, abs=1e-4)
    assert found["streak_days"] == 1
    judged = vera.read(PROGRESS)
    assert (judged["points"], judged["rank"], judged["streak_days"]) == (6, 2, 1)
    assert rows(vera) == [("verdict_given", 2)] * 3


def test_every_point_says_what_it_is_for(alice, vera):
    given = alice.feedback(**RICH)
    verdict = vera.verdict(given["id"])
    items = alice.read(POINTS)["items"]
    assert [(one["rule"], one["amount"], one["balance"]) for one in items] == [
        ("justified_ratings_validated", 2, 22),
        ("correction_validated", 10, 20),
        ("feedback_validated", 10, 10),
    ]
    assert {one["subject"] for one in items} == {f"feedback:{given['id']}#1"}
    assert {one["feedback_id"] for one in items} == {given["id"]}
    assert {one["rule_version"] for one in items} == {1}
    assert items[-1]["reason"] == "Your feedback was validated."
    (judged,) = vera.read(POINTS)["items"]
    assert judged["subject"] == f"validation:{verdict['id']}"
    assert judged["event_id"] == items[0]["event_id"]


def test_a_summary_adds_up_by_rule(alice, vera):
    for _ in range(2):
        vera.verdict(alice.feedback(correction="Better so.")["id"])
    found = alice.read(f"{POINTS}/summary")
    assert found["points"] == 40
    assert [(one["rule"], one["entries"], one["points"]) for one in found["rules"]] == [
        ("correction_validated", 2, 20),
        ("feedback_validated", 2, 20),
    ]
    assert [(one["pool"], one["points"]) for one in found["today"]] == [
        ("authored", 40), ("judged", 0),
    ]  # fmt: skip


def test_several_verdicts_confirm_each_other(alice, adam, judges):
    adam.put(POLICY, {"validators": 3})
    given = alice.feedback()
    said = (True, False, True)
    for judge, is_valid in zip(judges, said, strict=True):
        judge.verdict(given["id"], is_valid=is_valid)
    assert [judge.read(PROGRESS)["points"] for judge in judges] == [5, 2, 5]
    assert alice.read(PROGRESS)["points"] == 10


def test_what_is_overturned_is_taken_back_and_can_be_earned_again(alice, adam, vera):
    given = alice.feedback(correction="Better so.")
    vera.verdict(given["id"])
    adam.decision(given["id"], is_valid=False)
    assert alice.read(PROGRESS)["points"] == 0
    assert rows(alice) == [
        ("feedback_validated", 10),
        ("correction_validated", 10),
        ("feedback_validated_overturned", -10),
        ("correction_validated_overturned", -10),
    ]
    assert "taken back" in alice.read(POINTS)["items"][0]["reason"]
    adam.decision(given["id"], is_valid=True)
    assert alice.read(PROGRESS)["points"] == 20
    # The decision says what Vera had said, and it is the first to do so.
    assert rows(vera) == [("verdict_given", 2), ("verdict_confirmed", 3)]
    assert rows(adam) == []


def test_an_appeal_costs_nobody_anything_until_it_is_decided(alice, adam, vera):
    given = alice.feedback()
    vera.verdict(given["id"], is_valid=False)
    path = f"/feedback/{given['id']}"
    assert alice.post(f"{path}/appeal", {"reason": "It is right."}).status_code == 200
    assert rows(vera) == [("verdict_given", 2)]
    adam.decision(given["id"], is_valid=True)
    assert rows(vera) == [("verdict_given", 2)]
    assert rows(alice) == [("feedback_validated", 10)]


def test_who_returns_feedback_has_judged_and_who_withdraws_it_has_lost_nothing(alice, vera):
    given = alice.feedback()
    body = {"verdict": "returned", "notes": "Which source?"}
    created(vera.post(f"/validation/feedback/{given['id']}", body))
    assert alice.post(f"/feedback/{given['id']}/resubmit").status_code == 200
    vera.verdict(given["id"])
    other = alice.feedback()
    assert alice.post(f"/feedback/{other['id']}/withdraw").status_code == 200
    assert rows(vera) == [("verdict_given", 2)] * 2
    (item,) = alice.read(POINTS)["items"]
    assert item["subject"] == f"feedback:{given['id']}#2"
    assert alice.read(PROGRESS)["feedback"]["withdrawn"] == 1


def test_a_day_gives_ever_less_and_says_so(alice, vera):
    for _ in range(51):
        vera.verdict(alice.feedback(rating="like")["id"])
    assert vera.read(PROGRESS)["points"] == 101
    last = vera.read(POINTS)["items"][0]
    assert (last["amount"], last["full_amount"]) == (1, 2)
    assert "counts 1 instead of 2" in last["reason"]
    assert vera.read(f"{POINTS}/summary")["today"][1]["points"] == 101


def test_above_the_last_level_nothing_comes_next(app, alice):
    with app.app_context(), transaction() as session:
        session.execute(text("INSERT INTO contributors VALUES ('alice', 2500, 'expert')"))
    found = alice.read(PROGRESS)
    assert (found["level"], found["next_level"], found["rank"]) == ("expert", None, 1)


def test_points_are_of_no_concern_to_others(alice, bob, adam, vera):
    vera.verdict(alice.feedback()["id"])
    for other in (bob, adam):
        assert other.read(POINTS)["items"] == []
        assert other.read(PROGRESS)["points"] == 0
        for path in ("/users/alice/points", "/users/alice/progress"):
            problem(other.get(path), 404)
    # A cursor of hers leads through one's own, too.
    vera.verdict(alice.feedback()["id"])
    cursor = alice.read(POINTS, limit=1)["next_cursor"]
    assert bob.read(POINTS, cursor=cursor)["items"] == []


def test_leaders_share_a_rank_where_they_have_as_many(app, alice, vera):
    people = [Person(app.test_client(), f"author-{number}", "user") for number in range(4)]
    for person in people:
        vera.verdict(person.feedback()["id"])
    vera.verdict(people[2].feedback()["id"])
    expected = [
        (1, "author-2", 20), (2, "author-0", 10), (2, "author-1", 10), (2, "author-3", 10),
        (2, "vera", 10),
    ]  # fmt: skip
    for period in ("all", "month", "week"):
        pages = alice.walk("/users/leaderboard", period=period, limit=2)
        items = [item for page in pages for item in page]
        assert [(one["rank"], one["user_id"], one["points"]) for one in items] == expected
        assert {one["level"] for one in items} == {"newcomer"}
    assert alice.read("/users/leaderboard")["items"] == items


def test_a_week_begins_on_monday_and_a_month_on_its_first(alice, vera, monkeypatch):
    vera.verdict(alice.feedback()["id"])
    now = clock.now()
    next_week = now + timedelta(days=7)
    next_month = now + timedelta(days=31)
    for moment, period in ((next_week, "week"), (next_month, "month")):
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda moment=moment: moment)
            assert alice.read("/users/leaderboard", period=period)["items"] == []
            assert len(alice.read("/users/leaderboard")["items"]) == 2
            assert alice.read(PROGRESS)["streak_days"] == 0


def test_the_id_of_a_leader_may_be_long(app, alice, vera):
    people = [Person(app.test_client(), f"{letter * 250}", "user") for letter in "ß𝕏"]
    for person in people:
        vera.verdict(person.feedback()["id"])
    pages = list(alice.walk("/users/leaderboard", limit=1))
    assert {page[0]["user_id"] for page in pages} == {*(one.name for one in people), "vera"}


@pytest.mark.parametrize("period", ["day", "ALL", "", "week\0"])
def test_other_periods_are_refused(alice, period):
    answer = alice.get("/users/leaderboard", query_string={"period": period})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        (POINTS, "WyJ4IiwwXQ"),  # ["x", 0]
        (POINTS, "WzEsMF0"),  # [1, 0]
        (POINTS, "WyItMSIsMF0"),  # ["-1", 0]
        ("/users/leaderboard", "WyIxIiwiYSIsMSwxXQ"),  # ["1", "a", 1, 1]
        ("/users/leaderboard", "WzEsImEiXQ"),  # [1, "a"]
    ],
)
def test_a_cursor_of_another_form_is_refused(alice, path, cursor):
    answer = alice.get(path, query_string={"cursor": cursor})
    assert problem(answer, 422)["errors"].keys() == {"cursor"}


def test_of_many_verdicts_at_once_each_is_counted_once(app, adam, background):
    """Many judge the feedback of the same two people, who judge each other as well."""
    adam.put(POLICY, {"validators": 3})
    people = [Person(app.test_client(), f"judge-{number}", "validator") for number in range(6)]
    given = [people[number % 2].feedback()["id"] for number in range(8)]

    def work(person):
        for feedback_id in given:
            answer = person.post(f"/validation/feedback/{feedback_id}", {"is_valid": True})
            assert answer.status_code in {201, 403, 409}, answer.text

    for done in wait([background(work, person) for person in people]).done:
        done.result()
    sums = [person.read(PROGRESS)["points"] for person in people]
    assert sum(sums) == 8 * 10 + 8 * 3 * (2 + 3)
    for person, total in zip(people, sums, strict=True):
        items = [item for page in person.walk(POINTS) for item in page]
        assert sum(one["amount"] for one in items) == total
        assert next((one["balance"] for one in items), 0) == total
        assert len({(one["rule"], one["subject"]) for one in items}) == len(items)
