"""Every list is read along an index of its own, so that its cost stays flat as tables grow."""

import re

import pytest
from sqlalchemy import text

from app.db import db, transaction
from tests.crowd import fill
from tests.model_side import MODEL
from tests.sizes import size
from tests.statements import statements
from tests.world import Person

ROWS = size(12_000, 1_000_000)
LISTS = {
    "interactions": ("alice", "/interactions", "ix_interactions_user_id"),
    "interactions by status": (
        "alice",
        "/interactions?status=active",
        "ix_interactions_user_id(_status)?",
    ),
    "interactions by model": (
        "alice",
        f"/interactions?model_id={MODEL}",
        "ix_interactions_user_id(_model_id)?",
    ),
    "history": (
        "alice",
        "/interactions/{interaction}/history",
        "uq_prompts_interaction_id_sequence",
    ),
    "own feedback": ("alice", "/feedback/user", "ix_feedback_user_id"),
    "own feedback by status": (
        "alice",
        "/feedback/user?status=validated",
        "ix_feedback_user_id(_status)?",
    ),
    "pending": ("vera", "/feedback/pending", "ix_feedback_queue"),
    "pending by model": (
        "vera",
        "/feedback/pending?model_id=acme/crowd-3",
        "ix_feedback_queue_by_model",
    ),
    "wanted": ("vera", "/feedback/wanted", "pk_responses"),
    "wanted by model": (
        "vera",
        "/feedback/wanted?model_id=acme/crowd-3",
        "ix_responses_ratable",
    ),
    "wanted of one's own": ("alice", "/feedback/wanted", "ix_interactions_user_id"),
    "wanted of one's own by model": (
        "alice",
        f"/feedback/wanted?model_id={MODEL}",
        "ix_interactions_user_id_model_id",
    ),
    "tied": ("adam", "/feedback/tied", "ix_feedback_tied"),
    "gold": ("adam", "/validation/gold", "pk_gold_items"),
    "points": ("alice", "/users/me/points", "pk_points_entries"),
    "leaders": ("alice", "/users/leaderboard", "ix_contributors_leaders"),
    "leaders of the week": (
        "alice",
        "/users/leaderboard?period=week",
        "ix_contributor_periods_leaders",
    ),
    "reliability": ("adam", "/validation/reliability", "pk_reliabilities"),
    "reliability by dimension": (
        "adam",
        "/validation/reliability?dimension=overall",
        "ix_reliabilities_scope_user_id_capacity",
    ),
    "own reliability": ("alice", "/users/me/reliability", "pk_reliabilities"),
    "contradictions": ("adam", "/validation/contradictions", "pk_contradictions"),
    "kappas": ("adam", "/validation/kappas", "(ix_rater_kappas_scope_one_other|pk_rater_kappas)"),
    "signals": ("adam", "/validation/signals", "pk_signals"),
    "signals by status": (
        "adam",
        "/validation/signals?status=dismissed",
        "(ix_signals_status|pk_signals)",
    ),
    "signals by kind": ("adam", "/validation/signals?kind=burst", "(ix_signals_kind|pk_signals)"),
    "entries": ("vera", f"/dataset/model/{MODEL}", "ix_dataset_entries_model_id"),
    "entries of a conversation": (
        "vera",
        f"/dataset/model/{MODEL}?interaction_id={{interaction}}",
        "ix_dataset_entries_(interaction_id|model_id)",
    ),
    "versions": (
        "vera",
        f"/dataset/model/{MODEL}/versions",
        "(ix_dataset_versions_model_id|pk_dataset_versions)",
    ),
    "models": ("alice", "/models", "pk_models"),
    "jobs": ("adam", "/jobs", "pk_jobs"),
    "jobs by status": ("adam", "/jobs?status=failed", "ix_jobs_status"),
    "jobs by kind": ("adam", "/jobs?kind=crowd.3", "ix_jobs_kind"),
    "jobs by both": ("adam", "/jobs?status=failed&kind=crowd.3", "ix_jobs_(kind|status)"),
    "events": ("adam", "/events", "ix_events_transaction_sequence"),
    # Where next to nothing is left of the log, its own order serves as well.
    "events by type": ("adam", "/events?type=crowd.3", "ix_events_(type_)?transaction_sequence"),
    "replay": (
        "alice",
        "/interactions/{interaction}/replay",
        "ix_events_interaction_id_transaction_sequence",
    ),
}


_NEXT = ("/validation/next", "POST")
_JUDGED = {"validations", "gold_answers", "gold_leases"}
_SMALL = {"dimensions", "dimension_versions", "measurements", "validation_policies"}


