"""flask points rebuild: the log makes the ledger again, and says where it differs."""

import pytest

from tests.model_side import MODEL
from tests.world import Person, created

POLICY = f"/validation/policies/{MODEL}"
KEPT = ("points_entries", "contributors", "contributor_days", "contributor_periods")


@pytest.fixture
def kept(sql):
    """Return all rows of the tables of points."""
    return lambda: {name: sorted(sql(f"SELECT * FROM {name}")) for name in KEPT}


@pytest.fixture
def lived(alice, bob, vera, adam):
    """A little of everything: verdicts, ties, returns, withdrawals, appeals, decisions, a cap."""
    judge = Person(alice.client, "judge", "validator")
    for author in (alice, bob):
        vera.verdict(author.feedback(correction="Better so.")["id"])
        author.feedback()
    for _ in range(60):
        vera.verdict(alice.feedback(rating="like")["id"])
    given = [alice.feedback()["id"] for _ in range(3)]
    vera.verdict(given[0], is_valid=False)
    assert alice.post(f"/feedback/{given[0]}/appeal", {"reason": "It is."}).status_code == 200
    for is_valid in (True, False):
        body = {"is_valid": is_valid, "notes": "The source says so."}
        created(adam.post(f"/feedback/{given[0]}/decision", body))
    returned = {"verdict": "returned", "notes": "Which source?"}
    created(vera.post(f"/validation/feedback/{given[1]}", returned))
    assert alice.post(f"/feedback/{given[1]}/resubmit").status_code == 200
    assert alice.post(f"/feedback/{given[2]}/withdraw").status_code == 200
    adam.put(POLICY, {"validators": 2})
    for second in (True, False):
        feedback_id = bob.feedback()["id"]
        vera.verdict(feedback_id)
        judge.verdict(feedback_id, is_valid=second)


def last_line(result):
    return result.stdout.splitlines()[-1]


@pytest.mark.usefixtures("lived")
def test_the_log_makes_the_same_ledger_to_the_last_row(flask, kept, sql):
    before = kept()
    checked = flask("points", "rebuild", "--check")
    assert (checked.exit_code, last_line(checked).split(", ")[1]) == (0, "0 rows different")
    sql(";".join(f"DELETE FROM {name}" for name in KEPT))
    rebuilt = flask("points", "rebuild")
    assert rebuilt.exit_code == 0
    assert kept() == before
    assert flask("points", "rebuild", "--check").exit_code == 0
    assert {name: bool(rows) for name, rows in before.items()} == dict.fromkeys(KEPT, True)


@pytest.mark.usefixtures("lived")
def test_what_the_log_does_not_say_is_found_and_mended(flask, kept, sql):
    before = kept()
    sql("UPDATE contributors SET points = points + 1000 WHERE user_id = 'alice'")
    sql("DELETE FROM points_entries WHERE user_id = 'bob' AND rule = 'correction_validated'")
    sql("INSERT INTO contributor_days (user_id, day) VALUES ('nobody', '2026-01-01')")
    checked = flask("points", "rebuild", "--check")
    assert checked.exit_code == 1
    told = checked.stdout.splitlines()
    # Each side of what differs is a row of its own.
    assert told[-1].endswith(", 4 rows different")
    assert [line.split(" ", 2)[:2] for line in told[:-1]] == [
        ["+", "contributors"],
        ["-", "contributors"],
        ["-", "contributor_days"],
        ["+", "points_entries"],
    ]
    assert '"correction_validated"' in told[3]
    assert kept() != before
    mended = flask("points", "rebuild")
    assert (mended.exit_code, last_line(mended).split(", ")[1]) == (0, "4 rows mended")
    assert kept() == before


@pytest.mark.usefixtures("lived")
def test_events_from_before_they_carried_what_points_need_count_as_well(flask, kept, sql):
    before = kept()
    sql(
        "UPDATE events SET data = data - ARRAY['author_id', 'round', 'verdict', 'weight', "
        "'validators', 'verdicts', 'has_correction', 'justified'] WHERE type LIKE 'feedback.%'"
    )
    assert flask("points", "rebuild", "--check").exit_code == 0
    sql(";".join(f"DELETE FROM {name}" for name in KEPT))
    assert flask("points", "rebuild").exit_code == 0
    assert kept() == before


def test_what_is_gone_altogether_gives_nothing(flask, kept, sql, alice, vera):
    vera.verdict(alice.feedback()["id"])
    sql("UPDATE events SET data = data - 'author_id' WHERE type = 'feedback.validated'")
    sql(
        "UPDATE events SET data = data || jsonb_build_object('feedback_id', uuidv7()) "
        "WHERE type = 'feedback.validated'"
    )
    assert flask("points", "rebuild").exit_code == 0
    assert kept()["points_entries"] == []


def test_only_some_of_what_differs_is_shown(flask, sql):
    sql(
        "INSERT INTO contributor_days (user_id, day) "
        "SELECT 'user-' || g, '2026-01-01' FROM generate_series(1, 50) g"
    )
    told = flask("points", "rebuild", "--check").stdout.splitlines()
    assert (len(told), told[-1]) == (21, "0 events, 50 rows different")


def test_a_database_that_does_not_answer_is_one_line(flask_with):
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    result = flask_with("points", "rebuild", database_url=nowhere)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database does not answer")
