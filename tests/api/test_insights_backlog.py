"""Insights into the backlog: what waits, its rates, and how it is likely to go on."""

from datetime import timedelta

import pytest

from app.utils import clock
from tests.past import happened

NONE = {"waiting": 0, "tied": 0, "returned": 0, "oldest_at": None, "days": 0}


@pytest.fixture
def midnight():
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def fill(app, midnight, days):
    """Let feedback arrive and be decided: a pair of numbers for each of the days before today."""
    for number, (arrived, decided) in enumerate(reversed(days), 1):
        begins = midnight - timedelta(days=number)
        for place in range(max(arrived, decided)):
            at = begins + timedelta(minutes=place)
            early = at if place < arrived else midnight - timedelta(days=200, minutes=place)
            when = begins + timedelta(hours=5) if place < decided else None
            happened(app, early, decided_at=when)


def test_where_nothing_waits_it_is_empty(vera):
    total = vera.read("/insights/backlog")["total"]
    assert {name: total[name] for name in NONE} == NONE
    assert (total["outlook"], total["arrived_per_day"], total["empty_at"]) == ("empty", None, None)


def test_what_waits_is_told_by_model_and_in_all(app, alice, vera):
    oldest = clock.now() - timedelta(days=400)
    happened(app, oldest)
    happened(app, clock.now() - timedelta(days=3), model="acme/new")
    given = alice.feedback()["id"]
    vera.post(f"/validation/feedback/{given}", {"verdict": "returned", "notes": "Why?"})
    told = vera.read("/insights/backlog")
    waiting = {one["model_id"]: (one["waiting"], one["returned"]) for one in told["items"]}
    assert waiting.pop("acme/old") == waiting.pop("acme/new") == (1, 0)
    assert [*waiting.values()] == [(0, 1)]
    total = told["total"]
    assert (total["waiting"], total["returned"], total["model_id"]) == (2, 1, None)
    assert total["oldest_at"] == oldest.isoformat()
    only = vera.read("/insights/backlog", model_id="acme/new")
    assert [one["model_id"] for one in only["items"]] == ["acme/new"]
    assert only["total"]["waiting"] == 1


def test_a_queue_that_shrinks_has_an_end_within_an_interval(app, vera, midnight):
    fill(app, midnight, [(2, 5), (3, 5), (2, 5), (3, 6), (2, 5), (3, 6), (2, 5), (3, 6)])
    for minutes in range(12):
        happened(app, midnight - timedelta(days=100, minutes=minutes))
    (told,) = vera.read("/insights/backlog")["items"]
    assert (told["outlook"], told["waiting"], told["days"]) == ("shrinks", 12, 8)
    assert (told["arrived_per_day"], told["decided_per_day"]) == (2.5, 5.375)
    assert told["net_per_day"] == -2.875
    assert told["net_least"] < told["net_per_day"] < told["net_most"] < 0
    assert told["earliest"] < told["empty_at"] < told["latest"]


def test_a_queue_that_grows_has_none(app, vera, midnight):
    fill(app, midnight, [(4, 1), (5, 1)] * 4)
    (told,) = vera.read("/insights/backlog")["items"]
    assert told["outlook"] == "grows"
    assert (told["empty_at"], told["earliest"], told["latest"]) == (None, None, None)


def test_days_that_differ_too_much_leave_it_open(app, vera, midnight):
    fill(app, midnight, [(0, 9), (8, 0), (0, 7), (7, 0), (0, 8), (6, 0), (1, 5), (1, 1)])
    happened(app, midnight - timedelta(days=100))
    (told,) = vera.read("/insights/backlog")["items"]
    assert told["outlook"] == "unclear"
    assert told["net_least"] < 0 < told["net_most"]
    assert told["earliest"] is not None
    assert told["latest"] is None


def test_of_few_days_nothing_is_foretold(app, vera, midnight):
    fill(app, midnight, [(1, 0)] * 3)
    (told,) = vera.read("/insights/backlog")["items"]
    assert (told["outlook"], told["days"], told["net_per_day"]) == ("unknown", 3, None)


def test_today_is_not_over_and_counts_for_no_rate(app, vera, midnight):
    fill(app, midnight, [(1, 1)] * 7)
    happened(app, clock.now())
    (told,) = vera.read(
        "/insights/backlog", **{"from": (midnight - timedelta(days=7, hours=-1)).isoformat()}
    )["items"]
    assert (told["days"], told["arrived_per_day"], told["waiting"]) == (6, 1.0, 1)