def plans(app, person, path, method="GET", body=None):
    """Return the plans of what a request sends."""
    with statements(app) as sent:
        answer = person.call(method, path, json=body)
        assert answer.status_code in {200, 201, 404}
    with app.app_context(), db.engine.connect() as connection:
        # With few rows sorting them is cheaper; here it is asked whether there is no need to.
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        connection.exec_driver_sql("SET LOCAL enable_sort = off")
        return [
            "\n".join(
                row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            )
            for statement, parameters in sent
        ]


@pytest.mark.long
def test_every_list_is_an_index_scan_on_its_first_page_and_on_a_later_one(app, alice, vera, adam):
    fill(app, ROWS, every=200)
    people = {"alice": alice, "vera": vera, "adam": adam}
    interaction = alice.read("/interactions")["items"][0]["id"]
    for name, (who, template, index) in LISTS.items():
        path = template.format(interaction=interaction)
        page = people[who].get(path).json
        later = page.get("next_cursor") and f"cursor={page['next_cursor']}"
        later = later or (page.get("next") and f"after={page['next']}")
        joint = "&" if "?" in path else "?"
        for one in filter(None, (path, later and f"{path}{joint}{later}")):
            told = "\n".join(plans(app, people[who], one))
            assert re.search(rf"Index.* Scan .*using {index}\b", told), (name, told)
            assert not _large_scans(told), (name, told)


@pytest.mark.parametrize(
    ("random_share", "body", "index"),
    [
        (0, {}, "ix_feedback_queue"),
        (0, {"model_id": "acme/crowd-3"}, "ix_feedback_queue_by_model"),
        (1, {}, "ix_feedback_lots"),
        (1, {"model_id": "acme/crowd-3"}, "ix_feedback_lots_by_model"),
    ],
)
def test_what_comes_next_is_found_by_an_index(app, adam, client, random_share, body, index):
    fill(app, ROWS, every=200)
    for model_id in ("all", "acme/crowd-3"):
        adam.put(f"/validation/policies/{model_id}", {"random_share": random_share})
    told = "\n".join(plans(app, Person(client, index, "validator"), *_NEXT, body))
    assert re.search(rf"Index.* Scan .*using {index}\b", told), told
    assert not _large_scans(told), told


def test_what_gold_is_dealt_is_found_whatever_somebody_has_judged(app, adam, client):
    # Half of it vera has judged.
    fill(app, ROWS, every=200)
    _mark_much_of_what_waits(app)
    adam.put("/validation/policies/all", {"gold_share": 1, "random_share": 0})
    found = []
    for name, body in (("vera", {}), ("new", {}), ("newer", {"model_id": "acme/crowd-3"})):
        person = Person(client, name, "validator")
        found += plans(app, person, *_NEXT, body)
        work = person.post(_NEXT[0], body).json
        judged = f"/validation/feedback/{work['feedback']['id']}"
        found += plans(app, person, judged, "POST", {"is_valid": True})
    told = "\n".join(plan for plan in found if "gold_leases" in plan)
    for index in ("ix_feedback_gold_queue", "ix_feedback_gold_queue_by_model"):
        assert re.search(rf"Scan using {index} on feedback\b", told), (index, told)
    assert not set(_large_scans(told)) & {"feedback", *_JUDGED}, told
    for table in _JUDGED:
        looks = re.findall(rf"Scan .*on {table}\b.*\n +(.*)", told)
        assert looks, table
        key = re.compile(r"Index Cond: .*\b(feedback_id|validator_id) ")
        assert [one for one in looks if not key.search(one)] == [], table


def test_that_nobody_knows_a_model_is_found_by_indexes(app, vera):
    fill(app, ROWS, every=200)
    told = "\n".join(plans(app, vera, "/dataset/preview/acme/nothing"))
    for index in ("ix_interactions_model_id", "ix_feedback_model_id_status"):
        assert re.search(rf"Scan using {index}\b", told), told
    assert not set(_large_scans(told)) & {"interactions", "feedback"}, told


def _mark_much_of_what_waits(app):
    with app.app_context(), transaction() as session:
        session.execute(
            text(
                "WITH gold AS (UPDATE feedback SET gold_version = version WHERE status = 'pending'"
                " AND id::text LIKE '%7' RETURNING id) INSERT INTO gold_items"
                " (feedback_id, is_valid, marked_by) SELECT id, true, 'adam' FROM gold"
            )
        )
        for table in ("feedback", "gold_items"):
            session.execute(text(f"ANALYZE {table}"))


def _large_scans(plan):
    """Return the tables that are read from end to end though they are large."""
    scanned = re.findall(r"Seq Scan on (\w+)", plan)
    return [table for table in scanned if table not in _SMALL]
