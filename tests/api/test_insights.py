"""Insights: how much there was, what scores say, how long it took, and who came back."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from app.api import tables
from app.services import insights_scores, insights_volumes
from tests.model_side import MODEL
from tests.past import happened
from tests.world import created, problem

NAMES = ("volumes", "scores", "agreement", "time-to-verdict", "backlog", "retention", "dimensions")
# A Monday.
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
PERIOD = {"from": "2026-09-07", "to": "2026-10-05"}
NONE = {"items": [], "model_id": None, "truncated": False}


def after(**passed):
    return MONDAY + timedelta(**passed)


def rows_of(person, name, **query):
    """Return the rows of a CSV, by its header."""
    answer = person.get(f"/insights/{name}", query_string={"format": "csv", **query})
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_is_nothing_is_told(vera, name):
    told = vera.read(f"/insights/{name}")
    if name != "dimensions":
        assert {key: told[key] for key in NONE} == NONE
        assert rows_of(vera, name) == []


@pytest.mark.parametrize("name", NAMES)
def test_users_do_not_see_them(alice, name):
    problem(alice.get(f"/insights/{name}"), 403, "forbidden")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "2026-01-01T25:00"}, "to"),
        ({"to": "1999-01-01"}, "to"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "from"),
        ({"from": "2026-02-01", "to": "2026-02-01"}, "from"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "from"),
        ({"model_id": "acme//m"}, "model_id"),
        ({"format": "xml"}, "format"),
        ({"by": "minute"}, "by"),
        ({"part": "all"}, "part"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(vera, name, query, field):
    told = problem(vera.get(f"/insights/{name}", query_string=query), 422, "invalid")
    assert told["errors"].keys() == {field}


def test_a_period_is_told_in_utc_and_begins_on_a_monday_unless_it_is_said(vera):
    query = {"from": "2026-09-07T02:00+02:00", "to": "2026-09-08T00:00:00Z", "model_id": MODEL}
    told = vera.read("/insights/volumes", **query)
    assert (told["from"], told["to"]) == ("2026-09-07T00:00:00+00:00", "2026-09-08T00:00:00+00:00")
    assert told["model_id"] == MODEL
    told = vera.read("/insights/volumes", to="2026-11-25")
    assert told["from"] == "2026-08-31T00:00:00+00:00"
    assert vera.read("/insights/backlog", to="2026-11-25")["from"] == "2026-10-26T00:00:00+00:00"


def test_volumes_are_counted_by_week_and_model(app, vera):
    happened(app, after(days=1), decided_at=after(days=8))
    happened(app, after(days=6, hours=23))
    happened(app, after(days=7), model="acme/other")
    happened(app, after(days=-1))
    happened(app, after(days=28))

    def row(begins, model, *numbers):
        names = ("interactions", "responses", "feedback", "verdicts")
        return {
            "begins": begins, "model_id": model, "preferences": 0,
            **dict(zip(names, numbers, strict=True)),
        }  # fmt: skip

    told = vera.read("/insights/volumes", **PERIOD)
    assert told["items"] == [
        row("2026-09-07", "acme/old", 2, 2, 2, 0),
        row("2026-09-14", "acme/old", 0, 0, 0, 1),
        row("2026-09-14", "acme/other", 1, 1, 1, 0),
    ]
    told = vera.read("/insights/volumes", **PERIOD, by="month", model_id="acme/old")
    assert told["items"] == [row("2026-09-01", "acme/old", 2, 2, 2, 1)]
    days = vera.read("/insights/volumes", **PERIOD, by="day")["items"]
    assert [one["begins"] for one in days] == [
        "2026-09-08", "2026-09-13", "2026-09-14", "2026-09-15",
    ]  # fmt: skip


def test_a_preference_is_counted_where_its_conversation_is(alice, vera):
    asked = alice.exchange()
    other = created(alice.post(f"/prompts/{asked['prompt']['id']}/responses", {}))
    ranking = [[asked["response"]["id"]], [other["id"]]]
    created(
        alice.post(
            "/feedback/preferences", {"prompt_id": asked["prompt"]["id"], "ranking": ranking}
        )
    )
    (row,) = vera.read("/insights/volumes")["items"]
    assert (row["model_id"], row["responses"], row["preferences"]) == (MODEL, 2, 1)


def test_verdicts_take_their_time(app, vera):
    for hours in (1, 2, 3, 10):
        happened(app, after(hours=hours), decided_at=after(hours=2 * hours))
    (row,) = vera.read("/insights/time-to-verdict", **PERIOD)["items"]
    assert row == {
        "begins": "2026-09-07", "model_id": "acme/old", "verdicts": 4,
        "mean_seconds": 14400.0, "median_seconds": 9000.0, "p90_seconds": pytest.approx(28440),
    }  # fmt: skip


def test_scores_are_summed_up_by_model_version_dimension_and_week(app, vera):
    for day, score in enumerate((2, 4, 4, 5)):
        happened(app, after(days=day), version="1.0", score=score)
    happened(app, after(days=8), version="2.0", score=1)
    happened(app, after(days=9), score=3)
    told = vera.read("/insights/scores", **PERIOD)["items"]
    assert [(one["model_version"], one["begins"], one["n"], one["mean"]) for one in told] == [
        ("1.0", "2026-09-07", 4, 3.75), ("2.0", "2026-09-14", 1, 1.0), (None, "2026-09-14", 1, 3.0),
    ]  # fmt: skip
    first, second, _ = told
    assert first["spread"] == pytest.approx((4.75 / 3) ** 0.5)
    assert first["distribution"] == [
        {"score": 2, "n": 1}, {"score": 4, "n": 2}, {"score": 5, "n": 1},
    ]  # fmt: skip
    assert (second["spread"], second["carried"], second["left_out"]) == (None, 0, 0)
    whole = vera.read("/insights/scores", **PERIOD, by="total")["items"]
    assert [(one["model_version"], one["begins"], one["n"]) for one in whole] == [
        ("1.0", None, 4), ("2.0", None, 1), (None, None, 1),
    ]  # fmt: skip


def rate(person, response_id, score, name="tone"):
    rating = {"dimension_id": name, "score": score}
    return person.feedback(response_id, dimension_ratings=[rating])


def test_scores_on_older_scales_are_carried_or_counted_as_left_out(alice, bob, vera, adam):
    tone = created(adam.post("/dimensions", {"name": "tone"}))
    rate(alice, None, 3)
    scale = {"type": "numeric", "min": 0, "max": 1, "step": 0}
    path = f"/dimensions/{tone['id']}"
    assert adam.put(path, {"scale": scale, "mapping": {"type": "linear"}}).status_code == 200
    rate(alice, None, 0.25111)
    (row,) = vera.read("/insights/scores")["items"]
    assert (row["n"], row["mean"], row["carried"], row["left_out"]) == (
        2, pytest.approx(0.375555), 1, 0,
    )  # fmt: skip
    assert row["distribution"] == [{"score": 0.25, "n": 1}, {"score": 0.5, "n": 1}]
    words = {"type": "categorical", "categories": ["rude", "kind"]}
    assert adam.put(path, {"scale": words}).status_code == 200
    rate(alice, None, "kind")
    (row,) = vera.read("/insights/scores")["items"]
    assert (row["n"], row["mean"], row["spread"], row["left_out"]) == (1, None, None, 2)
    assert row["distribution"] == [{"score": "kind", "n": 1}]


def test_who_first_came_in_a_week_came_back_or_did_not(app, vera):
    for user, days in (("ann", (0, 8, 21)), ("ben", (2,)), ("cid", (9, 15)), ("old", (-3, 1))):
        for day in days:
            happened(app, after(days=day), user=user)
    told = vera.read("/insights/retention", **{**PERIOD, "to": "2026-10-01"})["items"]
    assert [
        (one["first_week"], one["weeks_later"], one["contributors"], one["returned"])
        for one in told
    ] == [
        ("2026-09-07", 0, 2, 2), ("2026-09-07", 1, 2, 1), ("2026-09-07", 2, 2, 0),
        ("2026-09-07", 3, 2, 1), ("2026-09-14", 0, 1, 1), ("2026-09-14", 1, 1, 1),
        ("2026-09-14", 2, 1, 0),
    ]  # fmt: skip
    assert [one["is_over"] for one in told[:4]] == [True, True, True, False]
    assert told[1]["share"] == 0.5


def test_dimensions_show_how_they_are_used(alice, vera, adam):
    tone = created(adam.post("/dimensions", {"name": "tone", "model_id": MODEL}))
    gone = created(adam.post("/dimensions", {"name": "gone"}))
    assert adam.post(f"/dimensions/{gone['id']}/archive").status_code == 200
    for number in range(20):
        given = {"dimension_id": "accuracy", "score": 5}
        unsure = {"dimension_id": "tone", "score": None, "cannot_judge": True}
        alice.feedback(None, dimension_ratings=[given, unsure] if number < 19 else [given])
    rate(alice, None, 1)
    told = {one["dimension_name"]: one for one in vera.read("/insights/dimensions")["items"]}
    assert told.keys() == {
        "accuracy", "clarity", "completeness", "helpfulness", "relevance", "tone",
    }  # fmt: skip
    assert told["clarity"]["signs"] == ["unused"]
    assert told["accuracy"]["signs"] == ["one_score", "all_highest"]
    assert told["tone"]["signs"] == ["hard_to_judge"]
    tone_told = told["tone"]
    assert [tone_told[name] for name in ("scores", "lowest", "cannot_judge")] == [1, 1, 19]
    path = f"/dimensions/{tone['id']}"
    assert adam.put(path, {"scale": {"type": "boolean"}}).status_code == 200
    other = vera.read("/insights/dimensions", model_id="acme/none")["items"]
    assert {one["dimension_name"] for one in other} == told.keys() - {"tone"}
    own = vera.read("/insights/dimensions", model_id=MODEL)["items"]
    (found,) = (one for one in own if one["dimension_name"] == "tone")
    assert (found["scores"], found["left_out"], found["dimension_version"]) == (0, 1, 2)


def test_a_csv_has_the_same_names_and_no_formula(app, vera, adam):
    happened(app, after(days=1), model="=cmd()", score=2)
    happened(app, after(days=1), user="b", model="=cmd()", score=3)
    told = vera.read("/insights/scores", **PERIOD)["items"]
    rows = rows_of(vera, "scores", **PERIOD)
    assert [row.keys() for row in rows] == [one.keys() for one in told]
    assert [row["model_id"] for row in rows] == ["'=cmd()"]
    assert (rows[0]["mean"], rows[0]["model_version"]) == ("2.5", "")
    assert rows[0]["distribution"] == '[{"score":2,"n":1},{"score":3,"n":1}]'


@pytest.mark.parametrize(
    ("accept", "query", "mimetype"),
    [
        ("text/csv", {}, "text/csv"),
        ("text/csv", {"format": "json"}, "application/json"),
        ("application/json", {"format": "csv"}, "text/csv"),
        ("*/*", {}, "application/json"),
        ("text/csv;q=0.5, application/json", {}, "application/json"),
        ("text/html", {}, "application/json"),
    ],
)
def test_the_query_says_the_form_and_otherwise_accept(vera, accept, query, mimetype):
    answer = vera.get("/insights/time-to-verdict", headers={"Accept": accept}, query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    if mimetype == "text/csv":
        told = answer.headers["Content-Disposition"]
        assert told == 'attachment; filename="insights-time-to-verdict.csv"'


@pytest.mark.parametrize("name", ["volumes", "scores", "time-to-verdict"])
def test_more_rows_than_anybody_reads_are_cut_off_and_it_is_said(app, vera, monkeypatch, name):
    for module in (tables, insights_scores, insights_volumes):
        monkeypatch.setattr(module, "MOST_ROWS", 1)
    for number in range(3):
        happened(app, after(hours=number), model=f"m-{number}", score=3, decided_at=after(days=1))
    told = vera.read(f"/insights/{name}", **PERIOD)
    assert (len(told["items"]), told["truncated"]) == (1, True)
    assert len(rows_of(vera, name, **PERIOD)) == 1
